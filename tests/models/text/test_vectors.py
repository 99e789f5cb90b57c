"""Word vectors: both formats are read, plain or gzipped, and what is no good is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.text.vectors import read_vectors

GLOVE = b"the 0.5 -1 2e-3\nno 1 2 3\nRare 0 0 0\n"
WORDS = frozenset(("the", "no", "call"))


def saved(folder: Path, content: bytes, name: str = "glove.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(folder: Path, content: bytes, words: frozenset[str] = WORDS) -> Any:
    names, vectors = read_vectors(saved(folder, content), words)
    return dict(zip(names, vectors.tolist(), strict=True))


@pytest.mark.parametrize(
    "content",
    [
        GLOVE,
        b"3 3\n" + GLOVE,
        b"3 3\n" + GLOVE.replace(b"\n", b" \n"),  # as word2vec's own program ends lines
        GLOVE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GLOVE + b"\n",
        gzip.compress(GLOVE, mtime=0),
        gzip.compress(b"3 3\n" + GLOVE, mtime=0),
        GLOVE + b". . . 7 7 7\n",  # a word with blanks, as GloVe's largest file has
        GLOVE + b"no 7 7 7\n",  # the first counts
        GLOVE + b"caf\xe9 7 7 7\n",
        b"THE 9 9 9\n" + GLOVE,  # the exact spelling counts for more
    ],
)
def test_all_formats_give_the_same(content: bytes, tmp_path: Path) -> None:
    third = float(np.float32("2e-3"))
    assert read(tmp_path, content) == {"no": [1, 2, 3], "the": [0.5, -1, third]}


def test_words_are_found_whatever_their_case_and_form(tmp_path: Path) -> None:
    content = "PARIS 1\nParis 2\nΟΔΟΣ 3\nοδος 4\nｎｏ 5\n".encode()
    found = read(tmp_path, content, frozenset(("paris", "οδοσ", "no")))
    assert found == {"paris": [1], "οδοσ": [3], "no": [5]}


numbers = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, width=32)


@given(vectors=st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=9))
@settings(deadline=None, max_examples=50)
def test_numbers_come_back_bit_by_bit(
    vectors: list[list[float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [f"w{number} {a!r} {b!r}\n" for number, (a, b) in enumerate(vectors)]
    path = saved(tmp_path_factory.mktemp("vectors"), "".join(rows).encode())
    names, found = read_vectors(path, {f"w{number}" for number in range(9)})
    assert names == tuple(f"w{number}" for number in range(len(vectors)))
    assert found.tobytes() == np.array(vectors, np.float32).tobytes()


BINARY = b"2 3\nthe " + np.array([0.3, 2, -1], "<f4").tobytes() + b"\nno " + bytes(12) + b"\n"
AGAIN = "correct the line, or take it out"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no word vectors"),
        (b"\n\n", "has no word vectors"),
        (b"0 300\n", "has no word vectors"),
        (gzip.compress(b"", mtime=0), "has no word vectors"),
        (GLOVE + b"call 1 2\n", "line 4: it has 3 columns, and a word and its 3 numbers are 4"),
        (GLOVE + b"call 1 2 3 4\n", "line 4: it has 5 columns"),
        (b"3 4\n" + GLOVE, "line 2: it has 4 columns, and a word and its 4 numbers are 5"),
        (b"the\n", "line 1: it has 1 column, and a word has numbers"),
        (b"2 0\nthe\nno\n", "line 2: it has 1 column"),
        (GLOVE + b"call 1 two 3\n", f"line 4: 'two' of 'call' is no finite number: {AGAIN}"),
        (GLOVE + b"call 1 nan 3\n", "line 4: 'nan' of 'call' is no finite number"),
        (GLOVE + b"call 1 1e39 3\n", "line 4: '1e39' of 'call' is no finite number"),
        (GLOVE + b"call 1  3\n", "line 4: '' of 'call' is no finite number"),
        (b"4 3\n" + GLOVE, "is to have 4 words by its first line, and has 3: fetch it again"),
        (b"other 1 2\n", "has a vector for none of the 3 words that the texts have more than once"),
        (BINARY, "line 2: it is no text: of word2vec's binary file make one by gensim's"),
        (b"x" * (1 << 20), "line 1: it is longer than 1,048,576 bytes"),
        (gzip.compress(GLOVE, mtime=0)[:-9], "is compressed by gzip and damaged"),
        (gzip.compress(GLOVE, mtime=0)[:20] + bytes(30), "is compressed by gzip and damaged"),
        (b"\x1f\x8b" + GLOVE, "is compressed by gzip and damaged"),
        (b"PK\x03\x04" + GLOVE, "is a zip archive or an Excel workbook: unpack it, and name"),
    ],
)
def test_bad_files_are_refused_with_the_mend(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        read(tmp_path, content)
    assert str(raised.value).startswith(str(tmp_path / "glove.txt"))
    assert message in str(raised.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, GLOVE, "glove.6B.txt")
    with pytest.raises(DataError, match=r"did you mean .*glove\.6B\.txt"):
        read_vectors(tmp_path / "glove.6b.txt", WORDS)
    with pytest.raises(DataError, match=r"check data\.vectors"):
        read_vectors(tmp_path / "nowhere" / "a", WORDS)
    with pytest.raises(DataError, match="is no plain file"):
        read_vectors(tmp_path, WORDS)


def of_texts(folder: Path, content: bytes | None = GLOVE, **keys: Any) -> SequenceData:
    path = folder / "a.csv"
    pl.DataFrame({"text": ["the no", "no , once"] * 4, "label": ["a", "b"] * 4}).write_csv(path)
    vectors = None if content is None else saved(folder, content)
    return read_data(path, task="classify", target="label", text="text", vectors=vectors, **keys)


def test_words_without_a_vector_are_counted_and_told(tmp_path: Path) -> None:
    data = of_texts(tmp_path)
    assert data.words == ("no", "the")
    assert data.vectors is not None
    assert data.vectors.tolist()[0] == [1, 2, 3]
    told = "2 of 4 words have no vector in glove.txt; they start at random."
    assert told in data.notes
    assert told.replace("2 of 4", "2 of 3") in of_texts(tmp_path, vocabulary=3).notes
    one = "1 of 2 words has no vector in glove.txt; it starts at random."
    assert one in of_texts(tmp_path, vocabulary=2).notes
    assert not any("vector" in note for note in of_texts(tmp_path, vocabulary=1).notes)


def test_the_fingerprint_is_of_the_vectors_that_are_used(tmp_path: Path) -> None:
    own = of_texts(tmp_path).fingerprint
    for same in (b"3 3\n" + GLOVE, gzip.compress(GLOVE, mtime=0), b"no 1 2 3\nthe 0.5 -1 2e-3\n"):
        assert of_texts(tmp_path, same).fingerprint == own
    others = [of_texts(tmp_path, other).fingerprint for other in (None, GLOVE + b"once 1 1 1\n")]
    others.append(of_texts(tmp_path, GLOVE.replace(b"2e-3", b"2e-4")).fingerprint)
    assert own not in others
    assert len(set(others)) == 3


def test_stored_vectors_come_back(tmp_path: Path) -> None:
    for data in (of_texts(tmp_path), of_texts(tmp_path, None)):
        save_data(data, tmp_path)
        again = load_data(tmp_path, data.fingerprint)
        assert again.words == data.words
        assert (again.vectors is None) == (data.vectors is None)
        if data.vectors is not None:
            assert again.vectors is not None
            assert again.vectors.tobytes() == data.vectors.tobytes()
