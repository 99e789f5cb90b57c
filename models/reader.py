"""How a trained model reads a file: its columns, and what it learnt of them; as JSON and back.

F numeric features, C columns of words, S series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from dropsearch.models.calendar import Calendar, Unit
from dropsearch.models.data import SequenceData, Task
from dropsearch.models.scaling import Preparation
from dropsearch.models.text import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Which columns a model needs, and what it learnt of them."""

    task: Task
    target: str
    time: str | None
    series: str | None
    text: str | None
    features: tuple[str, ...]  # F; forecast: the target first
    categories: tuple[str, ...]  # C
    levels: tuple[tuple[str, ...], ...]  # spellings of each column of words
    classes: tuple[str, ...]
    missing: Literal["refuse", "forward", "linear"]
    window: int
    horizon: int
    calendar: Calendar | None  # forecast: its step
    series_names: tuple[str, ...]  # forecast: those of the training
    time_style: str = ""  # of others: how times are written, where that could be read in two ways
    commas: tuple[str, ...] = ()  # features with decimal commas

    @classmethod
    def of(
        cls,
        data: SequenceData,
        *,
        target: str,
        time: str | None,
        series: str | None,
        missing: Literal["refuse", "forward", "linear"],
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
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a new file must have."""
        named = (self.series, self.time, self.text, *self.features, *self.categories)
        return tuple(dict.fromkeys(name for name in named if name is not None))


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
    }


def reader_from(content: dict[str, Any]) -> Reader:
    """The Reader of which `content` is `asdict`. Raises ValueError, TypeError or KeyError."""
    content.setdefault("commas", [])
    for name in ("features", "categories", "classes", "series_names", "commas"):
        content[name] = _names(content[name])
    content["levels"] = tuple(_names(names) for names in content["levels"])
    if content["calendar"] is not None:
        offsets = tuple((int(at), int(east)) for at, east in content["calendar"].pop("offsets"))
        content["calendar"] = Calendar(**content["calendar"], offsets=offsets)
    reader = Reader(**content)
    forecast = reader.task == "forecast"
    fits = {
        "task": reader.task in ("forecast", "classify", "regress"),
        "missing": reader.missing in ("refuse", "forward", "linear"),
        "calendar": _regular(reader.calendar) if forecast else reader.calendar is None,
        "levels": len(reader.levels) == len(reader.categories),
        "target": isinstance(reader.target, str),
        "columns": all(isinstance(name, str) for name in reader.columns),
        "time_style": isinstance(reader.time_style, str),
        "window": all(_steps(number, forecast) for number in (reader.window, reader.horizon)),
        "classes": (len(reader.classes) > 1) == (reader.task == "classify"),
    }
    check(fits)
    return reader


def _steps(number: Any, forecast: bool) -> bool:
    return type(number) is int and (number > 0) == forecast


def _regular(calendar: Calendar | None) -> bool:
    return (
        calendar is not None
        and calendar.unit in get_args(Unit)
        and isinstance(calendar.style, str)
        and isinstance(calendar.step, int | float)
        and 0 < calendar.step < 2**53
        and (calendar.unit == "number" or isinstance(calendar.step, int))
    )


def _names(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("a list of names is something else")
    return tuple(names)


def check(fits: Mapping[str, bool]) -> None:
    """Raises ValueError naming what does not fit."""
    wrong = [name for name, right in fits.items() if not right]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} cannot be as it is there")


def preparation_from(content: dict[str, Any], reader: Reader) -> Preparation:
    """What `plain` was made of, less MASE's units. Raises ValueError, TypeError or KeyError."""
    features, series = len(reader.features), len(reader.series_names)
    window = content["scale"] == "window"
    shape = (series, features) if window else (0,)
    centre, width = (np.array(content[name], np.float64) for name in ("centre", "spread"))
    deviation = np.array(content["series_spread"], np.float64)
    seen = tuple(np.array(known, np.bool_) for known in content["seen"])
    target = np.array([content["target_centre"], content["target_spread"]], np.float64)
    vocabulary = content["vocabulary"]
    keeps_level = content.get("keeps_level", False)
    check(
        {
            "scale": content["scale"] in ("train", "window", "none"),
            "centre": centre.shape == (features,) and bool(np.isfinite(centre).all()),
            "spread": width.shape == (features,) and bool((np.isfinite(width) & (width > 0)).all()),
            "target": bool(np.isfinite(target).all()) and target[1] > 0,
            "seen": [known.shape for known in seen] == [(len(names),) for names in reader.levels],
            "series_spread": deviation.shape == shape
            and bool((np.isfinite(deviation) & (deviation >= 0)).all()),
            "vocabulary": (vocabulary is None) == (reader.text is None),
            "keeps_level": isinstance(keeps_level, bool),
        }
    )
    return Preparation(
        scale=content["scale"],
        centre=centre,
        spread=width,
        target_centre=float(target[0]),
        target_spread=float(target[1]),
        seen=seen,
        series_spread=deviation if window else np.zeros((series, features)),
        units=np.ones(series),
        vocabulary=None if vocabulary is None else Vocabulary.from_json(vocabulary),
        keeps_level=keeps_level,
    )
