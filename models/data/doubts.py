"""What may flatter a score: repeated sequences, columns that give the target away. Notes only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dropsearch.models.cells.columns import coded_numbers, quote
from dropsearch.models.data.roles import Roles
from dropsearch.models.table.codes import coded_cells, coded_values, spellings
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table

_FARTHEST = 500  # steps ahead that a feature is compared with the target
_FEWEST = 20  # rows below which agreement is chance
_DIGEST = 16  # bytes, by which sequences are told apart
_FIRST = 10_000  # rows that show most columns to tell nothing
_ABSENT = ("na", "n/a", "nan", "null", "none")


def alike(spellings: Iterable[str], name: str) -> list[str]:
    """A note on spellings that differ only by case or blanks, which may be one."""
    seen: dict[str, str] = {}
    for spelling in spellings:
        folded = " ".join(spelling.split()).casefold()
        if folded in seen:
            return [
                f"Column {quote(name)} has {quote(seen[folded])} and {quote(spelling)}, which "
                "differ only by case or blanks and count as two: write them alike if they are one."
            ]
        seen[folded] = spelling
    return []


def unclear_words(table: Table, name: str) -> list[str]:
    """A note on words such as NA that stand for themselves in a column of words."""
    absent = [spelling.strip().lower() in _ABSENT for spelling in spellings(table, name)]
    if not any(absent) or table.kind(name) != "words":
        return []
    count = int(np.append(absent, False)[coded_cells(table, name)[0]].sum())
    return [
        f"Column {quote(name)} holds a word like 'NA' or 'None' in {count:,} rows, which is "
        "taken as a word: leave the cell empty where the value is missing."
    ]


def word_notes(table: Table, names: Iterable[str]) -> list[str]:
    """Notes on these columns of words that may not say what is meant."""
    notes = []
    for name in names:
        notes += alike(spellings(table, name), name)
        notes += unclear_words(table, name)
    return notes


def identical(
    values: NDArray[np.float64], codes: NDArray[np.int32], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) equal numbers for sequences with the same steps, whatever their label."""
    edges = [*start.tolist(), len(values)]
    digests = bytearray()
    for a, b in pairwise(edges):
        steps = blake2b(np.ascontiguousarray(values[a:b]).data, digest_size=_DIGEST)
        steps.update(np.ascontiguousarray(codes[a:b]).data)
        digests += steps.digest()
    found = np.frombuffer(digests, np.dtype((np.void, _DIGEST)))
    _, first, numbers = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers]


def repeat_notes(
    same: NDArray[np.int64], target: NDArray[np.generic], repeated: str, noun: str = "sequences"
) -> list[str]:
    """A note on sequences that repeat another one, also under other targets."""
    extra = len(same) - int(same.max()) - 1
    if not extra:
        return []
    labels = np.unique(target, return_inverse=True)[1]
    pairs = np.unique(np.stack([same, labels]), axis=1)[0]
    unlike = len(np.unique(pairs[np.flatnonzero(np.diff(pairs) == 0)]))
    text = f"{extra:,} of {len(same):,} {noun} repeat an earlier one"
    text += f", {unlike:,} of the repeated ones with different targets" if unlike else ""
    if repeated == "group":
        return [f"{text}; each stays in one fold with its repeats."]
    return [
        f"{text}: set data.repeated to group to keep them in one fold, else they flatter a score."
    ]


def merged(one: NDArray[np.int64] | None, other: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) groups so that examples which share either number share a group."""
    if one is None:
        return other
    width = int(one.max()) + 1
    size = width + int(other.max()) + 1
    links = coo_array((np.ones(len(one)), (one, other + width)), (size, size))
    joined = connected_components(links, directed=False)[1]
    return np.unique(joined[one], return_inverse=True)[1].astype(np.int64)


def telling_columns(
    table: Table, layout: Layout, roles: Roles, target: NDArray[np.generic]
) -> list[str]:
    """Notes on features that decide the target (N,) and on unused columns that look like groups."""
    labels = np.unique(target, return_inverse=True)[1]
    seen = {*roles.features, *roles.categories, *roles.static}
    others = roles.used - seen
    notes = []
    for name in table.names:
        if name in table.unnamed or name in others:
            continue
        is_input = name in seen
        if table.kind(name) not in ("numbers", "truth", "words"):
            continue
        if is_input and _copies(table, name, layout, target):
            notes.append(_telling(name))
            continue
        if _many(table, name, len(labels)) or _mixed(table, name, layout.head(_FIRST), labels):
            continue
        codes = coded_values(table, name)
        values = int(codes.max()) + 1
        if values + bool((codes < 0).any()) > len(labels):
            continue
        codes = layout.placed(codes)
        if is_input and _decides(codes, layout, labels):
            notes.append(_telling(name))
        elif not is_input and _groups(codes, layout, labels):
            notes.append(
                f"Column {quote(name)} looks like a group: {values:,} values over "
                f"{len(layout.names):,} sequences, each with one target; name it in data.group so "
                "that no group is split across folds."
            )
    return notes


def telling_of_rows(table: Table, layout: Layout, roles: Roles) -> list[str]:
    """Notes on features that decide the label of a stream's row: by few values, one label each."""
    labels = layout.placed(coded_values(table, roles.target))
    notes = []
    for name in (*roles.features, *roles.categories):
        codes = layout.placed(coded_values(table, name))
        known = (codes >= 0) & (labels >= 0)
        few = 2 <= int(codes.max()) + 1 <= known.sum() / _FEWEST
        if few and _fixes(codes[known], labels[known]):
            notes.append(_telling(name))
    return notes


