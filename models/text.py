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
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE, WordLevel
from tokenizers.normalizers import NFKC, Lowercase, Normalizer, Prepend, Replace, Strip
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import Split, Whitespace
from tokenizers.trainers import BpeTrainer, WordLevelTrainer

from dropsearch.models.errors import ModelsError

Tokens = Literal["words", "bpe"]

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
        content = json.loads(tokenizer.to_str())
        content["added_tokens"] = []  # else "[PAD]" in a text would be taken for padding
        tokenizer = Tokenizer.from_str(json.dumps(content))
        if longest is not None:
            tokenizer.enable_truncation(longest)
        return cls(tokenizer)

    @property
    def size(self) -> int:
        """V, padding and unknown among them."""
        return self._tokenizer.get_vocab_size()

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
        whole = Vocabulary.from_json(self.to_json())
        whole._tokenizer.no_truncation()
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
        """What to_json gave. Raises ModelsError where it is something else."""
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the library raises no narrower one
            raise ModelsError(f"The vocabulary is damaged ({error}): train again.") from None
        ids = tokenizer.get_vocab()
        special = [ids.get(token) for token in _SPECIAL]
        if special != [PADDING, UNKNOWN] or sorted(ids.values()) != list(range(len(ids))):
            raise ModelsError("The vocabulary is damaged (its ids have gaps): train again.")
        return cls(tokenizer)


def same_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """(N,) equal numbers for texts that differ by case, Unicode form or blanks alone."""
    normalizer = Normalizers(list(_ALIKE))
    numbers: dict[str, int] = {}
    seen = (" ".join(normalizer.normalize_str(text).split()) for text in texts)
    return np.array([numbers.setdefault(text, len(numbers)) for text in seen], np.int64)


def _words(texts: Sequence[str], most: int) -> Tokenizer:
    """Words and runs of other marks, the most frequent first, then by spelling."""
    tokenizer = Tokenizer(WordLevel(unk_token=_SPECIAL[UNKNOWN]))
    tokenizer.normalizer = Normalizers(list(_ALIKE))
    tokenizer.pre_tokenizer = Whitespace()
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
    rules: list[Normalizer] = [*_ALIKE, *_SPACED]
    tokenizer = Tokenizer(BPE(unk_token=_SPECIAL[UNKNOWN]))
    tokenizer.normalizer = Normalizers(rules)
    tokenizer.pre_tokenizer = Split(Regex(r" ?\w+| ?[^\w\s]+"), "isolated")
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
