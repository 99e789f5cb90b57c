"""How a trained model reads a file: its columns, and what it learnt of them; as JSON and back.

F numeric features, C columns of words, S series.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, TypeVar, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, FailFast, ValidationError, create_model

from dropsearch.models.cells.columns import quote
from dropsearch.models.cells.form import PLAIN, Form
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.names import Missing, Scaling, Task
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.times.calendar import Calendar

Names = Annotated[tuple[str, ...], FailFast()]
Row = Annotated[tuple[float, ...], FailFast()]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Which columns a model needs, and what it learnt of them."""

    task: Task
    target: str
    time: str | tuple[str, ...] | None  # the column, or those that are one time together
    series: str | None
    text: str | None
    features: Names  # F; forecast: the target first
    categories: Names  # C
    levels: Annotated[tuple[Names, ...], FailFast()]  # spellings of each column of words
    classes: Names
    missing: Missing
    window: int
    horizon: int
    calendar: Calendar | None  # forecast: its step
    series_names: Names  # forecast: those of the training
    time_style: str = ""  # of others: how times are written, where that could be read in two ways
    commas: Names = ()  # features with decimal commas
    stride: int = 0  # streams: rows from one window to the next
    static: Names = ()  # static features that are numbers
    static_words: Names = ()  # and words
    static_levels: Annotated[tuple[Names, ...], FailFast()] = ()  # spellings of those
    form: Form = PLAIN  # how the file was written, where that is not plain

    @classmethod
    def of(
        cls,
        data: SequenceData,
        *,
        target: str,
        time: str | tuple[str, ...] | None,
        series: str | None,
        missing: Missing,
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
            window=data.window,
            horizon=data.horizon,
            calendar=data.calendar,
            series_names=data.series_names if data.task == "forecast" else (),
            time_style=data.time_style,
            commas=data.commas,
            form=data.form,
            stride=data.stride,
            **_static(data),
        )

    @property
    def times(self) -> tuple[str, ...]:
        """The columns of the time."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a new file must have."""
        named = (self.series, *self.times, self.text, *self.features, *self.categories)
        named = (*named, *self.static, *self.static_words)
        return tuple(dict.fromkeys(name for name in named if name is not None))


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
        "target_centre": float(preparation.target_centre),
        "target_spread": float(preparation.target_spread),
        "seen": [seen.tolist() for seen in preparation.seen],
        "series_spread": preparation.series_spread.tolist() if by_window else [],
        "keeps_level": preparation.keeps_level,
        "vocabulary": None if vocabulary is None else vocabulary.to_json(),
        "static_centre": preparation.static_centre.tolist(),
        "static_spread": preparation.static_spread.tolist(),
        "static_seen": [seen.tolist() for seen in preparation.static_seen],
    }


_MOST_FAULTS = 1000  # of which the first is told; more take memory
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Learnt(BaseModel):
    """What `plain` gives."""

    model_config = STRICT

    scale: Scaling
    centre: Row
    spread: Row
    target_centre: float
    target_spread: float
    seen: Annotated[tuple[Annotated[tuple[bool, ...], FailFast()], ...], FailFast()]
    series_spread: Annotated[tuple[Row, ...], FailFast()]
    vocabulary: str | None
    keeps_level: bool = False  # in folders of before it was written
    static_centre: Row = ()
    static_spread: Row = ()
    static_seen: Annotated[tuple[Annotated[tuple[bool, ...], FailFast()], ...], FailFast()] = ()


def _model(kind: Any, **others: Any) -> Any:
    """The fields of a dataclass as strict reading takes them, from a mapping."""
    hints = get_type_hints(kind, include_extras=True) | others
    named: Any = {
        own.name: (hints[own.name], ... if own.default is MISSING else own.default)
        for own in fields(kind)
    }
    return create_model(kind.__name__, __config__=STRICT, **named)


