"""Texts: what a vocabulary learns, what is read from a file, and the batches of tokens."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import load_data, save_data
from dropsearch.models.errors import DataError, ModelsError
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.text.vocabulary import PADDING, UNKNOWN, Vocabulary, same_texts

KINDS = ["words", "bpe"]
CLASSIFY: dict[str, Any] = {"task": "classify", "target": "label", "text": "text"}
REPLIES = ["Call me", "call ME now", "no", "no , no", "now or never", "me never"]


def learn(texts: list[str], tokens: Any = "words", most: int = 99, longest: Any = 9) -> Vocabulary:
    return Vocabulary.learn(texts, tokens=tokens, most=most, longest=longest)


def ids(vocabulary: Vocabulary, *texts: str) -> list[list[int]]:
    return [one.tolist() for one in vocabulary.encode(texts)]


texts = st.lists(st.text(max_size=30) | st.sampled_from([" ", "[PAD]", "[UNK] a", "é́", "١٢", "ﬀ"]))


@pytest.mark.parametrize("tokens", KINDS)
@given(learnt=texts, read=texts, most=st.integers(1, 40), longest=st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_whatever_is_read_gives_ids_of_the_vocabulary(
    tokens: str, learnt: list[str], read: list[str], most: int, longest: int
) -> None:
    vocabulary = learn(learnt * 2, tokens, most, longest)
    assert 2 <= vocabulary.size <= most + 2
    found = vocabulary.encode(read)
    assert len(found) == len(read)
    for one in found:
        assert one.dtype == np.int64
        assert 1 <= len(one) <= longest
        assert one.min() > PADDING
        assert one.max() < vocabulary.size
    again = Vocabulary.from_json(vocabulary.to_json())
    assert ids(again, *read) == [one.tolist() for one in found]
    assert again.size == vocabulary.size


@pytest.mark.parametrize("tokens", KINDS)
def test_case_and_unicode_forms_are_alike(tokens: str) -> None:
    vocabulary = learn(["Crème brûlée ΟΔΟΣ 12"] * 2, tokens, longest=99)
    plain = "crème brûlée οδος 12"
    forms = [unicodedata.normalize(form, plain) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    forms += [plain.upper(), plain.title(), "\u3000crème\tbrûlée \u2028οδος\n１２ "]
    found = ids(vocabulary, *forms)
    assert found == found[:1] * len(forms)
    assert UNKNOWN not in found[0]
    assert len(set(same_texts(forms).tolist())) == 1


@pytest.mark.parametrize("tokens", KINDS)
def test_names_of_special_tokens_in_a_text_are_plain_text(tokens: str) -> None:
    vocabulary = learn(["so [PAD] and [UNK]"] * 2, tokens, longest=99)
    (found,) = ids(vocabulary, "[PAD] [UNK]")
    assert PADDING not in found
    assert UNKNOWN not in found


def test_the_most_frequent_words_are_kept_and_ties_go_by_spelling() -> None:
    many = ["b a"] * 3 + ["d c e"] * 2 + ["once"]
    vocabulary = learn(many, most=4)
    assert vocabulary.size == 6
    assert ids(vocabulary, "a b c d e once") == [[2, 3, 4, 5, UNKNOWN, UNKNOWN]]
    assert learn(many).size == 7  # what occurs once is unknown


def test_byte_pairs_read_words_that_were_never_seen() -> None:
    vocabulary = learn(["low lower slow slower"] * 3, "bpe", longest=99)
    assert UNKNOWN not in ids(vocabulary, "low sower")[0]
    assert len(ids(vocabulary, "lower")[0]) == 1
    assert ids(vocabulary, "q")[0][-1] == UNKNOWN


@pytest.mark.parametrize("tokens", KINDS)
def test_texts_are_cut_behind_and_counted_whole(tokens: str) -> None:
    vocabulary = learn(REPLIES * 2, tokens, longest=2)
    whole = learn(REPLIES * 2, tokens, longest=None)
    (cut,), (all_of_it,) = ids(vocabulary, "no no no no"), ids(whole, "no no no no")
    assert cut == all_of_it[:2]
    assert whole.count(["no no no no", "", " \n"]).tolist() == [4, 0, 0]


LEARN = """
import sys
from dropsearch.models.text.vocabulary import Vocabulary
texts = [f"{a}{b} {b}{c} {chr(0x4e00 + a * b)}" for a in range(9) for b in range(9) for c in (1, 2)]
for tokens, most in (("words", 40), ("bpe", 60), ("bpe", 20)):
    print(Vocabulary.learn(texts, tokens=tokens, most=most, longest=9).to_json())
