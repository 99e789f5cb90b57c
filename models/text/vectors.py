"""Word vectors of one's own: a file in the text format of word2vec or GloVe, plain or gzipped.

word2vec's has a first line with the number of words and of numbers, GloVe's has none; each other
line is a word and its numbers. The file is read line by line, and the words asked for are kept.
E numbers of a word, W words.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.plain import FOREIGN, GZIP, HEAD, nearest_file
from dropsearch.models.errors import DataError
from dropsearch.models.text.vocabulary import equal_form

_LONGEST = 1 << 20  # bytes of a line
_ANOTHER = "name a file of word vectors in data.vectors"
_AS_TEXT = (
    "is no text: of word2vec's binary file make one by gensim's "
    "KeyedVectors.load_word2vec_format(FILE, binary=True).save_word2vec_format(NEW)"
)


class _Line(NamedTuple):
    number: int  # from 1 on
    word: str
    numbers: bytes  # E, with blanks between


def read_vectors(path: Path, words: Collection[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Those of the words that the file has, sorted (W,), and their vectors (W, E).

    A word is found as it is spelt, else as it is made equal to those of texts; of several lines the
    first counts. Raises DataError naming the file and line that is no good, and where no word is in
    it.
    """
    exact: dict[str, NDArray[np.float32]] = {}
    alike: dict[str, NDArray[np.float32]] = {}
    with _opened(path) as file:
        for line in _lines(path, file):
            if line.word in words:
                found, word = exact, line.word
            else:
                found, word = alike, equal_form(line.word)
            if word in words and word not in found:
                found[word] = _vector(path, line)
    known = alike | exact
    if not known:
        raise DataError(
            f"{path} has a vector for none of the {len(words):,} words that the texts have more "
            "than once: are they in its language?"
        )
    names = tuple(sorted(known))
    return names, np.stack([known[name] for name in names])


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The text in the file. Raises DataError where none can be read."""
    if not path.exists():
        near = nearest_file(path)
        mend = f"did you mean {near}?" if near else "check data.vectors."
        raise DataError(f"{path} does not exist: {mend}")
    if not path.is_file():
        raise DataError(f"{path} is no plain file: {_ANOTHER}.")
    try:
        with open(path, "rb") as file:
            head = file.peek(HEAD)[:HEAD]
            for mark, what in FOREIGN.items():
                if head.startswith(mark) and mark != GZIP:
                    raise DataError(f"{path} is {what}: unpack it, and {_ANOTHER}.")
            packed = head.startswith(GZIP)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} is compressed by gzip and damaged ({error}): fetch it again."
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}): check its rights.") from None


def _lines(path: Path, file: BinaryIO) -> Iterator[_Line]:
    """Each with as many columns as the first line asks for, blank lines left out."""
    declared, size, count = None, 0, 0
    for number, line in _texts(path, file):
        first = line.split(b" ") if number == 1 else []
        if len(first) == 2 and all(field.isdigit() for field in first):
            declared, size = map(int, first)
            continue
        size = size or len(first) - 1
        blanks = line.count(b" ")
        more = blanks - size  # GloVe has words such as ". . ."
        *parts, numbers = line.split(b" ", max(more, 0) + 1)
        if size < 1 or more < 0 or (more and _is_number(parts[-1])):
            raise _fault(path, number, line, _columns(blanks + 1, size))
        count += 1
        yield _Line(number, b" ".join(parts).strip().decode(errors="replace"), numbers)
    if not count:
        raise DataError(f"{path} has no word vectors: {_ANOTHER}.")
    if declared not in (None, count):
        raise DataError(
            f"{path} is to have {declared:,} words by its first line, and has {count:,}: fetch it "
            "again, or correct that line."
        )


def _texts(path: Path, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The number and content of each line that is not blank."""
    number = 0
    while line := file.readline(_LONGEST):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) == _LONGEST:
            raise _fault(path, number, line, f"it is longer than {_LONGEST:,} bytes")
        line = line.rstrip(b" \r\n")
        if line:
            yield number, line


def _columns(found: int, size: int) -> str:
    wanted = f"a word and its {size} numbers are {size + 1}" if size > 0 else "a word has numbers"
    return f"it has {found} column{'' if found == 1 else 's'}, and {wanted}, one blank between each"


def _vector(path: Path, line: _Line) -> NDArray[np.float32]:
    """(E,)"""
    fields = line.numbers.split(b" ")
    values = _parsed(fields)
    if not np.isfinite(values).all():
        wrong = next(field for field in fields if not np.isfinite(_parsed([field])).all())
        said = wrong.decode(errors="replace")[:40]
        raise _fault(path, line.number, wrong, f"{said!r} of {line.word!r} is no finite number")
    return values


def _parsed(fields: list[bytes]) -> NDArray[np.float32]:
    """(E,), or one NaN where not all are numbers."""
    try:
        with np.errstate(over="ignore"):
            return np.array(fields).astype(np.float32)
    except ValueError:
        return np.full(1, np.nan, np.float32)


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fault(path: Path, number: int, content: bytes, what: str) -> DataError:
    """The error of one line; content: what is wrong in it, which tells text from numbers in binary
    form."""
    try:
        binary = "\0" in content.decode()
    except UnicodeDecodeError:
        binary = True
    if binary:
        return DataError(f"{path}, line {number}: it {_AS_TEXT}.")
    return DataError(f"{path}, line {number}: {what}: correct the line, or take it out.")