_CALENDAR = _model(Calendar)
_FORM = _model(Form)
_PREPARED = create_model(
    "Prepared",
    __config__=STRICT,
    reader=(_model(Reader, calendar=_CALENDAR | None, form=_FORM), ...),
    preparation=(Learnt, ...),
)
M = TypeVar("M", bound=BaseModel)


def valid(kind: type[M], text: bytes) -> M:
    """What JSON holds, each value of its type. Raises ValueError with the first key that is not,
    or RecursionError."""
    content = _tuples(json.loads(text))  # pydantic's own reader copies all of it for each fault
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        if error.error_count() > _MOST_FAULTS:
            raise ValueError("it has keys by the thousand that no such file has") from None
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{quote(key)}: {first['msg']}") from None


def _tuples(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _tuples(value) for key, value in content.items()}
    return tuple(map(_tuples, content)) if isinstance(content, list) else content


def prepared_from(text: bytes) -> tuple[Reader, Preparation]:
    """What a model's preparation.json holds: `asdict` of a Reader, and what `plain` gave.

    Raises ValueError, RecursionError or ModelsError where it is something else.
    """
    found: Any = valid(_PREPARED, text)
    calendar = found.reader.calendar
    calendar = None if calendar is None else Calendar(**dict(calendar))
    form = found.reader.form
    form = form if isinstance(form, Form) else Form(**dict(form))
    reader = Reader(**{**dict(found.reader), "calendar": calendar, "form": form})
    _refuse_unfit(reader)
    return reader, _preparation(found.preparation, reader)


def _refuse_unfit(reader: Reader) -> None:
    """Raises ValueError where what it says of a file does not fit together."""
    forecast = reader.task == "forecast"
    check(
        {
            "target": not forecast or reader.features[:1] == (reader.target,),
            "calendar": _regular(reader.calendar) if forecast else reader.calendar is None,
            "levels": len(reader.levels) == len(reader.categories),
            "static_levels": len(reader.static_levels) == len(reader.static_words),
            "window": reader.window > 0 if forecast or reader.stride else reader.window == 0,
            "horizon": reader.horizon > 0 if forecast else reader.horizon == 0,
            "stride": reader.stride >= 0 and not (forecast and reader.stride),
            "form": reader.form.fits,
            "classes": (len(reader.classes) > 1) == (reader.task == "classify"),
        }
    )


def _regular(calendar: Calendar | None) -> bool:
    return (
        calendar is not None
        and 0 < calendar.step < 2**53
        and (calendar.unit == "number" or isinstance(calendar.step, int))
    )


def check(fits: Mapping[str, bool]) -> None:
    """Raises ValueError naming what does not fit."""
    wrong = [name for name, right in fits.items() if not right]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} cannot be as it is there")


def _preparation(learnt: Learnt, reader: Reader) -> Preparation:
    """What `plain` was made of, less MASE's units. Raises ValueError or ModelsError."""
    features, series = len(reader.features), len(reader.series_names)
    window = learnt.scale == "window"
    shape = (series, features) if window else (0,)
    centre, width = (np.array(values, np.float64) for values in (learnt.centre, learnt.spread))
    deviation = np.array(learnt.series_spread, np.float64)
    seen = tuple(np.array(known, np.bool_) for known in learnt.seen)
    vocabulary = learnt.vocabulary
    static_centre, static_spread = (
        np.array(values, np.float64) for values in (learnt.static_centre, learnt.static_spread)
    )
    static_seen = tuple(np.array(known, np.bool_) for known in learnt.static_seen)
    check(
        {
            "centre": centre.shape == (features,),
            "spread": width.shape == (features,) and bool((width > 0).all()),
            "target_spread": learnt.target_spread > 0,
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
        target_centre=learnt.target_centre,
        target_spread=learnt.target_spread,
        seen=seen,
        series_spread=deviation if window else np.zeros((series, features)),
        units=np.ones(series),
        vocabulary=None if vocabulary is None else Vocabulary.from_json(vocabulary),
        keeps_level=learnt.keeps_level,
        static_centre=static_centre,
        static_spread=static_spread,
        static_seen=static_seen,
    )