"""


def test_every_process_learns_the_same() -> None:
    """Also where many words, pairs and signs are equally frequent."""
    found = {
        subprocess.run(
            [sys.executable, "-c", LEARN],
            env={**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"), ("3", "3"))
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", learn(REPLIES * 2).to_json().replace('"[UNK]":1', '"[UNK]":77')]
)
def test_a_damaged_vocabulary_is_refused(text: str) -> None:
    with pytest.raises(ModelsError, match="vocabulary is damaged"):
        Vocabulary.from_json(text)


# Files


def frame(count: int = 12, **columns: list[Any]) -> pl.DataFrame:
    """Replies with labels by turns, each text another."""
    made = {
        "label": ["ham", "spam"] * (count // 2),
        "text": [f"{REPLIES[i % 6]} {'abcdefghijklmnop'[i // 6]}" for i in range(count)],
    }
    return pl.DataFrame(made | columns, strict=False)


def read(folder: Path, table: pl.DataFrame, **keys: Any) -> SequenceData:
    table.write_csv(folder / "data.csv")
    return read_data(folder / "data.csv", **CLASSIFY | keys)


def test_one_example_for_each_row_in_order(tmp_path: Path) -> None:
    written = ['said "no",\nand left', "", " ", "NA", "Ünï ☺", None, "a, b; c"]
    table = pl.DataFrame({"text": written, "label": list("babbaab"), "id": range(7)})
    data = read(tmp_path, table)
    assert data.texts == ('said "no",\nand left', "", "", "NA", "Ünï ☺", "", "a, b; c")
    assert data.target.tolist() == [1, 0, 1, 1, 0, 0, 1]
    assert data.classes == ("a", "b")
    assert data.length.tolist() == [6, 1, 1, 1, 2, 1, 5]
    assert data.left_out == {"id": "a study of texts sees the text alone"}
    assert (len(data.start), data.values.shape) == (7, (7, 0))
    assert "3 of 7 texts are blank or missing (column 'text', the first in row 4)" in " ".join(
        data.notes
    )
    found = data.summary()
    assert found["lengths"] == {"min": 1, "median": 1.0, "max": 6}
    assert found["text"]["wordless"] == 3
    assert found["rows"] == found["examples"] == 7


@pytest.mark.parametrize("tokens", KINDS)
def test_long_texts_are_cut_and_told(tokens: str, tmp_path: Path) -> None:
    table = frame(text=["so " * 30] + ["no"] * 9 + ["so " * 20] * 2)
    data = read(tmp_path, table, max_tokens=10, tokens=tokens)
    assert data.length.tolist() == [10] + [1] * 9 + [10] * 2
    (note,) = [note for note in data.notes if "cut" in note]
    assert "3 of 12 texts have more than 10 tokens (the longest 30)" in note
    assert "data.max_tokens" in note
    assert data.summary()["text"]["cut"] == 3


def test_repeated_texts_are_told_and_stay_together(tmp_path: Path) -> None:
    table = frame().with_columns(pl.Series("who", range(12)))
    table[3, "text"], table[5, "text"] = " CALL  me a", "call me\ta"
    table[6, "text"] = table[1, "text"]
    data = read(tmp_path, table)
    (note,) = [note for note in data.notes if "repeat" in note]
    assert "3 of 12 texts repeat an earlier one, 2 of the repeated ones with different" in note
    assert "set data.repeated to group" in note
    assert data.group is None
    grouped = read(tmp_path, table, repeated="group").group
    assert grouped is not None
    assert len({*grouped[[0, 3, 5]].tolist()}) == len({*grouped[[1, 6]].tolist()}) == 1
    assert len(np.unique(grouped)) == 9
    table[1, "who"] = 0
    both = read(tmp_path, table, repeated="group", group="who").group
    assert both is not None
    assert len({*both[[0, 1, 3, 5, 6]].tolist()}) == 1


def test_columns_of_folds_and_holdout_go_with_texts(tmp_path: Path) -> None:
    table = frame(fold=list("xyz") * 4, part=["train"] * 9 + ["test"] * 3)
    keys = {"fold_column": "fold", "holdout_column": "part", "holdout_value": "test"}
    data = read(tmp_path, table, **keys)
    assert data.part is not None
    assert data.held is not None
    assert data.part.tolist() == [0, 1, 2] * 4
    assert data.held.tolist() == [False] * 9 + [True] * 3
    assert data.left_out == {}


def test_numbers_can_be_predicted_from_texts(tmp_path: Path) -> None:
    data = read(tmp_path, frame(label=[i / 4 for i in range(12)]), task="regress")
    batch = next(examples(data).batches(12))
    assert batch.restore(batch.target[:, None])[:, 0].tolist() == pytest.approx(
        data.target, abs=1e-6
    )


BOTH = [True, False] * 6
LABEL, TEXT = "column 'label', ", "column 'text', "
FAULTS: dict[str, tuple[pl.DataFrame, dict[str, Any], str, str]] = {
    "numbers": (frame(text=list(range(12))), {}, TEXT + "row 2: it holds numbers", "data.text"),
    "numbers with marks": (
        frame(text=[f"{i},000.5" for i in range(1, 13)]), {}, TEXT + "row 2: it holds numbers",
        "name another column",
    ),
    "true or false": (frame(text=BOTH), {}, TEXT + "row 2: it holds true", "data.text"),
    "no text at all": (frame(text=[None] * 12), {}, TEXT + "row 2: it holds no", "data.text"),
    "no label": (
        frame(label=["a", None, "b", None] * 3), {},
        LABEL + "row 3 (the first of 6 like it): the value is missing", "give it",
    ),
    "one class": (frame(label=["a"] * 12), {}, LABEL + "row 2: the only class is 'a'", "nothing"),
    "one number": (frame(label=[3] * 12), {"task": "regress"}, LABEL + "row 2: the target", "3"),
    "words to regress": (frame(), {"task": "regress"}, LABEL + "row 2: it holds 'ham'", "classify"),
    "no such column": (frame(), {"text": "texts"}, "no column 'texts' (data.text)", "'text'?"),
    "the target": (frame(), {"text": "label"}, "data.target and as data.text", "one of them"),
    "the group": (frame(), {"group": "text"}, "data.text and as data.group", "one of them"),
    "no group": (
        frame(who=[None, "a"] * 6), {"group": "who"}, "column 'who', row 2 (the first of 6",
        "every row must name its group",
    ),
    "no fold": (
        frame(fold=["x", "y", None] * 4), {"fold_column": "fold"}, "column 'fold', row 4",
        "must name its fold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_refused_with_the_mend(fault: str, tmp_path: Path) -> None:
    table, keys, start, mend = FAULTS[fault]
    with pytest.raises(DataError) as caught:
        read(tmp_path, table, **keys)
    said = str(caught.value)
    assert str(tmp_path / "data.csv") in said
    assert start in said
    assert mend in said


@pytest.mark.parametrize("column", [[["a", "b"]] * 12, [b"x"] * 12])
def test_nested_and_binary_cells_are_no_texts(column: list[Any], tmp_path: Path) -> None:
    frame(text=column).write_parquet(tmp_path / "data.parquet")
    with pytest.raises(DataError, match=r"row 1: it holds (nested|binary) values"):
        read_data(tmp_path / "data.parquet", **CLASSIFY)


def test_the_fingerprint_is_of_the_texts(tmp_path: Path) -> None:
    table = frame()
    data = read(tmp_path, table)
    table.with_columns(pl.lit("unused").alias("more")).write_parquet(tmp_path / "data.parquet")
    assert read_data(tmp_path / "data.parquet", **CLASSIFY).fingerprint == data.fingerprint
    for keys in ({"tokens": "bpe"}, {"vocabulary": 50}, {"max_tokens": 50}):
        assert read(tmp_path, table, **keys).fingerprint != data.fingerprint
    table[4, "text"] += "!"
    assert read(tmp_path, table).fingerprint != data.fingerprint


def test_a_stored_study_of_texts_comes_back(tmp_path: Path) -> None:
    data = read(tmp_path, frame(text=["", "Ünï ☺", "a\nb\x01", *["x y"] * 9]))
    save_data(data, tmp_path / "kept")
    back = load_data(tmp_path / "kept", data.fingerprint)
    assert back.texts == data.texts
    assert back.summary() == data.summary()
    np.testing.assert_array_equal(back.length, data.length)


# Folds and batches


def examples(data: SequenceData, train: Any = None, part: Any = None) -> Examples:
    every = np.arange(len(data.start))
    preparation = Preparation.fit(data, every if train is None else np.asarray(train), "auto")
    return Examples(data, preparation, every if part is None else np.asarray(part))


@pytest.mark.parametrize("tokens", KINDS)
def test_the_vocabulary_is_learnt_from_the_training_part_alone(tokens: str, tmp_path: Path) -> None:
    table, train = frame(24), np.arange(16)
    first = Preparation.fit(read(tmp_path, table, tokens=tokens), train, "auto").vocabulary
    later = pl.Series("text", [*table["text"][:16], *["zebra zoo"] * 8])
    data = read(tmp_path, table.with_columns(later), tokens=tokens)
    second = Preparation.fit(data, train, "auto").vocabulary
    assert first is not None
    assert second is not None
    assert first.to_json() == second.to_json()
    assert UNKNOWN in ids(second, "zebra")[0]


@pytest.mark.parametrize("tokens", KINDS)
def test_batches_are_right_padded_ids_with_lengths(tokens: str, tmp_path: Path) -> None:
    data = read(tmp_path, frame(text=["no", "", "no no call", *["call me"] * 9]), tokens=tokens)
    part = examples(data, part=[0, 1, 2, 3])
    batch = next(part.batches(9, np.array([2, 0, 3, 1])))
    assert batch.inputs.dtype == torch.int64
    assert batch.lengths.tolist()[:2] == [3, 1]
    assert batch.lengths.tolist()[3] == 1
    assert batch.target.tolist() == data.target[[2, 0, 3, 1]].tolist()
    for row, length in zip(batch.inputs.tolist(), batch.lengths.tolist(), strict=True):
        assert PADDING not in row[:length]
        assert set(row[length:]) <= {PADDING}
    assert batch.inputs[0].tolist()[0] == batch.inputs[1].tolist()[0] != UNKNOWN
    assert batch.inputs[3].tolist()[0] == UNKNOWN
    assert next(part.batches(1)).lengths is not None


def test_every_text_is_in_the_batches_once(tmp_path: Path) -> None:
    data = read(tmp_path, frame(24))
    part = examples(data, train=np.arange(12), part=np.arange(12, 24))
    seen = torch.cat([batch.lengths for batch in part.batches(5)])
    assert seen.tolist() == data.length[12:].tolist()
    assert len(part) == 12
