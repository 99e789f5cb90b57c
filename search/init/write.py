"""`dropsearch init`: from a data file to a commented study.yaml that runs as it is."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from dropsearch.models.cells.columns import quote
from dropsearch.models.cells.form import Form
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.models.files import write_whole
from dropsearch.models.table.read import Table, read_table
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.config.said import said_of, ways_out
from dropsearch.search.config.schema.table import TableForm
from dropsearch.search.config.yaml_text import plain_value
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.search.init.features import Guess, one_line
from dropsearch.search.init.guess import guess
from dropsearch.search.init.order import Said
from dropsearch.studies.commands import command

if TYPE_CHECKING:
    from dropsearch.search.init.sizing import Sized

OUTPUT, MINUTES = Path("study.yaml"), 10.0  # where nobody says others
FOLDS = (5, 3, 2)
MOST_LEFT_OUT = 10  # groups, up to which each is a fold of its own
LONGEST_NAME = 60


def init(
    data: Path,
    output: Path,
    minutes: float,
    tell: Callable[[str], None] = lambda _: None,
    settings: Sequence[str] = (),
) -> list[str]:
    """Write a study.yaml for a CSV or Parquet file; what was guessed, in lines for people.

    tell: told what is done now. settings: keys of data that are known, as "data.target=price".
    Raises ConfigError where one of these is none, or the file to be written exists or cannot be
    written, DataError where the data cannot be understood or used.
    """
    _refuse(data, output)
    said = said_of(settings)
    try:
        return _written(data, output, minutes, tell, said)
    except DataError as error:
        others = {"o": None if output == OUTPUT else str(output)}
        others |= {"minutes": None if minutes == MINUTES else f"{minutes:g}"}
        raise DataError(ways_out(error, str(data), settings, others)) from None


def _written(
    data: Path, output: Path, minutes: float, tell: Callable[[str], None], said: dict[str, Any]
) -> list[str]:
    form = None if said.get("table") is None else TableForm(**said["table"]).form
    known = {key: value for key, value in said.items() if key != "table" and value is not None}
    tell(f"Reading {data.name}")
    table = _table(data, form)
    tell(f"Looking at {len(table.names):,} columns")
    found = _guess(table, known)
    tell("Trying folds")

    from dropsearch.search.init.commented import commented  # after the quick refusals: 2 s
    from dropsearch.search.init.sizing import sized

    path = os.path.abspath(data)
    with suppress(ValueError):  # there is no way from one drive of Windows to another
        path = os.path.relpath(path, os.path.abspath(output.parent))
    mapping: dict[str, Any] = {
        "study": study_name(data.stem),
        "data": {"path": path, **_form(table), **found.data},
        "folds": {"kind": "auto", "count": FOLDS[0], "holdout": "auto", **found.folds},
    }
    _settle(mapping, found, output.parent, table)
    tell("Timing networks")
    plan = sized(mapping, output.parent, found.season, minutes, table)
    _take_over(mapping, found, plan, minutes)
    time = _time(plan, minutes)
    why = {**found.why, "data.table": " ".join(table.sights)}
    _write(output, commented({**mapping, **plan.sections}, why, plan, time, output.name))
    at = str(output)
    return [
        f"{data.name}: {table.height:,} rows",
        *_words(mapping, found),
        f"  {time}",
        *(f"Note: {cut}" for cut in _cut(plan)),
        *(f"Note: {note}" for note in (*plan.inputs.data.notes, *plan.inputs.fold_notes)),
        f"Written: {output.absolute()}",
        f"Next: {command('check', at)}; {command('launch', at)}",
    ]


def _refuse(data: Path, output: Path) -> None:
    if data.suffix.lower() in (".yaml", ".yml") and data.is_file():
        given = str(data)
        raise ConfigError(
            f"{data} is a study.yaml, and no data: {command('check', given)} looks at it, "
            f"{command('launch', given)} runs it."
        )
    if output.exists() or output.is_symlink():
        raise ConfigError(f"{output} exists, and init overwrites nothing: name another with -o.")
    if not output.parent.is_dir():
        raise ConfigError(f"{output}: there is no folder {output.parent}: make it first.")
    if not data.exists():
        names = os.listdir(data.parent) if data.parent.is_dir() else []
        near = difflib.get_close_matches(data.name, names, 1, 0.6)
        mend = f"did you mean {data.parent / near[0]}?" if near else "mend the name."
        raise ConfigError(f"{data} does not exist: {mend}")


def _table(data: Path, form: Form | None) -> Table:
    try:
        return read_table(data, form=form)
    except DataError as error:
        if data.suffix.lower() not in (".txt", ".md"):
            raise
        raise DataError(
            f"{error} If it is running text and no table: put each text into a row of a CSV file, "
            "with its label.",
            *error.ways,
        ) from None


def _guess(table: Table, said: Said) -> Guess:
    try:
        return guess(table, said)
    except DataError as error:
        raise DataError(" ".join([str(error), *table.sights]), *error.ways) from None


def _form(table: Table) -> dict[str, Any]:
    """`data.table`, where the file is not written plainly."""
    known = table.form.known()
    return {"table": known} if known else {}


def study_name(stem: str) -> str:
    """A name for the study from that of its file, which YAML reads as a word without quotes."""
    text = unicodedata.normalize("NFC", stem)
    name = re.sub(r"[^\w.-]+|_(?=_)", "-", text).strip("-._")[:LONGEST_NAME].rstrip("-._")
    if not name:
        return "study"
    plain = isinstance(plain_value(name), str) and isinstance(yaml.safe_load(name), str)
    return name if plain and name[0].isalpha() else f"study-{name}"


def _settle(mapping: dict[str, Any], found: Guess, base: Path, table: Table) -> None:
    """What can only be told from the data as they are read: repeated sequences, the fold count."""
    from dropsearch.search.folds.inputs import read_data_of

    data = read_data_of(config_from(mapping, base), table)
    number = _repeats(data)
    if number:
        asked = mapping["data"]
        mapping["data"] = {**asked, "repeated": "group"}
        noun = "sequences" if data.texts is None else "texts"
        said = f"{number:,} {noun} repeat another"
        try:
            grouped = read_data_of(config_from(mapping, base), table)
            _count_folds(mapping, grouped, base)
            _refuse_unseen(mapping, grouped, base)
        except DataError:
            mapping["data"] = {**asked, "repeated": "keep"}
            held = isinstance(mapping["folds"]["holdout"], dict)
            why = "also across the file's own split" if held else "too many for folds of groups"
            found.why["data.repeated"] = f"{said}, {why}"
        else:
            data = grouped
            found.why["data.repeated"] = f"{said}, and would flatter if folds split them"
    count = _count_folds(mapping, data, base)
    if mapping["folds"]["kind"] == "column":
        del mapping["folds"]["count"]
    elif count != FOLDS[0]:
        mapping["folds"]["count"] = count
        found.why["folds.count"] = (
            f"the data do not suffice for {FOLDS[0]}"
            if count < FOLDS[0]
            else f"one for each {quote(mapping['data']['group'])}"
        )


def _refuse_unseen(mapping: dict[str, Any], data: SequenceData, base: Path) -> None:
    """Raises DataError where a fold validates on classes that it does not train on."""
    from dropsearch.search.folds.inputs import split_of

    for fold in split_of(config_from(mapping, base), data).folds:
        if data.classes and not np.isin(data.target[fold.validate], data.target[fold.train]).all():
            raise DataError(f"{data.classes} are not in each fold")


def _repeats(data: SequenceData) -> int:
    from dropsearch.models.data.doubts import identical
    from dropsearch.models.text.vocabulary import same_texts

    if data.task == "forecast" or data.streams:
        return 0
    if data.texts is not None:
        same = same_texts(data.texts)
    else:
        same = identical(data.values, data.codes, data.start)
    return len(same) - int(same.max()) - 1


def _count_folds(mapping: dict[str, Any], data: SequenceData, base: Path) -> int:
    """The number of folds that the data suffice for. Raises DataError where there is none."""
    from dropsearch.search.folds.inputs import split_of

    first: DataError | None = None
    named = data.group if mapping["data"].get("group") else None
    groups = 0 if named is None else len(np.unique(named))
    for count in (groups, *FOLDS) if FOLDS[0] < groups <= MOST_LEFT_OUT else FOLDS:
        folds = {**mapping["folds"], "count": count}
        config = config_from({**mapping, "folds": folds}, base)
        try:
            return len(split_of(config, data).folds)
        except DataError as error:
            first = first or error
    ways = () if first is None else first.ways
    raise DataError(f"{config.data.path}: {first}", *ways)


def _take_over(mapping: dict[str, Any], found: Guess, plan: Sized, minutes: float) -> None:
    """What the plan has decided, and what its folds came to."""
    if plan.window is not None:
        if plan.window != mapping["data"]["window"]:
            found.why["data.window"] += f"; shortened to fit {minutes:g} min"
        mapping["data"]["window"] = plan.window
    found.why["folds.kind"] = plan.inputs.split.why
    if "folds.holdout" not in found.why:
        held = len(plan.inputs.split.holdout)
        found.why["folds.holdout"] = (
            f"{held:,} examples, seen once at the end" if held else "none: too few to spare any"
        )


def _time(plan: Sized, minutes: float) -> str:
    from dropsearch.studies.answer.words import duration

    said = (
        f"all phases take about {duration(plan.seconds)} at most with {plan.workers} workers on "
        "this machine"
    )
    if not plan.in_time:
        return f"{said}, which is the least, though more than the {minutes:g} min asked for"
    return f"{said} (asked for: {minutes:g} min)"


def _cut(plan: Sized) -> list[str]:
    """What the time does not suffice for, and what would."""
    said = []
    if plan.small:
        units = " and ".join(map(str, plan.sections["model"]["hidden_size"]))
        said.append(
            f"networks of {units} units alone, to fit the time: more minutes try larger ones"
        )
    if plan.checked is not None:
        said.append(
            "the time suffices for the search alone, whose best score is a lucky one: "
            f"--minutes {plan.checked} gives a checked answer"
        )
    return [*said, *plan.doubts]


def _words(mapping: dict[str, Any], found: Guess) -> list[str]:
    lines = []
    for key, why in found.why.items():
        section, name = key.split(".")
        value = mapping[section].get(name)
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(value, dict):
            shown = f"{value['column']} = {value['value']}"
        lines.append(one_line(f"  {name}{'' if shown is None else f' {shown}'}: {why}"))
    return lines


def _write(output: Path, text: str) -> None:
    """Write the file whole or not at all; only what loads is left there."""
    try:
        write_whole(output, text.encode())
        load_config(output)
    except OSError as error:
        raise SearchError(f"Cannot write {output}: {error.strerror or error}.") from None
    except ConfigError:
        output.unlink()
        raise
