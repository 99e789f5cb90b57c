"""What goes into the store as mappings, key by key: the contract between those who make a study
and those who read it. All of it lies there as JSON, but a fold's row, which has columns.

`NotRequired`: studies of other kinds, or of older versions, lack the key.
"""

# Without `from __future__ import annotations`, which hides NotRequired from `__optional_keys__`.

from typing import Any, Literal, NotRequired, TypedDict

BASELINE = "baseline"  # the one key of the point of a fit without a network

Point = dict[str, Any]  # a value for every key of the space, and the fixed ones; or a baseline


class FoldTimes(TypedDict, total=False):
    """Forecasts: the first and the last time, as the user writes them."""

    train_times: list[str]
    validate_times: list[str]


class FoldSizes(FoldTimes):
    """Numbers of examples."""

    train: int
    validate: int


class Lengths(TypedDict):
    """Of sequences, texts or series, in steps."""

    min: int
    median: float
    max: int


class Texts(TypedDict):
    """cut: texts that were longer than max_tokens; wordless: blank ones."""

    column: str
    tokens: Literal["words", "bpe"]
    vocabulary: int
    max_tokens: int
    cut: int
    wordless: int


class DataSummary(TypedDict):
    """What SequenceData.summary() says. classes: examples by name; left_out: why, by column;
    doubtful: why a feature that was named measures nothing."""

    task: str
    rows: int
    series: int
    examples: int
    lengths: Lengths
    features: list[str]
    categories: list[str]
    left_out: dict[str, str]
    notes: list[str]
    fingerprint: str
    doubtful: NotRequired[dict[str, str]]
    window: NotRequired[int]  # streams
    stride: NotRequired[int]
    static: NotRequired[list[str]]
    targets: NotRequired[list[str]]  # where there are several
    known: NotRequired[list[str]]
    cycles: NotRequired[list[str]]
    text: NotRequired[Texts]
    classes: NotRequired[dict[str, int]]
    groups: NotRequired[int]
    calendar: NotRequired[str]
    first: NotRequired[str]
    last: NotRequired[str]


class Start(TypedDict):
    """Searched values that a trial is to have, and where they come from."""

    source: str
    values: Point


class Scored(TypedDict):
    """Searched values of a trial of a study of before, and what it scored there."""

    values: Point
    score: float


class Summary(DataSummary):
    """Data, folds and baselines of a study: made by `summary_of` in search/folds/inputs.py.

    fold_ratio: the mean of n_validate / n_train, which the corrected standard error needs; bounded:
    whether scores lie between 0 and 1; step: by how much the contribution of an example changes
    that is judged otherwise, 0 where by any amount; horizon: steps ahead of forecasts, 1 without;
    both are not there in studies of before; autocorrelation: of the target of forecasts, from lag 0
    to 4, of the series that remembers longest; persistence: that at lag 1; holdout: its examples;
    baselines: by name, a score for each fold; baseline_examples: from how many of a training part
    those that learn do so, where one has more; target_baselines: by target and name the mean over
    the folds, where there are several targets; weights: of these in the score; starts: what the
    first trials of the search are to be, that of each number the claim's of that number; before:
    trials of the study of before that the sampler knows of.
    """

    scaling: NotRequired[str]
    folds: list[FoldSizes]
    fold_ratio: float
    fold_kind: str
    bounded: bool
    step: NotRequired[float]
    horizon: NotRequired[int]
    persistence: float | None
    autocorrelation: NotRequired[list[float]]
    fold_why: str
    fold_notes: list[str]
    holdout: int
    holdout_baselines: dict[str, float]
    holdout_times: FoldTimes
    baselines: dict[str, list[float]]
    baseline_examples: NotRequired[int]
    target_baselines: NotRequired[dict[str, dict[str, float]]]
    weights: NotRequired[dict[str, float]]
    starts: NotRequired[list[Start]]
    before: NotRequired[list[Scored]]


