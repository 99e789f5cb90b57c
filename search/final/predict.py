"""Predictions of a model folder for a new file, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError, ModelsError
from dropsearch.models.fold.learner import Learner
from dropsearch.models.lstm.sites import dropped_levels
from dropsearch.models.own.kept import changed_code
from dropsearch.models.own.named import explained
from dropsearch.models.trained.bundle import Bundle, read_bundle
from dropsearch.models.trained.folder import CONFIG
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.new_examples import NewData
from dropsearch.models.trained.predict import (
    Numbers,
    Spread,
    learns_in_training,
    predict,
    spread,
)
from dropsearch.search.config.load import load_config
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.intervals import reach_of
from dropsearch.search.final.shape import in_shape
from dropsearch.search.fit.networks import own_arguments, rates_of
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.phases import space
from dropsearch.studies.store.contract import Point

_ENDS = ("low", "high")
_SPREAD = ("mean", "sd", "q05", "q95")


def predictions(
    folder: Path,
    path: Path,
    samples: int = 0,
    tell: Callable[[str], None] = lambda _: None,
    *,
    future: Path | None = None,
    interval: float | None = None,
    network: str | None = None,
) -> tuple[pl.DataFrame, list[str]]:
    """The table of docs/predict.md, and notes; samples: passes of Monte Carlo dropout; interval:
    the share of true values that an interval is to hold.

    tell: told what is done now. future: a file of what is known of the steps to be forecast.
    network: the user's own class, package.module:Class, of a model of such networks.
    Raises ModelsError where the folder is no good, DataError where a file cannot be used,
    ConfigError where the model has no such interval.
    """
    prepare_process()
    tell(f"Reading the model {folder}")
    bundle = read_bundle(folder)
    config = load_config(folder / CONFIG)
    _refuse_other(bundle, config)
    reach = None if interval is None else reach_of(config, interval)
    tell(f"Reading {path}")
    new = read_new(path, bundle.reader, bundle.preparation, future)
    tell("Predicting")
    index = np.arange(len(new.keys))
    with explained(bundle.own and network):
        networks = bundle.networks(network)
        found = predict(networks, new.data, new.preparation, index)
    _refuse_wild(bundle, found, new, path)
    columns = _COLUMNS[bundle.reader.task](bundle, new, found)
    notes = list(new.notes)
    if bundle.own is not None:
        notes += changed_code(bundle.arguments)
    if reach is not None:
        columns = _between(
            bundle, columns, *reach.interval(new.data, new.preparation, index, found)
        )
        notes.append(reach.in_words(bundle.about))
    if samples:
        _refuse_learning(networks)
        drawn = {"samples": samples, "seed": config.search.seed}
        with explained(bundle.own):
            band = spread(networks, new.data, new.preparation, index, found, **drawn)
        columns |= _spread_columns(bundle, band)
        notes += _about_band(bundle, networks)
    elif new.unfolded is not None and bundle.reader.task == "forecast" and reach is None:
        return in_shape(bundle.reader, new, found), notes
    return pl.DataFrame(columns), notes


def _refuse_other(bundle: Bundle, config: StudyConfig) -> None:
    """Raises ModelsError where the config is not that of the networks."""
    point = {} if space.searched(config) else space.point_of({}, config)
    data, reader = config.data, bundle.reader
    same = bool(point) and _asked(point, config, bundle).items() <= bundle.arguments.items()
    shape = None if data.layout == "long" else data.layout
    read = (data.task, data.targets, data.time, data.series, data.text, shape)
    wide = None if reader.wide is None else reader.wide.shape
    is_read = (reader.task, reader.predicted, reader.time, reader.series, reader.text, wide)
    blanks = (data.missing, data.missing_codes) == (reader.missing, reader.missing_codes)
    ahead = set(reader.known) <= {*data.known} and reader.cycles == tuple(
        dict.fromkeys(data.calendar)
    )
    same = same and blanks and ahead and read == is_read
    steps = (data.window or 0, data.horizon or 0)
    if not same or (*steps, data.rows_apart) != (reader.window, reader.horizon, reader.stride):
        raise ModelsError(
            f"The model's file {bundle.folder / CONFIG} is not the one that its networks were "
            "trained by: take another copy of the folder, or train again."
        )


def _asked(point: Point, config: StudyConfig, bundle: Bundle) -> dict[str, Any]:
    """The network's arguments that the point names, as a bundle has them."""
    if config.model.network is not None:
        arguments, rates = own_arguments(point)
        return {"name": config.model.network, "arguments": arguments, "rates": rates}
    known = {key: value for key, value in point.items() if key in bundle.arguments}
    return {"cell": "lstm", **known, "dropout": rates_of(point, config.model)}


def _refuse_learning(networks: Sequence[Learner]) -> None:
    if learns_in_training(networks):
        raise ConfigError(
            "--samples makes passes as in training, in which the batch normalisation of this "
            "network learns: leave it out."
        )


def _refuse_wild(bundle: Bundle, found: Numbers, new: NewData, path: Path) -> None:
    wild = ~np.isfinite(found).all(axis=1)
    if wild.any():
        key = new.keys[int(np.argmax(wild))]
        if _is_nameless(bundle):
            each = _of_targets(bundle, found)
            key = next(name for name, own in each.items() if not np.isfinite(own).all())
        raise DataError(
            f"{path}: {int(wild.sum()):,} predictions are not finite, the first of {quote(key)}: "
            "its values lie far outside those of the training; correct them."
        )


