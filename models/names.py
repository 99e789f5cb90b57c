"""The words that study.yaml and the network share, each written here once. Imports nothing."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Task = Literal["forecast", "classify", "regress"]
Direction = Literal["maximize", "minimize"]
Shape = Literal["long", "rows", "columns", "calendar"]  # of a table
Missing = Literal["refuse", "forward", "linear", "end"]
Repeated = Literal["keep", "group"]
Scaling = Literal["train", "window", "none"]
Scale = Literal["auto", Scaling]
Labelling = Literal["majority", "last", "pure"]
Cycle = Literal["minute", "hour", "weekday", "day", "week", "month"]  # of a calendar
Tokens = Literal["words", "bpe"]
Pooling = Literal["last", "mean", "max"]
Embedding = Literal["frozen", "tuned"]
Cell = Literal["lstm", "gru"]
Mask = Literal["standard", "locked"]
SharedSite = Literal["embedding", "input", "between", "output"]
Site = Literal["embedding", "input", "between", "recurrent", "recurrent_hidden", "output"]
Kind = Literal["none", "update", "state", "weight", "zoneout"]

TASKS: tuple[Task, ...] = get_args(Task)
CELLS: tuple[Cell, ...] = get_args(Cell)
CYCLES: tuple[Cycle, ...] = get_args(Cycle)
MASKS: tuple[Mask, ...] = get_args(Mask)
SITES: tuple[Site, ...] = get_args(Site)
SHARED_SITES: tuple[SharedSite, ...] = ("between", "output")  # of a rate that names none
KINDS: tuple[Kind, ...] = get_args(Kind)


class AboutKind(NamedTuple):
    """What a kind of recurrent dropout is to a search."""

    cost: int  # its place by the time of a step, the fastest first
    acts: str  # on what, in the words of study.yaml
    hidden: bool = False  # whether the hidden state has a rate of its own


ABOUT_KINDS: dict[Kind, AboutKind] = {
    "none": AboutKind(0, ""),
    "update": AboutKind(2, "on the cell's update"),
    "state": AboutKind(3, "on the hidden state"),
    "weight": AboutKind(1, "on the recurrent weights (DropConnect)"),
    "zoneout": AboutKind(4, "zoneout", hidden=True),
}
assert tuple(ABOUT_KINDS) == KINDS


class Baseline(NamedTuple):
    """A baseline that learns: of sequences or texts, for which tasks, and how it is made."""

    name: str
    tasks: tuple[Task, ...]
    text: bool
    how: str


SUMMARIES = "mean, spread, extremes, first and last of each feature, shares of words, and length"

BASELINES: tuple[Baseline, ...] = (
    Baseline("logistic regression on summaries", ("classify",), False, SUMMARIES),
    Baseline("ridge regression on summaries", ("regress",), False, SUMMARIES),
    Baseline("extra trees on summaries", ("classify", "regress"), False, SUMMARIES),
    Baseline("logistic regression on tf-idf", ("classify",), True, "words and pairs of words"),
    Baseline("ridge regression on tf-idf", ("regress",), True, "words and pairs of words"),
    Baseline("ridge regression on the window", ("forecast",), False, "its values, scaled alike"),
)


def baselines_of(task: Task, text: bool) -> list[str]:
    """The names of those that a study of this kind has."""
    return [one.name for one in BASELINES if task in one.tasks and one.text == text]
