"""How a trained model reads a file: its columns, and what it learnt of them; as JSON and back.

F numeric features, C columns of words, S series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, FailFast, Field, create_model

from dropsearch.models.cells.form import PLAIN, Form
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation, known_channels
from dropsearch.models.names import Cycle, Missing, Scaling, Task
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.trained.strict import STRICT, check, model_of, valid
from dropsearch.models.wide.unfold import WideForm

Names = Annotated[tuple[str, ...], FailFast()]
Row = Annotated[tuple[float, ...], FailFast()]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Which columns a model needs, and what it learnt of them."""

    task: Task
    target: str  # of several the first
    time: str | Annotated[tuple[str, ...], Field(min_length=1)] | None  # of several, one together
    series: str | None
    text: str | None
    features: Names  # F; forecast: the target first
    categories: Names  # C
    levels: Annotated[tuple[Names, ...], FailFast()]  # spellings of each column of words
    classes: Names
    missing: Missing
    window: int
    horizon: int
    calendar: Calendar | None  # forecast, streams: its step
    series_names: Names  # forecast: those of the training
    time_style: str = ""  # of others: how times are written, where that could be read in two ways
    commas: Names = ()  # features with decimal commas
    units: Annotated[tuple[tuple[str, str], ...], FailFast()] = ()  # features, and their units
    missing_codes: Row = ()  # numbers that stand for a missing value
    stride: int = 0  # streams: rows from one window to the next
    targets: Names = ()  # forecast of several: all of them
    known: Names = ()  # forecast: features and columns of words that are known ahead
    cycles: tuple[Cycle, ...] = ()  # forecast: of the calendar
    static: Names = ()  # static features that are numbers
    static_words: Names = ()  # and words
    static_levels: Annotated[tuple[Names, ...], FailFast()] = ()  # spellings of those
    form: Form = PLAIN  # how the file was written, where that is not plain
    wide: WideForm | None = None  # how the file was wide, where it was

    @classmethod
    def of(
        cls,
        data: SequenceData,
        *,
        target: str,
        time: str | tuple[str, ...] | None,
        series: str | None,
        missing: Missing,
        missing_codes: tuple[float, ...] = (),
    ) -> Reader:
        """How `data` was read."""
        return cls(
            task=data.task,
            target=target,
            time=time,
            series=series,
            text=data.text,
            features=data.features,
            categories=data.categories,
            levels=data.levels,
            classes=data.classes,
            missing=missing,
            missing_codes=missing_codes,
            window=data.window,
            horizon=data.horizon,
            calendar=data.calendar,
            series_names=data.series_names if data.task == "forecast" else (),
            time_style=data.time_style,
            commas=data.commas,
            units=data.units,
            form=data.form,
            wide=data.wide,
            stride=data.stride,
            targets=data.targets,
            known=data.known,
            cycles=data.cycles,
            **_static(data),
        )

    @property
    def has_nameless_rows(self) -> bool:
        """Whether a row of the file is a series without a name."""
        return self.wide is not None and self.wide.shape == "rows" and self.series is None

    @property
    def times(self) -> tuple[str, ...]:
        """The columns of the time."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @property
    def predicted(self) -> tuple[str, ...]:
        """The targets."""
        return self.targets or (self.target,)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a new file must have."""
        steps = {} if self.wide is None else self.wide.steps
        if self.task == "forecast":
            steps = dict.fromkeys(steps, ())  # a new file has other steps
        seen = [column for name in self.inputs for column in steps.get(name, (name,))]
        named = (self.series, *self.times, self.text, *seen)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Features and columns of words, those of the steps first."""
        return (*self.features, *self.categories, *self.static, *self.static_words)


def _static(data: SequenceData) -> dict[str, Any]:
    fixed = data.statics
    if fixed is None:
        return {}
    words = {"static_words": fixed.categories, "static_levels": fixed.levels}
    return {"static": fixed.features, **words}


def plain(preparation: Preparation) -> dict[str, Any]:
    """Ready for JSON, which gives back every number as it is."""
    vocabulary = preparation.vocabulary
    by_window = preparation.scale == "window"
    return {
        "scale": preparation.scale,
        "centre": preparation.centre.tolist(),
        "spread": preparation.spread.tolist(),
        "target_centre": np.asarray(preparation.target_centre).tolist(),
        "target_spread": np.asarray(preparation.target_spread).tolist(),
        "seen": [seen.tolist() for seen in preparation.seen],
        "series_spread": preparation.series_spread.tolist() if by_window else [],
        "keeps_level": preparation.keeps_level,
        "vocabulary": None if vocabulary is None else vocabulary.to_json(),
        "static_centre": preparation.static_centre.tolist(),
        "static_spread": preparation.static_spread.tolist(),
        "static_seen": [seen.tolist() for seen in preparation.static_seen],
    }


class Learnt(BaseModel):
    """What `plain` gives."""

    model_config = STRICT

    scale: Scaling
    centre: Row
    spread: Row
    target_centre: float | tuple[float, ...]
    target_spread: float | tuple[float, ...]
    seen: Annotated[tuple[Annotated[tuple[bool, ...], FailFast()], ...], FailFast()]
    series_spread: Annotated[tuple[Row, ...], FailFast()]
    vocabulary: str | None
    keeps_level: bool = False  # in folders of before it was written
    static_centre: Row = ()
    static_spread: Row = ()
    static_seen: Annotated[tuple[Annotated[tuple[bool, ...], FailFast()], ...], FailFast()] = ()


_CALENDAR = model_of(Calendar)
_FORM = model_of(Form)
_WIDE = model_of(WideForm)
_PREPARED = create_model(
    "Prepared",
    __config__=STRICT,
    reader=(model_of(Reader, calendar=_CALENDAR | None, form=_FORM, wide=_WIDE | None), ...),
    preparation=(Learnt, ...),
)


def prepared_from(text: bytes) -> tuple[Reader, Preparation]:
    """What a model's preparation.json holds: `asdict` of a Reader, and what `plain` gave.

    Raises ValueError, RecursionError or ModelsError where it is something else.
    """
    found: Any = valid(_PREPARED, text)
    calendar = found.reader.calendar
    calendar = None if calendar is None else Calendar(**dict(calendar))
    form = found.reader.form
    form = form if isinstance(form, Form) else Form(**dict(form))
    wide = found.reader.wide
    wide = None if wide is None else WideForm(**dict(wide))
    known = {"calendar": calendar, "form": form, "wide": wide}
    reader = Reader(**{**dict(found.reader), **known})
    _refuse_unfit(reader)
    return reader, _preparation(found.preparation, reader)


def _refuse_unfit(reader: Reader) -> None:
    """Raises ValueError where what it says of a file does not fit together."""
    forecast = reader.task == "forecast"
    check(
        {
            "target": _leads(reader) if forecast else not reader.targets,
            "time": bool(reader.times) or reader.wide is not None or not forecast,
            "calendar": _regular(reader.calendar)
            if forecast or (reader.stride and reader.calendar)
            else reader.calendar is None,
            "levels": len(reader.levels) == len(reader.categories),
            "static_levels": len(reader.static_levels) == len(reader.static_words),
            "window": reader.window > 0 if forecast or reader.stride else reader.window == 0,
            "horizon": reader.horizon > 0 if forecast else reader.horizon == 0,
            "stride": reader.stride >= 0 and not (forecast and reader.stride),
            "known": set(reader.known) <= {*reader.features[1:], *reader.categories}
            and (forecast or not reader.known),
            "cycles": not reader.cycles
            or (forecast and getattr(reader.calendar, "unit", "number") != "number"),
            "form": reader.form.fits,
            "classes": (len(reader.classes) > 1) == (reader.task == "classify"),
        }
    )


def _leads(reader: Reader) -> bool:
    """Whether the targets are the first features."""
    first = reader.features[: len(reader.predicted)]
    return first == reader.predicted and first[0] == reader.target and len(reader.targets) != 1


def _regular(calendar: Calendar | None) -> bool:
    return (
        calendar is not None
        and 0 <= calendar.grain < calendar.step < 2**53
        and (calendar.unit == "number" or isinstance(calendar.step, int))
    )


def _preparation(learnt: Learnt, reader: Reader) -> Preparation:
    """What `plain` was made of, less MASE's units. Raises ValueError or ModelsError."""
    features, series = len(reader.features), len(reader.series_names)
    window = learnt.scale == "window"
    shape = (series, features) if window else (0,)
    centre, width = (np.array(values, np.float64) for values in (learnt.centre, learnt.spread))
    deviation = np.array(learnt.series_spread, np.float64)
    seen = tuple(np.array(known, np.bool_) for known in learnt.seen)
    vocabulary = learnt.vocabulary
    targets = (len(reader.targets),) if reader.targets else ()
    static_centre, static_spread = (
        np.array(values, np.float64) for values in (learnt.static_centre, learnt.static_spread)
    )
    static_seen = tuple(np.array(known, np.bool_) for known in learnt.static_seen)
    check(
        {
            "centre": centre.shape == (features,),
            "spread": width.shape == (features,) and bool((width > 0).all()),
            "target_centre": np.shape(learnt.target_centre) == targets,
            "target_spread": np.shape(learnt.target_spread) == targets
            and bool(np.all(np.asarray(learnt.target_spread) > 0)),
            "seen": [known.shape for known in seen] == [(len(names),) for names in reader.levels],
            "series_spread": deviation.shape == shape and bool((deviation >= 0).all()),
            "static_centre": static_centre.shape == (len(reader.static),),
            "static_spread": static_spread.shape == (len(reader.static),)
            and bool((static_spread > 0).all()),
            "static_seen": [known.shape for known in static_seen]
            == [(len(names),) for names in reader.static_levels],
            "vocabulary": (vocabulary is None) == (reader.text is None),
        }
    )
    return Preparation(
        scale=learnt.scale,
        centre=centre,
        spread=width,
        target_centre=_by_target(learnt.target_centre),
        target_spread=_by_target(learnt.target_spread),
        seen=seen,
        series_spread=deviation if window else np.zeros((series, features)),
        units=np.ones((series, *targets)),
        vocabulary=None if vocabulary is None else Vocabulary.from_json(vocabulary),
        keeps_level=learnt.keeps_level,
        static_centre=static_centre,
        static_spread=static_spread,
        static_seen=static_seen,
        cycles=len(reader.cycles),
        known=known_channels(
            reader.features, reader.categories, seen, reader.known, len(reader.cycles)
        ),
    )


def _by_target(learnt: float | tuple[float, ...]) -> float | NDArray[np.float64]:
    return learnt if isinstance(learnt, float) else np.array(learnt, np.float64)