def _telling(name: str) -> str:
    return (
        f"Column {quote(name)} alone decides the target: take it out of the features if it is not "
        "known when the model is used."
    )


def _many(table: Table, name: str, most: int) -> bool:
    """Whether a column of numbers has more than `most` different ones, as its first rows show."""
    values = table.readings[name].values
    return values is not None and len(np.unique(values[: 4 * most])) > most + 1


def _mixed(table: Table, name: str, head: Layout, labels: NDArray[np.int64]) -> bool:
    """Whether one number occurs under several targets in the first rows alone."""
    values = table.readings[name].values
    if values is None:
        return False
    codes = coded_numbers(head.placed(values))[0]
    known = codes >= 0
    return not _fixes(codes[known], labels[head.series[known]])


def _decides(codes: NDArray[np.int64], layout: Layout, labels: NDArray[np.int64]) -> bool:
    """Each value occurs under one target only, and there are few enough to mean something."""
    rows = codes >= 0
    few = min(len(labels), int(rows.sum())) // 2
    return 2 <= int(codes.max()) + 1 <= few and _fixes(codes[rows], labels[layout.series[rows]])


def _copies(table: Table, name: str, layout: Layout, target: NDArray[np.generic]) -> bool:
    """A feature that is one number per sequence and a straight line of a regression's target."""
    if target.dtype.kind != "f" or table.readings[name].values is None:
        return False
    numbers = table.numbers(name)
    for part in (layout.head(_FIRST), layout):
        if not part.is_constant(part.placed(numbers)):
            return False
    first = numbers[layout.rows(layout.start)]
    if np.isnan(first).any() or np.ptp(first) == 0:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):  # numbers next to 0 are refused later
        return len(first) > 2 and abs(np.corrcoef(first, target.astype(float))[0, 1]) > 1 - 1e-12


def _groups(codes: NDArray[np.int64], layout: Layout, labels: NDArray[np.int64]) -> bool:
    """One value for each sequence, repeated over sequences, more of them than targets, one target
    each."""
    first = codes[layout.start]
    if (codes < 0).any() or (codes != first[layout.series]).any():
        return False
    values = len(np.unique(first))
    return labels.max() + 1 < values <= 0.8 * len(labels) and _fixes(first, labels)


def _fixes(codes: NDArray[np.int64], labels: NDArray[np.int64]) -> bool:
    pairs = np.unique(codes.astype(np.int64) * (int(labels.max()) + 1) + labels)
    return len(pairs) == len(np.unique(codes))


def looks_ahead(
    values: NDArray[np.float64],
    targets: Sequence[NDArray[np.float64]],
    roles: Roles,
    layout: Layout,
    horizon: int,
) -> list[str]:
    """Notes on features that equal a target some steps ahead, or, known ahead, the target itself:
    the answer is in the input."""
    notes: list[str] = []
    if not roles.features:
        return notes
    first = 0 if roles.known else 1
    for target in targets:
        for ahead in range(first, min(horizon, _FARTHEST, len(target) - 1) + 1):
            now, later = slice(None, len(target) - ahead), slice(ahead, None)
            same = layout.series[later] == layout.series[now]
            rows = np.flatnonzero(same & ~np.isnan(target[later]))
            if len(rows) < _FEWEST:
                break
            few = rows[:: max(1, len(rows) // 200)]
            for column, name in enumerate(roles.features, start=len(targets)):
                if not ahead and name not in roles.known:
                    continue
                if (values[few, column] == target[few + ahead]).all() and (
                    values[rows, column] == target[rows + ahead]
                ).all():
                    where = f"{ahead} steps ahead" if ahead else "itself, which is not known ahead"
                    notes.append(
                        f"Column {quote(name)} is the target {where}: take it out of the features, "
                        "it gives the answer away."
                    )
    return notes
