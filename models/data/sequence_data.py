"""SequenceData: what is trained on, checked and fingerprinted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.form import PLAIN, Form
from dropsearch.models.data.statics import Statics
from dropsearch.models.names import Cycle, Task, Tokens
from dropsearch.models.spread import Spread, Whole
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.wide.unfold import WideForm


@dataclass(frozen=True, kw_only=True, eq=False)
class SequenceData:
    """Rows of all series end to end, and the examples that lie in them.

    R rows, F numeric features, C columns of words, N examples. An example of a
    sequence task is one series, or one row with a text. Example i of a forecast has the
    input rows start[i] : start[i] + window and the target rows of the next `horizon`; it
    crosses neither a gap in the calendar nor another series. Example i of a classification or
    regression with a window is a stretch of a stream, which may overlap others.
    """

    task: Task
    features: tuple[str, ...]  # F; forecast: the first are the targets' own past
    values: NDArray[np.float64]  # (R, F), filled, finite
    categories: tuple[str, ...]  # C columns of words
    levels: tuple[tuple[str, ...], ...]  # per column of words the spellings in the whole file
    codes: NDArray[np.int32]  # (R, C) index into levels
    start: Whole  # (N,) first row of each example's input
    length: Whole  # (N,) input steps; forecast: window, all equal
    target: NDArray[Any]  # classify (N,) int64; regress (N,) float64; forecast (R,) float64, NaN
    targets: tuple[str, ...] = ()  # forecast of several: M; then target is (R, M)
    series: Whole  # (N,) index into series_names
    series_names: tuple[str, ...]  # in the user's spelling
    classes: tuple[str, ...]  # classify: in the user's spelling; else ()
    window: int = 0  # forecast; streams
    horizon: int = 0  # forecast
    stride: int = 0  # streams: rows from one window to the next
    row_series: Whole  # (R,) series of each row
    time: Spread | None = None  # forecast, streams: (R,) steps on the axis of all
    stamps: Spread | None = None  # forecast: (R,) int64 microseconds, or the number itself
    calendar: Calendar | None = None  # forecast, streams with a time column
    time_style: str = ""  # classify, regress: how the times are written, a template
    known: tuple[str, ...] = ()  # forecast: features and categories that are known ahead
    cycles: tuple[Cycle, ...] = ()  # forecast: of the calendar, inputs that are known ahead, too
    statics: Statics | None = None  # one value for each of series_names
    commas: tuple[str, ...] = ()  # features that are written with decimal commas
    units: tuple[tuple[str, str], ...] = ()  # features, and the units of their numbers
    form: Form = PLAIN  # how the file was written, where that is not plain
    wide: WideForm | None = None  # how the file was wide, where it was
    group: NDArray[np.int64] | None = None  # (N,) examples of one group are never split
    part: NDArray[np.int64] | None = None  # (N,) predefined fold (forecast: of its first target)
    part_names: tuple[str, ...] = ()  # part indexes it; -1: in the holdout, without a fold
    held: NDArray[np.bool_] | None = None  # (N,) in the predefined holdout; forecast: (R,)
    notes: tuple[str, ...] = ()  # warnings, whole sentences
    left_out: dict[str, str]  # column -> reason
    doubtful: dict[str, str] = field(default_factory=dict)  # feature -> why it measures nothing
    fingerprint: str = ""  # SHA-256 of the canonical content that is used
    text: str | None = None  # column of texts: each row is an example, F and C are 0
    texts: tuple[str, ...] | None = None  # (N,), "" where there was none
    tokens: Tokens = "words"  # what a text is cut into; `length` counts them
    vocabulary: int = 0  # tokens that a fold learns, at most
    max_tokens: int = 0  # of a text
    cut: int = 0  # texts that are longer
    wordless: int = 0  # texts without a token
    words: tuple[str, ...] = ()  # (W,) of the texts, those with a vector of the user's
    vectors: NDArray[np.float32] | None = None  # (W, E)

    @property
    def streams(self) -> bool:
        """Whether the examples are windows of streams that carry labels."""
        return self.task != "forecast" and self.window > 0

    @property
    def origin(self) -> NDArray[np.int64]:
        """(N,) the time of each example of a forecast or stream: its first target, or its end."""
        assert self.time is not None
        ends = self.time[self.start + self.window - int(self.streams)]
        return np.asarray(ends, np.int64)

    @property
    def outputs(self) -> int:
        """C, the numbers that a network gives: of several targets the steps of one after those of
        another."""
        steps = self.horizon * max(1, len(self.targets))
        return {"classify": len(self.classes), "forecast": steps}.get(self.task, 1)

    @property
    def each(self) -> tuple[SequenceData, ...]:
        """Of several targets each as if it were the only one, its past the only feature."""
        return tuple(
            replace(
                self,
                targets=(),
                target=self.target[:, number],
                features=(name,),
                values=self.values[:, number : number + 1],
                known=(),
            )
            for number, name in enumerate(self.targets)
        )

    def summary(self) -> dict[str, Any]:
        """What `check`, the store and the report say of the data; ready for JSON."""
        forecast = self.task == "forecast"
        lengths = np.bincount(self.row_series) if forecast else self.length
        found: dict[str, Any] = {
            "task": self.task,
            "rows": len(self.values),
            "series": len(self.series_names),
            "examples": len(self.start),
            "lengths": {
                "min": int(lengths.min()),
                "median": float(np.median(lengths)),
                "max": int(lengths.max()),
            },
            "features": list(self.features),
            "categories": list(self.categories),
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
            "fingerprint": self.fingerprint,
        }
        if self.doubtful:
            found["doubtful"] = dict(self.doubtful)
        if self.streams:
            found["window"], found["stride"] = self.window, self.stride
        if self.targets:
            found["targets"] = list(self.targets)
        if self.known:
            found["known"] = list(self.known)
        if self.cycles:
            found["cycles"] = list(self.cycles)
        if self.statics is not None:
            found["static"] = list(self.statics.names)
        if self.text is not None:
            found["text"] = {
                "column": self.text,
                "tokens": self.tokens,
                "vocabulary": self.vocabulary,
                "max_tokens": self.max_tokens,
                "cut": self.cut,
                "wordless": self.wordless,
            }
        if self.classes:
            counts = np.bincount(self.target, minlength=len(self.classes))
            found["classes"] = dict(zip(self.classes, counts.tolist(), strict=True))
        if self.group is not None:
            found["groups"] = len(np.unique(self.group))
        if self.calendar is not None and self.stamps is not None:
            found["calendar"] = self.calendar.describe()
            found["first"] = self.calendar.label(self.stamps.cells.min().item())
            found["last"] = self.calendar.label(self.stamps.cells.max().item())
        return found
