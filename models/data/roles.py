"""Which column is what: features chosen or named, columns left out and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.names import Task
from dropsearch.models.spread import Whole
from dropsearch.models.table.codes import coded_cells, sorted_codes, spellings
from dropsearch.models.table.counting import NAMES, Counting, names_series
from dropsearch.models.table.layout import Layout, data_error, refuse_missing
from dropsearch.models.table.read import Table

CONSTANT = "the same value in every row"
_KINDS = {
    "words": "words (name it in data.categories to use it)",
    "times": "dates or times, not numbers",
    "empty": "no values",
}
_BESIDE_TEXT = "a study of texts sees the text alone"
_PART = "names parts of the data (hold one out by naming it in folds.holdout)"
_OF_COUNTS = "may give the target away by the order of the file."
_OF_NAMES = "tells nothing of a series that was not trained on."
_MOST_LEVELS = 1000
TRAIN = ("train", "training", "learn", "fit")
TEST = ("test", "testing", "holdout", "eval", "evaluation")
OTHER_PARTS = ("val", "valid", "validation", "dev")


@dataclass(frozen=True)
class Roles:
    """The columns that are used, by what they are used for."""

    target: str  # of several the first
    time: str | None
    series: str | None
    group: str | None
    fold: str | None
    holdout: str | None
    features: tuple[str, ...]  # without a forecast's target
    categories: tuple[str, ...]
    left_out: dict[str, str]
    text: str | None = None
    doubtful: dict[str, str] = field(default_factory=dict)
    static: tuple[str, ...] = ()
    known: tuple[str, ...] = ()  # of the features and categories, those that are known ahead
    others: tuple[str, ...] = ()  # forecast: the targets behind the first

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target, *self.others)

    @property
    def used(self) -> set[str]:
        """Every column with a role."""
        named = (self.target, self.time, self.series, self.group, self.fold, self.holdout)
        found = {name for name in (*named, self.text) if name is not None}
        return found | {*self.others, *self.features, *self.categories, *self.static}

    def notes(self) -> list[str]:
        """What was left out, one sentence for each reason."""
        reasons: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            reasons.setdefault(reason, []).append(name)
        said = [f"Left out as a feature: {_list(names)}: {why}." for why, names in reasons.items()]
        return said + [
            f"Feature {quote(name)} {reason}: it is kept, as study.yaml names it, and "
            + (_OF_NAMES if reason == NAMES else _OF_COUNTS)
            for name, reason in self.doubtful.items()
        ]


def _list(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(quote(name) for name in names[:8]) + more


def key_of(role: str) -> str:
    """The key of study.yaml that names the column."""
    return {"fold": "folds.column", "holdout": "folds.holdout.column"}.get(role, f"data.{role}")


def check_names(table: Table, named: dict[str, str | None]) -> None:
    """`named`: role -> column. Raises DataError for an unknown column, or one with two roles."""
    for role, name in named.items():
        if name is not None:
            table.need(name, key_of(role))
    for role in ("target", "time", "text"):
        for other, name in named.items():
            if other != role and name is not None and name == named.get(role):
                raise data_error(
                    table,
                    f"column {quote(name)} is named as {key_of(role)} and as {key_of(other)}: "
                    "it can be one of them only.",
                )


def choose(
    table: Table,
    layout: Layout,
    named: dict[str, str | None],
    features: Sequence[str] | None,
    categories: Sequence[str],
    task: Task,
    static: Sequence[str] = (),
    ahead: Sequence[str] = (),
    others: Sequence[str] = (),
) -> Roles:
    """The features: those named, or every other column of numbers or true/false that measures.

    ahead: columns that are known ahead, each a feature whether or not it stands in a list. others:
    targets behind the first. Where a text is named, it alone. Raises DataError for an unknown
    column, one with another role, or one of the wrong kind.
    """
    taken = {name: key for key, name in named.items() if name is not None}
    listed = {"target": others, "static": static, "features": features or ()}
    for key, names in (listed | {"categories": categories, "known": ahead}).items():
        for name in names:
            table.need(name, key_of(key))
            if name in taken:
                raise data_error(table, _taken(name, key, taken[name], task == "forecast"))
        taken |= dict.fromkeys(names, key) if key in ("target", "static") else {}
    named_twice = set(features or ()) & set(categories)
    both = [name for name in categories if name in named_twice]
    if both:
        raise data_error(
            table, f"column {quote(both[0])} is in data.features and in data.categories: keep one."
        )
    beside = [name for name in dict.fromkeys(ahead) if name not in categories]
    left_out: dict[str, str] = {}
    if named.get("text") is not None:
        left_out = {name: _BESIDE_TEXT for name in table.names if name not in taken}
        features = ()
    if features is None:
        elsewhere = {*taken, *categories, *table.joined.get(named["time"] or "", ())}
        wanted = [name for name in table.names if name not in elsewhere]
        alone = task == "forecast"
        wanted = [
            name
            for name in wanted
            if name in beside or _is_numeric(table, layout, name, wanted, left_out, alone)
        ]
    else:
        wanted = list(dict.fromkeys((*features, *beside)))
    counting = Counting(table, layout, task, str(named["target"]), named["time"])
    kept = []
    doubtful = {}
    for name in wanted:
        reason = _empty_reason(table.numbers(name, "name the column in data.categories"))
        counts = None if reason == _KINDS["empty"] else counting.reason(name)
        if counts and (features is not None or name in beside) and not reason:
            doubtful[name] = counts
        elif counts or reason:
            left_out[name] = str(counts or reason)
            continue
        kept.append(name)
    numbers = [name for name in static if table.kind(name) == "numbers"]
    found = {name: counting.reason(name) for name in numbers}
    doubtful |= {name: reason for name, reason in found.items() if reason}
    named_words = [*categories, *(name for name in static if table.kind(name) == "words")]
    doubtful |= {name: NAMES for name in named_words if names_series(table, layout, name)}
    words = []
    for name in dict.fromkeys(categories):
        different = len(spellings(table, name))
        if different > _MOST_LEVELS:
            raise data_error(
                table,
                f"column {quote(name)} of data.categories has {different:,} spellings: more than "
                f"{_MOST_LEVELS:,} are no categories, take it out.",
            )
        if different < 2:
            left_out[name] = CONSTANT if different else _KINDS["empty"]
        else:
            words.append(name)
    return Roles(
        target=str(named["target"]),
        time=named["time"],
        series=named["series"],
        group=named["group"],
        fold=named["fold"],
        holdout=named["holdout"],
        features=tuple(kept),
        categories=tuple(words),
        left_out=left_out,
        text=named.get("text"),
        static=tuple(static),
        known=tuple(name for name in dict.fromkeys(ahead) if name in (*kept, *words)),
        doubtful=doubtful,
        others=tuple(others),
    )


def _taken(name: str, key: str, role: str, forecast: bool) -> str:
    start = f"column {quote(name)} of data.{key} is the {role} column"
    if role == "target" and forecast:
        return f"{start}: take it out, a forecast always sees the target's own past."
    return f"{start}: take it out, it cannot be a {'target' if key == 'target' else 'feature'}."


def _is_numeric(
    table: Table,
    layout: Layout,
    name: str,
    wanted: list[str],
    left_out: dict[str, str],
    alone: bool,
) -> bool:
    if name in table.unnamed:
        left_out[name] = "no name"
        return False
    reading = table.readings[name]
    if reading.kind == "other":
        left_out[name] = reading.what
        return False
    if reading.fault is not None and reading.fault.marks:
        left_out[name] = reading.fault.text
        return False
    if reading.fault is not None:
        mend = "; or name the columns to use in data.features"
        clear = [other for other in wanted if table.kind(other) in ("numbers", "truth")]
        ways = [{"data.features": clear}] if clear or alone else []
        raise table.fault(name, reading.fault.index, reading.fault.text + mend, 1, *ways)
    if reading.kind in _KINDS:
        left_out[name] = _KINDS[reading.kind]
        if is_part(table, name):
            left_out[name] = _PART
        elif reading.kind == "words" and names_series(table, layout, name):
            left_out[name] = NAMES
        return False
    return True


def is_part(table: Table, name: str) -> bool:
    """Whether the column's words are names of parts, as train and test, alone."""
    words = {word.strip().lower() for word in spellings(table, name)}
    return bool(words) and words <= {*TRAIN, *TEST, *OTHER_PARTS}


