"""Which column is to be predicted, and whether it is a class, a number or the next steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.names import Task
from dropsearch.models.table.counting import Counting
from dropsearch.models.table.ends import only_ends
from dropsearch.models.table.profile import Look, steady
from dropsearch.models.table.read import Table
from dropsearch.search.init.hints import KEYS, SERIES, TIMES, hinted
from dropsearch.search.init.order import Order
from dropsearch.search.init.parts import Parts, find_parts

LABELS = ("label", "labels", "class", "classes", "target", "y", "outcome", "response", "value")
FORECAST = (  # the likeliest first
    *("sales", "demand", "load", "consumption", "traffic", "visitors", "passengers", "orders"),
    *("revenue", "rentals", "arrivals", "generation", "price", "close", "rul", "cnt", "count"),
)
GROUPS = frozenset(
    (
        *("group", "subject", "speaker", "patient", "person", "participant", "user", "customer"),
        *("client", "student", "worker", "driver", "rider", "operator", "animal", "family"),
        *("household", "hospital", "site", "session", "machine", "device", "engine", "batch"),
    )
)
MOST_CLASSES = 20  # different whole numbers that are classes; more are quantities
NEARLY = 0.9  # share of sequences with one label from which on the others are faults
ALONE = ("y", "value")  # words that say nothing inside a longer name


@dataclass(frozen=True)
class Scene:
    """A file whose order is known, and the columns that still have no part in it."""

    table: Table
    order: Order
    parts: Parts
    others: list[Look]  # neither time nor series, parts or folds
    constant: list[Look]  # those of them with one value in each sequence, not the same in all

    @cached_property
    def steady(self) -> frozenset[Look]:
        """The columns of `constant`."""
        return frozenset(self.constant)

    @property
    def number(self) -> int:
        """How many series or sequences there are."""
        return len(self.order.layout.names)

    def counts(self, look: Look, task: Task, target: Look) -> bool:
        """Whether a column measures nothing, so that reading the data leaves it out."""
        order = self.order
        counting = Counting(self.table, order.layout, task, target.name, order.time)
        return look.kind == "numbers" and counting.reason(look.name) is not None


def scene_of(table: Table, columns: Mapping[str, Look], order: Order) -> Scene:
    """Sort the columns."""
    parts = find_parts(columns, order)
    times = table.joined.get(order.time or "", ())
    taken = {order.time, order.series, *parts.columns, *times, *table.joined}
    others = [look for look in columns.values() if look.name not in taken]
    constant = [
        look
        for look in others
        if order.series is not None and look.varies and steady(look, order.layout) == 1
    ]
    return Scene(table, order, parts, others, constant)


def find_label(scene: Scene) -> Look | None:
    """The column that has one value in each sequence and is to be predicted; None: a forecast."""
    order = scene.order
    if order.series is None:
        return None
    named = [look for look in scene.others if look.varies and rank_of(look) is not None]
    named = [look for look in named if steady(look, order.layout) >= NEARLY]
    if named:
        return min(named, key=lambda look: rank_of(look) or 0)
    fitting = [look for look in scene.constant if not order.dated and _may_be_label(look, scene)]
    proper = [look for look in fitting if not scene.counts(look, "regress", look)]
    best = proper or fitting
    return best[-1] if best else None


def refuse_examples(scene: Scene) -> None:
    """Rows that a mere number counts, each with a class of its own, are no series.

    Raises DataError.
    """
    order = scene.order
    if order.series is not None or order.dated or hinted(str(order.time), TIMES):
        return
    for look in scene.others:
        is_label = rank_of(look) is not None and look.name.lower() not in ALONE
        if look.varies and is_label and names_classes(look):
            raise DataError(
                f"{scene.table.path}: each row has a {quote(look.name)} of its own and no column "
                "names a sequence, so the rows are no sequences: add a column that all rows of a "
                f"sequence share, or name {quote(str(order.time))} for what it is, such as time."
            )


def names_classes(look: Look) -> bool:
    """Whether its cells may be classes: words, or few different whole numbers."""
    return look.kind in ("words", "truth") or (look.whole and len(look.levels) <= MOST_CLASSES)


def _may_be_label(look: Look, scene: Scene) -> bool:
    if hinted(look.name, GROUPS | KEYS) or look.kind not in ("numbers", "truth", "words"):
        return False
    return len(look.levels) <= scene.number / 2 or look.kind == "numbers"


def task_of(label: Look, scene: Scene) -> tuple[str, str]:
    """The task, and what the label is in words."""
    levels = len(label.levels)
    if label.kind != "numbers":
        return "classify", f"one of {levels:,} words"
    if label.whole and levels <= min(MOST_CLASSES, scene.number / 2):
        return "classify", f"one of {levels:,} whole numbers"
    return "regress", f"a number ({levels:,} different)"


def why_label(label: Look, scene: Scene) -> str:
    """Why this column."""
    if rank_of(label) is not None:
        return "by its name; it has one value in each sequence"
    which = "only" if len(scene.constant) == 1 else "last"
    return f"the {which} column with one value in each sequence"


def find_target(scene: Scene) -> tuple[Look, str]:
    """The column of a forecast, and why this one. Raises DataError where there is none."""
    fitting = [
        look
        for look in scene.others
        if look.kind in ("numbers", "unclear", "marked")
        and look.varies
        and look not in scene.steady
    ]
    if not fitting:
        raise DataError(
            f"{scene.table.path}: no column of numbers varies but those that order the rows, so "
            "there is nothing to predict: add one."
        )
    named = [look for look in fitting if rank_of(look) is not None]
    if named:
        return min(named, key=lambda look: rank_of(look) or 0), "by its name"
    proper = [
        look
        for look in fitting
        if not hinted(look.name, TIMES | KEYS) and not scene.counts(look, "forecast", look)
    ]
    clear = [look for look in proper if look.kind != "marked"]
    layout = scene.order.layout
    ending = [look for look in clear if only_ends(scene.table, layout, [look.name]) == scene.number]
    usual = sorted(
        (look for look in ending or proper if hinted(look.name, FORECAST)),
        key=lambda look: min(n for n, word in enumerate(FORECAST) if hinted(look.name, (word,))),
    )
    if ending and len(ending) < len(clear):
        return (usual or ending)[0], "its last rows are blank: those are to be forecast"
    if usual and usual[:1] != clear[:1]:
        return usual[0], "by its name, as one that is forecast"
    return (clear or proper or fitting)[0], "the first column of numbers that is no time"


def rank_of(look: Look) -> int | None:
    """The place of a name among those of labels, whole names first; None for another name."""
    if look.name.lower() in LABELS:
        return LABELS.index(look.name.lower())
    inside = [
        n for n, word in enumerate(LABELS) if word not in ALONE and hinted(look.name, (word,))
    ]
    return len(LABELS) + inside[0] if inside else None


def label_of_rows(rest: list[Look], height: int) -> Look | None:
    """Of rows that are sequences: the column that is called so, or the last of classes."""
    named = [look for look in rest if look.varies and rank_of(look) is not None]
    if named:
        return min(named, key=lambda look: rank_of(look) or 0)
    return next((look for look in reversed(rest) if is_class(look, height)), None)


def is_class(look: Look, height: int) -> bool:
    """Whether its cells, of so many rows, are classes."""
    few = 1 < len(look.levels) <= min(MOST_CLASSES, height / 2)
    return few and (look.kind in ("words", "truth") or (look.kind == "numbers" and look.whole))


def key_of_rows(rest: list[Look], height: int) -> str | None:
    """The column that names the rows: one that is called so, or of words."""
    found = [look for look in rest if not look.blanks and len(look.levels) == height]
    found = [n for n in found if n.kind == "words" or hinted(n.name, SERIES | KEYS)]
    return found[0].name if found else None