def _is_nameless(bundle: Bundle) -> bool:
    """Whether the one series has no name: of several targets without a series column."""
    return bool(bundle.reader.targets) and bundle.reader.series is None


def _keys(bundle: Bundle, new: NewData) -> dict[str, Any]:
    rows = bundle.reader.wide is not None and bundle.reader.series is None
    if bundle.reader.text is not None or rows:
        return {"row": list(map(int, new.keys))}
    reader = bundle.reader
    if not reader.stride:
        return {"series": list(new.keys)}
    keys = {"series": list(new.keys)} if reader.series is not None else {}
    for place, name in enumerate(reader.times or ("row",)):
        keys[_of_time(bundle, name, keys)] = [steps[0][place] for steps in new.steps]
    return keys


def _of_time(bundle: Bundle, name: str, keys: dict[str, Any]) -> str:
    """The name of a column of the time, told apart from those that a prediction adds."""
    added = (*_SPREAD, *_ENDS, "label", "probability", *_of_classes(bundle))
    return f"{name} (time)" if name in (*keys, *added) else name


def _of_classes(bundle: Bundle) -> list[str]:
    return [f"p_{name}" for name in bundle.reader.classes]


def _classes(bundle: Bundle, new: NewData, found: Numbers) -> dict[str, Any]:
    names = bundle.reader.classes
    label = found.argmax(1)
    return {
        **_keys(bundle, new),
        "label": [names[number] for number in label],
        "probability": found[np.arange(len(label)), label],
        **dict(zip(_of_classes(bundle), found.T, strict=True)),
    }


def _numbers(bundle: Bundle, new: NewData, found: Numbers) -> dict[str, Any]:
    keys = _keys(bundle, new)
    return {**keys, _free(bundle.reader.target, keys): found[:, 0]}


def _steps(bundle: Bundle, new: NewData, found: Numbers) -> dict[str, Any]:
    horizon = bundle.reader.horizon
    keys: dict[str, Any] = {}
    if not _is_nameless(bundle):
        keys["series"] = [key for key in new.keys for _ in range(horizon)]
    cells = [step for steps in new.steps for step in steps]
    made = None if new.unfolded is None else new.unfolded.time
    named = made if isinstance(made, tuple) else bundle.reader.times
    for place, name in enumerate(named if len(cells[0]) > 1 else ("time",)):
        keys[_of_time(bundle, name, keys)] = [step[place] for step in cells]
    for name, values in _of_targets(bundle, found).items():
        keys[_free(name, keys)] = values.reshape(-1)
    return keys


def _of_targets(bundle: Bundle, found: Numbers) -> dict[str, Numbers]:
    """(N, horizon) of each target, from outputs (N, C)."""
    names = bundle.reader.predicted
    return dict(zip(names, np.split(found, len(names), axis=1), strict=True))


_COLUMNS = {"classify": _classes, "regress": _numbers, "forecast": _steps}


def _free(target: str, keys: dict[str, Any]) -> str:
    """The target's name, told apart from the other columns."""
    return f"{target} (predicted)" if target in (*keys, *_SPREAD) else target


def _between(
    bundle: Bundle, columns: dict[str, Any], low: Numbers, high: Numbers
) -> dict[str, Any]:
    """The columns with those of the ends, told apart from these."""
    ends = _by_target(bundle, dict(zip(_ENDS, (low, high), strict=True)))
    named = {f"{name} (predicted)" if name in ends else name: columns[name] for name in columns}
    return named | ends


def _spread_columns(bundle: Bundle, band: Spread) -> dict[str, Any]:
    found = (band.mean, band.deviation, band.low, band.high)
    return _by_target(bundle, dict(zip(_SPREAD, found, strict=True)))


def _by_target(bundle: Bundle, numbers: dict[str, Numbers]) -> dict[str, Any]:
    """Columns of numbers (N, C); of several targets one for each of them."""
    if not bundle.reader.targets:
        return {name: values.reshape(-1) for name, values in numbers.items()}
    return {
        f"{target} ({name})": own.reshape(-1)
        for name, values in numbers.items()
        for target, own in _of_targets(bundle, values).items()
    }


def _about_band(bundle: Bundle, networks: Sequence[Learner]) -> list[str]:
    """Sentences on what the spread means."""
    notes = []
    acting = any(dropped_levels(rate) for rate in networks[0].rates.values())
    if not acting:
        notes.append(
            "The network has no dropout, so that its samples do not differ."
            if len(networks) == 1
            else "The networks have no dropout: their samples differ from network to network alone."
        )
    if bundle.reader.task == "classify":
        return notes
    coverage = (bundle.about["holdout"] or {}).get("coverage")
    if coverage is None:
        said = "how much of the truth it covers is unknown: dropsearch train --keep-holdout tells"
    else:
        said = (
            f"on the holdout it covered {coverage['share']:.0%} of the true values "
            f"({coverage['examples']:,} examples, {coverage['samples']} samples)"
        )
    return [
        *notes,
        "The band from q05 to q95 shows the model's uncertainty and not the noise of the data; "
        f"{said}.",
    ]