def _empty_reason(values: NDArray[np.float64]) -> str | None:
    """Why a column of numbers says nothing; None where it varies."""
    low = np.fmin.reduce(values, initial=np.nan)
    if np.isnan(low):
        return _KINDS["empty"]
    return CONSTANT if low == np.fmax.reduce(values) else None


def units(table: Table, used: Collection[str]) -> list[str]:
    """What is said of the used columns whose numbers have units."""
    read = {name: table.readings[name].unit for name in table.names if name in used}
    found = [f"{quote(name)} ({unit})" for name, unit in read.items() if unit]
    return [f"Numbers with a unit are read without it: {', '.join(found)}."] if found else []


def refuse_without_inputs(table: Table, roles: Roles) -> None:
    """Raises DataError where a sequence has nothing to be learnt from."""
    if not roles.features and not roles.categories:
        why = " ".join(roles.notes()) or "name columns of numbers in data.features."
        raise data_error(table, f"no feature is left to learn from: {why}")


def parts_of_rows(
    table: Table, layout: Layout, roles: Roles, held: NDArray[np.bool_] | None
) -> tuple[dict[str, Whole], tuple[str, ...]]:
    """(R,) the codes of `group`, `held` and `part` in the layout's order, of those that there are,
    and the names of the parts. Raises DataError where a row has none."""
    found: dict[str, Whole] = {}
    names: tuple[str, ...] = ()
    if roles.group is not None:
        codes, _ = coded_cells(table, roles.group)
        refuse_missing(table, roles.group, codes < 0, "every row must name its group")
        found["group"] = layout.placed(codes)
    if held is not None:
        found["held"] = layout.placed(held).astype(np.int64)
    if roles.fold is not None:
        codes, names = sorted_codes(*coded_cells(table, roles.fold))
        lost = (codes < 0) if held is None else (codes < 0) & ~held
        refuse_missing(table, roles.fold, lost, "every row outside the holdout must name its fold")
        found["part"] = layout.placed(codes)
    return found, names
