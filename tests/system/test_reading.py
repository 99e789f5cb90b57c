"""Commands that read data: odd columns, and what is no plain file."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.processes import Starting


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, study_in: Callable[[Path], Any]) -> Path:
    """A folder with tones.csv, a study.yaml of one configuration, and its model."""
    folder = tmp_path_factory.mktemp("reading")
    asked = study_in(folder)(model={"hidden_size": 4, "dropout": 0.2}, training={"epochs": 1})
    (folder / "study.yaml").write_text(yaml.safe_dump(asked))
    assert dropsearch("train", str(folder / "study.yaml"), "-o", str(folder / "model")) == 0
    return folder


def study_on(data: str, folder: Path, place: Path, **roles: str) -> str:
    """The path of a study.yaml that names another file."""
    asked = yaml.safe_load((place / "study.yaml").read_text())
    asked["data"] |= {"path": data, **roles}
    (folder / "study.yaml").write_text(yaml.safe_dump(asked))
    return str(folder / "study.yaml")


def odd_columns(height: int) -> dict[str, pl.Series]:
    """One column of every kind that cannot be used."""
    far = pl.Series([2**31 - 1] * height, dtype=pl.Int32)
    return {
        "far": far.cast(pl.Date),
        "late": pl.Series([2**63 - 1] * height).cast(pl.Datetime("ms")),
        "took": pl.Series([timedelta(seconds=i) for i in range(height)]),
        "list": pl.Series([[i] for i in range(height)]),
        "part": pl.Series([{"a": i} for i in range(height)]),
        "image": pl.Series([b"\xff\xd8"] * height),
    }


@pytest.mark.usefixtures("briefly")
def test_columns_that_cannot_be_used_stop_no_command(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frame = pl.read_csv(place / "tones.csv")
    path = str(tmp_path / "odd.parquet")
    frame.with_columns(**odd_columns(frame.height)).write_parquet(path)
    study = study_on(path, tmp_path, place)
    model = str(tmp_path / "model")
    storage = str(tmp_path / "s.db")
    for arguments in (
        ["init", path, "-o", str(tmp_path / "made.yaml")],
        ["check", study],
        ["train", study, "-o", model],
        ["predict", model, path],
        ["launch", study, "--trials", "1", "--workers", "1", "--storage", storage],
    ):
        capfd.readouterr()
        assert dropsearch(*arguments) == 0, capfd.readouterr().err
        said = capfd.readouterr()
        assert "panicked" not in said.err
        if arguments[0] in ("init", "check"):
            assert "'far', 'late': times outside the years 1 to 9999" in said.out
            assert "'took': durations" in said.out
    for column in ("far", "late", "took", "list", "part", "image"):
        assert dropsearch("check", study_on(path, tmp_path, place, target=column)) == 2
        said = capfd.readouterr()
        assert f"odd.parquet: column {column!r}, row 1: it holds " in said.err
        assert "fault of dropsearch" not in said.err


def test_what_is_no_plain_file_is_refused_by_every_command(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    begin = time.monotonic()
    for data, words in (
        (str(tmp_path / "pipe"), "is a pipe, which can be read only once"),
        ("/dev/zero", "is a device"),
        (str(tmp_path), "is a folder"),
    ):
        study = study_on(data, tmp_path, place)
        commands = [
            ["init", data, "-o", str(tmp_path / "made.yaml")],
            ["check", study],
            ["launch", study, "--storage", str(tmp_path / "s.db")],
            ["train", study, "-o", str(tmp_path / "model")],
            ["check", data],  # in place of the study.yaml
        ]
        if not data.endswith("pipe"):
            commands.append(["predict", str(place / "model"), data])
        for arguments in commands:
            assert dropsearch(*arguments) == 2, arguments
            said = capfd.readouterr().err
            expected = "is not a plain file" if arguments == ["check", data] else words
            assert expected in said or "is a folder" in said
    assert time.monotonic() - begin < 20
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pipe", "study.yaml"]


def fed(pipe: Path, *arguments: str) -> int:
    """The exit code of a command whose standard input is a named pipe."""
    os.dup2(os.open(pipe, os.O_RDONLY), 0)
    return dropsearch(*arguments)


def test_predict_reads_a_pipe(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], fork: Forking
) -> None:
    assert dropsearch("predict", str(place / "model"), str(place / "tones.csv")) == 0
    expected = capfd.readouterr().out
    reading, writing = os.pipe()  # as of <(cat tones.csv)
    os.write(writing, (place / "tones.csv").read_bytes())
    os.close(writing)
    assert dropsearch("predict", str(place / "model"), f"/dev/fd/{reading}") == 0
    os.close(reading)
    assert capfd.readouterr().out == expected
    os.mkfifo(tmp_path / "pipe")
    said = ["predict", str(place / "model"), "/dev/stdin", "-o", str(tmp_path / "out.csv")]
    running = fork(fed, tmp_path / "pipe", *said)
    (tmp_path / "pipe").write_bytes((place / "tones.csv").read_bytes())
    assert running.wait(60) == 0, running.said()
    assert (tmp_path / "out.csv").read_text() == expected


def measured(*arguments: str) -> int:
    """The exit code of a command, after which the most memory that its process had is printed."""
    code = dropsearch(*arguments)
    print(Path("/proc/self/status").read_text(), flush=True)
    return code


def test_a_pipe_without_end_takes_a_bounded_memory(
    place: Path, tmp_path: Path, fork: Forking, start: Starting
) -> None:
    """The most that the process had itself: what wait4 tells counts its parent's memory too."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    start(["dd", "if=/dev/zero", f"of={pipe}", "bs=64k"], stderr=subprocess.DEVNULL)
    running = fork(measured, "predict", str(place / "model"), str(pipe))
    assert running.wait(60) == 2, running.said()
    assert "save them as a file" in running.said()
    most = re.search(r"^VmHWM:\s+(\d+) kB$", running.said(), re.MULTILINE)
    assert most is not None
    assert int(most[1]) < 1_000_000


def test_a_forecast_past_the_calendar_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    days = [date(9999, 12, 31) - timedelta(days=100 - i) for i in range(101)]
    pl.DataFrame({"day": days, "y": np.sin(np.arange(101))}).write_csv("days.csv")
    asked = {
        "study": "days",
        "data": {
            "path": "days.csv", "task": "forecast", "time": "day", "target": "y", "window": 6,
            "horizon": 3,
        },
        "model": {"hidden_size": 2, "layers": 1, "dropout": 0.0},
        "training": {"epochs": 1, "learning_rate": 0.01},
    }  # fmt: skip
    Path("study.yaml").write_text(yaml.safe_dump(asked))
    assert dropsearch("train", "study.yaml") == 0
    assert dropsearch("predict", "model", "days.csv") == 2
    assert "after 9999-12-31 leaves the years 1 to 9999" in capfd.readouterr().err
