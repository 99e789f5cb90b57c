"""Texts -> token ids, by a vocabulary that is learnt from some of them.

Unicode forms and letter case are made equal (NFKC, small letters) before a text is cut into words
and marks, or further into byte pairs (Sennrich, Haddow & Birch 2016, section 3.2; a space belongs
to the word behind it). What occurs once among the texts learnt from is unknown, so that a network
learns what an unknown token means. V tokens.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE, Model, WordLevel
from tokenizers.normalizers import NFKC, Lowercase, Prepend, Replace, Strip
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import Split, Whitespace
from tokenizers.trainers import BpeTrainer, WordLevelTrainer

from dropsearch.models.errors import ModelsError
from dropsearch.models.names import Tokens

PADDING, UNKNOWN = 0, 1
_SPECIAL = ["[PAD]", "[UNK]"]  # no text holds them: its letters are small ones
_FEWEST = 2  # times that a word, a pair or a sign occurs among the texts learnt from
_AT_ONCE = 10_000  # texts
_ALIKE = (NFKC(), Lowercase(), NFKC(), Replace("ς", "σ"))
_SPACED = (Replace(Regex(r"\s+"), " "), Strip(), Prepend(" "))


class Vocabulary:
    """Tokens with ids from 0 (padding) and 1 (unknown) on."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def learn(
        cls, texts: Sequence[str], *, tokens: Tokens, most: int, longest: int | None
    ) -> Vocabulary:
        """At most `most` tokens beside padding and unknown, the same in every process.

        longest: tokens of a text that are read; None: all.
        """
        tokenizer = _words(texts, most) if tokens == "words" else _byte_pairs(texts, most)
        return cls(_rebuilt(json.loads(tokenizer.to_str())["model"], longest))

    @property
    def size(self) -> int:
        """V, padding and unknown among them."""
        return self._tokenizer.get_vocab_size()

    @property
    def tokens(self) -> list[str]:
        """Those with ids from 2 on, (V - 2,)."""
        return sorted(words := self._tokenizer.get_vocab(), key=words.__getitem__)[len(_SPECIAL) :]

    def ids(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """The id of each token, that of an unknown one where the vocabulary lacks it."""
        found = map(self._tokenizer.token_to_id, tokens)
        return np.array([UNKNOWN if one is None else one for one in found], dtype=np.int64)

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The ids of each text, 1 to V - 1; of a text without a token one unknown token."""
        return [np.array(ids or [UNKNOWN], dtype=np.int64) for ids in self._ids(texts)]

    def count(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """(N,) the tokens of each text, 0 for a text without any."""
        return np.fromiter((len(ids) for ids in self._ids(texts)), np.int64, len(texts))

    def cut(self, texts: Sequence[str]) -> int:
        """How many texts are longer than what is read of them."""
        limits = self._tokenizer.truncation
        if limits is None:
            return 0
        whole = Vocabulary(_rebuilt(json.loads(self.to_json())["model"], None))
        return int((whole.count(texts) > limits["max_length"]).sum())

    def _ids(self, texts: Sequence[str]) -> Iterator[list[int]]:
        for first in range(0, len(texts), _AT_ONCE):
            for found in self._tokenizer.encode_batch_fast(list(texts[first : first + _AT_ONCE])):
                yield found.ids

    def to_json(self) -> str:
        """The whole vocabulary, with how it treats and cuts texts."""
        return self._tokenizer.to_str()

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        """What to_json gave. Raises ModelsError where it is something else.

        The tokenizer is made anew of its words, pairs and length, and `text` is never handed to
        the library: it knows normalizers and paddings that take any memory, time, or abort.
        """
        try:
            content = json.loads(text)
            cut = content["truncation"]
            tokenizer = _rebuilt(_checked(content["model"]), None if cut is None else _length(cut))
            if json.loads(tokenizer.to_str()) != content:
                raise ValueError("it is not as dropsearch train writes it")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelsError(f"The vocabulary is damaged ({error}): train again.") from None
        return cls(tokenizer)


def _checked(model: dict[str, Any]) -> dict[str, Any]:
    """The tokenizer's model where its words and pairs are ones that can be learnt.

    Raises ValueError, TypeError, KeyError or AttributeError.
    """
    words = model["vocab"]
    if not isinstance(words, dict) or [words.get(token) for token in _SPECIAL] != [
        PADDING,
        UNKNOWN,
    ]:
        raise ValueError("its words do not begin with padding and unknown")
    ids = list(words.values())
    if any(type(one) is not int for one in ids) or sorted(ids) != list(range(len(ids))):
        raise ValueError("its ids have gaps")
    for pair in model.get("merges", ()):
        if len(pair) != 2 or not {*pair, pair[0] + pair[1]} <= words.keys():
            raise ValueError("its pairs are not of its words")
    return model


def _length(truncation: dict[str, Any]) -> int:
    longest = truncation["max_length"]
    if type(longest) is not int or not 0 < longest < 2**31:
        raise ValueError(f"max_length {longest!r} is no number of tokens")
    return longest


def _rebuilt(model: dict[str, Any], longest: int | None) -> Tokenizer:
    """A tokenizer of these words and pairs; none of them is special, as [PAD] in a text is none."""
    if model["type"] == "BPE":
        pairs = [tuple(pair) for pair in model["merges"]]
        tokenizer = _plain(BPE(model["vocab"], pairs, unk_token=_SPECIAL[UNKNOWN]), "bpe")
    else:
        tokenizer = _plain(WordLevel(model["vocab"], _SPECIAL[UNKNOWN]), "words")
    if longest is not None:
        tokenizer.enable_truncation(longest)
    return tokenizer


def _plain(model: Model, tokens: Tokens) -> Tokenizer:
    """How texts are treated and cut, whatever the words."""
    tokenizer = Tokenizer(model)
    if tokens == "bpe":
        tokenizer.normalizer = Normalizers([*_ALIKE, *_SPACED])
        tokenizer.pre_tokenizer = Split(Regex(r" ?\w+| ?[^\w\s]+"), "isolated")
    else:
        tokenizer.normalizer = Normalizers(list(_ALIKE))
        tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


_EQUAL = Normalizers(list(_ALIKE))


def equal_form(text: str) -> str:
    """The one form of texts that differ by case or Unicode form alone."""
    form: str = _EQUAL.normalize_str(text)
    return form


def same_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """(N,) equal numbers for texts that differ by case, Unicode form or blanks alone."""
    numbers: dict[str, int] = {}
    seen = (" ".join(equal_form(text).split()) for text in texts)
    return np.array([numbers.setdefault(text, len(numbers)) for text in seen], np.int64)


def _words(texts: Sequence[str], most: int) -> Tokenizer:
    """Words and runs of other marks, the most frequent first, then by spelling."""
    tokenizer = _plain(WordLevel(unk_token=_SPECIAL[UNKNOWN]), "words")
    trainer = WordLevelTrainer(
        vocab_size=most + len(_SPECIAL),
        min_frequency=_FEWEST,
        special_tokens=_SPECIAL,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _byte_pairs(texts: Sequence[str], most: int) -> Tokenizer:
    """Pairs of signs, merged the most frequent first.

    The signs are chosen here, half of `most` at the utmost: the trainer's own limit would break
    ties by chance.
    """
    tokenizer = _plain(BPE(unk_token=_SPECIAL[UNKNOWN]), "bpe")
    seen = [tokenizer.normalizer.normalize_str(text) for text in texts]
    counts = Counter(sign for text in seen for sign in text if sign != " ")
    frequent = sorted(counts, key=lambda sign: (-counts[sign], sign))[: max(0, most // 2 - 1)]
    signs = {sign for sign in frequent if counts[sign] >= _FEWEST}
    gone = dict.fromkeys((ord(sign) for sign in counts if sign not in signs), " ")
    trainer = BpeTrainer(
        vocab_size=most + len(_SPECIAL),
        min_frequency=_FEWEST,
        special_tokens=_SPECIAL,
        show_progress=False,
    )
    tokenizer.train_from_iterator((text.translate(gone) for text in seen), trainer)
    return tokenizer
