"""One table, what should come of it, and the commands that show whether it does."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dropsearch.search import cli

MINUTES = "0.1"  # the least, in which `init` plans the search alone
QUICK = {  # for studies by hand
    "model": {"hidden_size": 4, "dropout": [0.0, 0.3]},
    "training": {"epochs": 3},
    "search": {"trials": 2},
    "confirm": None,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table and what should come of it, by hand: it is read to the end, or refused."""

    name: str  # of the file
    content: str | bytes
    refused: str = ""  # a part of the sentence with which `init` ends
    said: tuple[str, ...] = ()  # what `init` and `check` say, parts of it
    keys: Mapping[str, Any] = field(default_factory=dict)  # of study.yaml, as "data.time"
    data: Mapping[str, Any] | None = None  # of a study.yaml by hand, where `init` refuses
    new: str | bytes | None = None  # the file to predict from; None: the same
    refused_new: str = ""  # a part of the sentence with which `predict` ends
    set: tuple[str, ...] = ()  # keys of data said to `init` once it has refused
    header: str = "series,time,y"  # of the predictions, its begin
    starts: tuple[str, ...] = ()  # what their first lines begin with
    ends: tuple[str, ...] = ()  # and the last ones
    rows: int | None = None  # of predictions
    labels: frozenset[str] = frozenset()  # of which each row has one in its column `label`
    between: tuple[float, float] = (-math.inf, math.inf)  # the last column of the predictions


class WrongError(Exception):
    """What came otherwise than expected."""


@dataclass(frozen=True)
class Outcome:
    """How a case went."""

    kind: str
    name: str
    wrong: str  # "" where all came as expected
    seconds: float


def outcome(kind: str, case: Case) -> Outcome:
    """Run the commands in a folder of their own."""
    started, before = time.perf_counter(), Path.cwd()
    wrong = ""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            _run(case)
        except WrongError as error:
            wrong = str(error)
        finally:
            os.chdir(before)
    return Outcome(kind, case.name, wrong, time.perf_counter() - started)


def _run(case: Case) -> None:
    _write(case.name, case.content)
    code, told = _dropsearch("init", case.name, "--minutes", MINUTES)
    if case.set:
        _expect(code == 2 and case.refused in told, "init", code, told)
        said = [word for setting in case.set for word in ("--set", setting)]
        code, told = _dropsearch("init", case.name, "--minutes", MINUTES, *said)
        _expect(code == 0 and all(part in told for part in case.said), "init", code, told)
    elif case.refused:
        _expect(code == 2 and case.refused in told, "init", code, told)
        if case.data is None:
            return
        study = {"study": "study", "data": {"path": case.name, **case.data}, **QUICK}
        Path("study.yaml").write_text(yaml.safe_dump(study))
    else:
        _expect(code == 0 and all(part in told for part in case.said), "init", code, told)
    config = yaml.safe_load(Path("study.yaml").read_text())
    for key, value in case.keys.items():
        found = _at(config, key)
        if found != value:
            raise WrongError(f"{key} is {found!r}, not {value!r}")
    code, told = _dropsearch("check", "study.yaml")
    _expect(code == 0 and all(part in told for part in case.said), "check", code, told)
    if case.new is not None:
        _write(f"new-{case.name}", case.new)
    new = case.name if case.new is None else f"new-{case.name}"
    for arguments in (
        ("launch", "study.yaml", "--trials", "2", "--workers", "1"),
        ("export", config["study"], "-o", "best.yaml"),
        ("train", "best.yaml", "-o", "model"),
        ("predict", "model", new, "-o", "predictions.csv"),
    ):
        code, told = _dropsearch(*arguments)
        if case.refused_new and arguments[0] == "predict":
            _expect(code == 2 and case.refused_new in told, "predict", code, told)
            return
        _expect(code == 0, arguments[0], code, told)
    _compare(case, Path("predictions.csv").read_text().splitlines())


def _compare(case: Case, lines: list[str]) -> None:
    head, rows = lines[0], lines[1:]
    if not head.startswith(case.header):
        raise WrongError(f"the predictions begin {head!r}, not {case.header!r}")
    if case.rows is not None and len(rows) != case.rows:
        raise WrongError(f"{len(rows)} predictions, not {case.rows}")
    for start, row in zip(case.starts, rows, strict=False):
        if not row.startswith(start):
            raise WrongError(f"a prediction is {row!r}, not {start!r}")
    for end, row in zip(case.ends, rows[-len(case.ends) :] if case.ends else [], strict=True):
        if not row.startswith(end):
            raise WrongError(f"one of the last predictions is {row!r}, not {end!r}")
    for record in csv.DictReader(lines):
        if case.labels and record["label"] not in case.labels:
            raise WrongError(f"the label {record['label']!r} is none of {sorted(case.labels)}")
        last = float([cell for cell in record.values() if cell][-1])
        if not (math.isfinite(last) and case.between[0] <= last <= case.between[1]):
            raise WrongError(f"{last} is predicted, outside {case.between}")


def _at(config: Mapping[str, Any], key: str) -> Any:
    found: Any = config
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _write(name: str, content: str | bytes) -> None:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


def _expect(right: bool, command: str, code: int, told: str) -> None:
    if not right:
        raise WrongError(f"{command} ends with {code}: {' '.join(told.split())[-400:]}")


def _dropsearch(*arguments: str) -> tuple[int, str]:
    """A command in this process, where torch is loaded: its exit code, and what it says."""
    from unittest.mock import patch

    told = io.StringIO()
    with (
        patch("sys.argv", ["dropsearch", *arguments]),
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
    ):
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0), told.getvalue()
    return 0, told.getvalue()
