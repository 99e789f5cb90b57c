"""A table with a text in each row -> one example per row, to be classified or regressed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.data.doubts import merged, repeat_notes, telling_columns, word_notes
from dropsearch.models.data.roles import Roles
from dropsearch.models.data.sequences import belonging_of, target_of
from dropsearch.models.names import Tokens
from dropsearch.models.table.codes import spelling_notes
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table
from dropsearch.models.text.vectors import read_vectors
from dropsearch.models.text.vocabulary import Vocabulary, same_texts

_ENDLESS = 2**31  # words
_OTHER = {
    "numbers": "numbers",
    "truth": "true and false",
    "times": "dates or times",
    "empty": "no values",
}


def row_layout(table: Table) -> Layout:
    """Each row by itself."""
    rows = np.arange(table.height)
    return Layout(None, rows, len(rows), tuple(f"text {row + 1}" for row in rows))


def texts_of(table: Table, name: str) -> tuple[str, ...]:
    """The text of each row, "" where the cell is blank or missing.

    Raises DataError where the column holds no texts.
    """
    reading = table.readings[name]
    text = table.text(name)
    kind = reading.kind
    if reading.fault is not None and not text.str.contains(r"\p{L}").any():
        kind = "numbers"
    if kind == "other" or kind in _OTHER:
        first = int(np.argmax(text.is_not_null().to_numpy()))
        found = _OTHER.get(kind, reading.what)
        raise table.fault(
            name,
            first,
            f"it holds {found} where texts are needed: name another column in data.text",
        )
    return tuple(text.fill_null("").to_list())


def documents(
    table: Table,
    layout: Layout,
    roles: Roles,
    *,
    task: str,
    repeated: str,
    held: NDArray[np.bool_] | None,
    tokens: Tokens,
    vocabulary: int,
    max_tokens: int,
    vectors: str | os.PathLike[str] | None,
) -> dict[str, Any]:
    """The fields of SequenceData for texts, one to a row of `layout`. Raises DataError."""
    assert roles.text is not None
    target, classes = target_of(table, layout, roles, task)
    belonging = belonging_of(table, layout, roles, held)
    texts = texts_of(table, roles.text)
    counts = _counts(texts, tokens, vocabulary)
    notes = _length_notes(table, roles.text, counts, tokens, max_tokens)
    same = same_texts(texts)
    notes += repeat_notes(same, target, repeated, "texts")
    if repeated == "group" and same.max() + 1 < len(same):
        belonging["group"] = merged(belonging["group"], same)
    if classes:
        notes += word_notes(table, (roles.target,))
        notes += spelling_notes(table, roles.target)
    notes += telling_columns(table, layout, roles, target)
    known: dict[str, Any] = {}
    if vectors is not None:
        known, told = _word_vectors(Path(vectors), texts, vocabulary)
        notes += told
    number = len(texts)
    return {
        "features": (),
        "values": np.zeros((number, 0)),
        "categories": (),
        "levels": (),
        "codes": np.zeros((number, 0), np.int32),
        "start": np.arange(number),
        "length": counts.clip(1, max_tokens),
        "target": target,
        "series": np.arange(number),
        "series_names": layout.names,
        "classes": classes,
        "row_series": layout.series,
        "notes": notes,
        "text": roles.text,
        "texts": texts,
        "tokens": tokens,
        "vocabulary": vocabulary,
        "max_tokens": max_tokens,
        "cut": int((counts > max_tokens).sum()),
        "wordless": int((counts == 0).sum()),
        **known,
        **belonging,
    }


def _word_vectors(
    path: Path, texts: tuple[str, ...], vocabulary: int
) -> tuple[dict[str, Any], list[str]]:
    """Of each word that a fold can learn, and how many of the texts' vocabulary have none."""
    every = Vocabulary.learn(texts, tokens="words", most=_ENDLESS, longest=None).tokens
    words, vectors = read_vectors(path, frozenset(every))
    most = every[:vocabulary]
    missing = len(set(most) - set(words))
    have, start = ("has", "it starts") if missing == 1 else ("have", "they start")
    told = f"{missing:,} of {len(most):,} words {have} no vector in {path.name}; {start} at random."
    return {"words": words, "vectors": vectors}, [told] if missing else []


def _counts(texts: tuple[str, ...], tokens: Tokens, vocabulary: int) -> NDArray[np.int64]:
    """(N,) tokens of each text. Byte pairs are those of all texts, to measure and never to train:
    a fold's own differ little."""
    return Vocabulary.learn(texts, tokens=tokens, most=vocabulary, longest=None).count(texts)


def _length_notes(
    table: Table, name: str, counts: NDArray[np.int64], tokens: Tokens, max_tokens: int
) -> list[str]:
    notes = []
    cut, empty = counts > max_tokens, counts == 0
    if cut.any():
        about = "About " if tokens == "bpe" else ""
        notes.append(
            f"{about}{cut.sum():,} of {len(counts):,} texts have more than {max_tokens:,} tokens "
            f"(the longest {counts.max():,}) and are cut there: raise data.max_tokens to read them "
            "whole."
        )
    if empty.any():
        notes.append(
            f"{empty.sum():,} of {len(counts):,} texts are blank or missing (column {quote(name)}, "
            f"the first in row {table.rows[int(np.argmax(empty))]}): each is kept, as one unknown "
            "token."
        )
    return notes