class CurvePlan(TypedDict):
    """The configurations of the curve: made by `curve_plan` in search/phases/curve.py.

    key: the rate that the curve runs over, None where several are searched. rates, and sites by
    key: [rate, place]. zero, half, control, winner: places in `members`, None where there is none.
    allowed: whether the member lies in the user's space. rivals: [key, place], of the recommended
    configuration with that choice changed; there once the rest of the curve is fitted. baselines:
    places; studies of before have none.
    """

    key: str | None
    rates: list[tuple[float, int]]
    sites: dict[str, list[tuple[float, int]]]
    half: int | None
    winner: int
    zero: int
    control: int | None
    members: list[Point]
    allowed: list[bool]
    rivals: NotRequired[list[tuple[str, int]]]
    baselines: NotRequired[list[int]]


class HoldoutPlan(TypedDict):
    """seen: how often the holdout was scored; recommended: the point it was last scored for."""

    seen: int
    recommended: Point | None


class Plan(TypedDict):
    """What the phases after the search fit. left: of the finalists, those that may be the best
    after the first repeat; repeats: of the curve; look: how often the curve was looked at, more
    repeats of the same aside."""

    finalists: list[Point]
    left: NotRequired[list[Point]]
    curve: NotRequired[CurvePlan]
    repeats: NotRequired[int]
    look: NotRequired[int]
    holdout: NotRequired[HoldoutPlan]


class Data(TypedDict):
    path: str
    target: str | list[str]
    series: NotRequired[str | None]
    scale: str
    window: int | None
    horizon: int | None


class Folds(TypedDict):
    holdout: float | Literal["auto"] | dict[str, Any]  # a mapping: column and value


class Model(TypedDict):
    dropout: (
        float | list[float] | dict[str, Any]
    )  # a mapping: a range, or one of these for each site
    embedding_size: NotRequired[int | None]
    network: NotRequired[str | None]  # the class of the user's


class Training(TypedDict):
    epochs: int
    accelerator: str
    clip: NotRequired[float | None]
    averaging: NotRequired[float | None]


class Search(TypedDict):
    objectives: list[str]
    trials: int
    sampler: str
    pruner: str


class Confirm(TypedDict):
    repeats: int | Literal["auto"]
    smallest_effect: float | Literal["auto"]


class Config(TypedDict):
    """What this room reads of a study's config; `StudyConfig` in search/config has all of it."""

    data: Data
    folds: Folds
    model: Model
    training: Training
    search: Search
    confirm: Confirm | None


class StoredAnswer(TypedDict):
    """What this room reads of an answer, a Recommendation."""

    sentences: list[str]
    warnings: list[str]


class FoldRow(TypedDict):
    """What one epoch gave on one fold. train_loss: dropout off, on a sample of the training part;
    updates: since the start of the fit; seconds: of the epoch, all folds together.
    """

    fold: int
    train_loss: float
    val_loss: float
    metric: float
    updates: int
    seconds: float


class WorstClass(TypedDict):
    """recall: share of its examples that are found; taken_for: what the others mostly are."""

    name: str
    examples: int
    recall: float
    taken_for: str | None


class WorstClasses(TypedDict):
    number: int
    worst: list[WorstClass]


class TargetsScore(TypedDict):
    """The metric over that number of targets."""

    targets: int
    score: float


class SeriesScore(TargetsScore):
    name: str


class StepScore(TargetsScore):
    step: int


class WorstSeries(TypedDict):
    number: int
    median: float
    worst: list[SeriesScore]


class NumberDetails(TypedDict, total=False):
    """Of several series, of the steps of a horizon over 1, and of several targets."""

    series: WorstSeries
    steps: list[StepScore]
    targets: list[SeriesScore]


class Details(NumberDetails):
    """Where a fit does worst, on `examples`: made by `details` in search/fit/details.py."""

    examples: int
    classes: NotRequired[WorstClasses]
