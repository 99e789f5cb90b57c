"""From a study to predictions, by the command line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
import yaml

from dropsearch.search.final import train as refit
from dropsearch.search.final.export import export_text
from dropsearch.search.folds.inputs import read_data_of
from dropsearch.search.run import detach
from dropsearch.search.terminal import meter
from dropsearch.search.workers.serving import work
from dropsearch.studies.store.store import open_store
from tests.support.in_process import dropsearch
from tests.support.paths import COMMAND, ROOT


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory, study_in: Any) -> Path:
    """A folder with tones.csv, and the best.yaml of a study that went to its holdout."""
    folder = tmp_path_factory.mktemp("studied")
    asked = study_in(folder)(
        model={"hidden_size": 8},
        search={"trials": 2, "sampler": "random"},
        confirm={"finalists": 1, "rates": [0.3], "repeats": 1},
    )
    record = detach(asked, storage=str(folder / "s.db"))
    store = open_store(str(folder / "s.db"), create=False)
    work(store, record, told=lambda: False)
    text = export_text(store, "tones", "recommended", "yaml")
    (folder / "best.yaml").write_text(text)
    return folder


@pytest.fixture
def folder(studied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with best.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "best.yaml").write_text((studied / "best.yaml").read_text())
    return tmp_path


def test_from_the_exported_config_to_the_reported_accuracy(
    studied: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = str(studied / "tones.csv")
    assert dropsearch("train", "best.yaml", "-o", "model") == 0
    said = capfd.readouterr()
    (line,) = (line for line in said.out.splitlines() if line.startswith("Accuracy on the"))
    assert "48 examples it was trained on" in line
    assert "epoch" in said.err
    assert f"Written: {folder / 'model'}" in said.out

    assert dropsearch("predict", "model", data, "-o", "out.csv") == 0
    truth = pl.read_csv(data).group_by("series", maintain_order=True).first()
    found = pl.read_csv("out.csv")
    accuracy = (found["label"] == truth["label"]).mean()
    assert line.endswith(f": {accuracy:.6g}")

    moved = (folder / "model").rename(folder / "other place")
    capfd.readouterr()
    assert dropsearch("predict", str(moved), data) == 0
    assert capfd.readouterr().out == (folder / "out.csv").read_text()


def test_an_older_folder_predicts_the_same_bytes_in_every_process(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """As written with AVX-512, and with AVX2; without it oneDNN adds up in another order."""
    frozen = ROOT / "tests" / "models" / "trained" / "frozen"
    arguments = ["predict", str(frozen / "window-3"), str(frozen / "new.csv")]
    assert dropsearch(*arguments) == 0
    one = capfd.readouterr().out.encode()
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    two = subprocess.run([COMMAND, *arguments], env=environment, check=True, capture_output=True)
    assert one == two.stdout
    if torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        assert one == (frozen / "window-3.csv").read_bytes()


def test_the_kept_holdout_gives_the_score_of_the_study(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    selected = yaml.safe_load((folder / "best.yaml").read_text())["selected"]
    assert dropsearch("train", "best.yaml", "--keep-holdout") == 0
    said = capfd.readouterr().out
    assert f"examples held out, dropout off: {selected['holdout']:.6g} " in said
    assert f"holdout {selected['holdout']:.4g}" in said
    card = (folder / "model" / "README.md").read_text()
    assert f"| {selected['score']:.4g} ± {selected['standard_error']:.2g} |" in card
    assert f"| {selected['baseline']['score']:.4g} |" in card


def test_wrong_use_is_exit_code_2_and_writes_nothing(
    studied: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = str(studied / "tones.csv")
    assert dropsearch("train", "best.yaml") == 0
    capfd.readouterr()
    asked = yaml.safe_load((folder / "best.yaml").read_text())
    asked["model"]["layers"] = [1, 2]
    (folder / "open.yaml").write_text(yaml.safe_dump(asked))
    (folder / "few.csv").write_text("series,step\n1,0\n")
    (folder / "empty.csv").write_text("")
    (folder / "head.csv").write_text("series,step,x,label\n")
    there = sorted(folder.iterdir())
    for arguments, words in (
        (["train", "best.yaml"], "model is not empty"),
        (["train", "best.yaml", "-o", "best.yaml"], "is a file"),
        (["train", "open.yaml", "-o", "new"], "model.layers"),
        (["train", "best.yaml", "-o", "no/new"], "cannot be written"),
        (["train", "best.yaml", "-o", "x" * 300], "cannot be written"),
        (["predict", "x" * 300, data], "cannot be read"),
        (["train", "none.yaml", "-o", "new"], "does not exist"),
        (["predict", "none", data, "-o", "out.csv"], "does not exist"),
        (["predict", ".", data, "-o", "out.csv"], "is no model"),
        (["predict", "model", "few.csv", "-o", "out.csv"], "no column 'x'"),
        (["predict", "model", "empty.csv", "-o", "out.csv"], "is empty"),
        (["predict", "model", "head.csv", "-o", "out.csv"], "no rows"),
        (["predict", "model", "model/model.safetensors", "-o", "out.csv"], "model.safetensors"),
        (["predict", "model", data, "--samples", "-1"], "--samples"),
    ):
        assert dropsearch(*arguments) == 2, arguments
        said = capfd.readouterr()
        assert words in said.err, (arguments, said.err)
        assert said.out == ""
        assert sorted(folder.iterdir()) == there
    whole = (folder / "model" / "model.safetensors").read_bytes()
    (folder / "model" / "model.safetensors").write_bytes(whole[:-9] + b"x" + whole[-8:])
    assert dropsearch("predict", "model", data, "-o", "out.csv") == 2
    assert "model.safetensors is damaged" in capfd.readouterr().err
    assert sorted(folder.iterdir()) == there


def test_a_result_goes_where_it_is_told_and_never_over_what_is_read(
    studied: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = shutil.copy(studied / "tones.csv", folder / "tones.csv")
    whole = Path(data).read_bytes()
    assert dropsearch("train", "best.yaml") == 0
    assert dropsearch("predict", "model", str(data), "-o", "out.csv") == 0
    expected = (folder / "out.csv").read_bytes()
    (folder / "far").mkdir()
    (folder / "link.csv").symlink_to(folder / "far" / "real.csv")
    assert dropsearch("predict", "model", str(data), "-o", "link.csv") == 0
    assert (folder / "link.csv").is_symlink()
    assert (folder / "far" / "real.csv").read_bytes() == expected
    os.mkfifo(folder / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((folder / "pipe").read_bytes()))
    reader.start()
    assert dropsearch("predict", "model", str(data), "-o", "pipe") == 0
    reader.join(timeout=10)
    assert read == [expected]
    assert (folder / "pipe").is_fifo()
    capfd.readouterr()
    for output, words in (
        ("tones.csv", "is the file that is read"),
        ("no/out.csv", "there is no folder"),
        ("far", "it is a folder"),
        ("", "it is a folder"),
        ("x" * 300, "File name too long"),
    ):
        assert dropsearch("predict", "model", str(data), "-o", output) == 2
        assert words in capfd.readouterr().err
    assert Path(data).read_bytes() == whole
    assert dropsearch("predict", "model", str(data), "-o", "-") == 0
    assert capfd.readouterr().out.encode() == expected


def test_export_and_report_replace_what_they_have_written_alone(
    studied: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    storage = ["--storage", str(studied / "s.db")]
    (folder / "study.yaml").write_text("study: mine  # with notes\n")
    for _ in range(2):
        assert dropsearch("export", "tones", "-o", "best.yaml", *storage) == 0
        assert dropsearch("export", "tones", "-o", "b.json", "--format", "json", *storage) == 0
        assert dropsearch("report", "tones", *storage) == 0
    for command in ("export", "report"):
        assert dropsearch(command, "tones", "-o", "study.yaml", *storage) == 2
        assert "another file" in capfd.readouterr().err
    assert (folder / "study.yaml").read_text() == "study: mine  # with notes\n"
    assert dropsearch("export", "tones", "--select", "99", *storage) == 2


def test_a_training_whose_data_takes_long_to_read_says_so(
    studied: Path,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slowly(*arguments: Any) -> Any:
        time.sleep(0.5)
        return read_data_of(*arguments)

    monkeypatch.setattr(refit, "read_data_of", slowly)
    monkeypatch.setattr(meter, "BETWEEN", 0.1)
    assert dropsearch("train", "best.yaml") == 0
    said = capfd.readouterr().err
    assert said.startswith(f"Reading {studied / 'tones.csv'} ...\nepoch 1 of ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_and_after_the_fit_leaves_no_draft(
    folder: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("read_data_of", "write_bundle"):

        def ended(*_: object, **__: object) -> None:
            os.kill(os.getpid(), number)

        with monkeypatch.context() as patch:
            patch.setattr(refit, place, ended)
            assert dropsearch("train", "best.yaml") == 130
        assert [path.name for path in folder.iterdir()] == ["best.yaml"]


def test_ctrl_c_ends_a_training_and_writes_nothing(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = yaml.safe_load((folder / "best.yaml").read_text())
    asked["training"]["epochs"] = 1_000_000
    (folder / "best.yaml").write_text(yaml.safe_dump(asked))

    def press() -> None:
        while not list(folder.glob(".*")):
            time.sleep(0.05)
        time.sleep(1.0)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    assert dropsearch("train", "best.yaml") == 130
    assert "nothing is written" in capfd.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["best.yaml"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
