"""Rows that somebody, or a disk, has damaged: named by every command, and the others go on."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropsearch.search.config.load import config_from
from dropsearch.search.signals import interrupts
from dropsearch.studies.dashboard.attachments import REPORT, detach
from dropsearch.studies.dashboard.note import publish_missing
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill
from tests.support.in_process import dropsearch

STUDY = "UPDATE dropsearch_study SET {} WHERE name = 'tones'"
CLAIM = """UPDATE dropsearch_claim SET {} WHERE id = (SELECT c.id FROM dropsearch_claim c
JOIN dropsearch_study s ON s.uuid = c.study WHERE s.name = 'tones' AND c.value IS NOT NULL
LIMIT 1)"""
SCORES = """DELETE FROM dropsearch_fold_score WHERE claim IN (SELECT c.id FROM dropsearch_claim c
JOIN dropsearch_study s ON s.uuid = c.study WHERE s.name = 'tones')"""

OF_FOLDS = f"""UPDATE dropsearch_fold_score SET {{}} WHERE rowid IN (SELECT f.rowid
FROM dropsearch_fold_score f WHERE f.fold = 1 AND f.claim IN {SCORES.partition(" IN ")[2]})"""

# What is done to the study, and what of it is named.
DAMAGES = {
    "config cut short": (STUDY.format("config = substr(config, 1, 40)"), "its config: "),
    "config a list": (STUDY.format("config = '[1]'"), "its config: "),
    "config null": (STUDY.format("config = 'null'"), "its config"),
    "config without training": (
        STUDY.format("config = json_remove(config, '$.training')"),
        "its config: training is missing",
    ),
    "config with another type": (
        STUDY.format("config = json_set(config, '$.training.epochs', 'many')"),
        "its config: training.epochs cannot be 'many'",
    ),
    "config that the schema refuses": (
        STUDY.format("config = json_set(config, '$.model.hidden_size', 'wide')"),
        "its config: model.hidden_size",
    ),
    "summary cut short": (STUDY.format("summary = '{'"), "its summary: "),
    "summary without ratio": (
        STUDY.format("summary = json_remove(summary, '$.fold_ratio')"),
        "its summary: fold_ratio is missing",
    ),
    "summary with another type": (
        STUDY.format("summary = json_set(summary, '$.folds', 3)"),
        "its summary: folds cannot be 3",
    ),
    "plan of another type": (STUDY.format("plan = '7'"), "its plan"),
    "plan without members": (
        STUDY.format("plan = json_remove(plan, '$.curve.members')"),
        "its plan: curve.members is missing",
    ),
    "answer a number": (STUDY.format("answer = '7'"), "its answer"),
    "date that is none": (STUDY.format("created = 'yesterday'"), "its created: "),
    "phase unknown": (STUDY.format("phase = 'lunch'"), "its phase: 'lunch'"),
    "direction unknown": (STUDY.format("direction = 'sideways'"), "its direction: 'sideways'"),
    "point cut short": (CLAIM.format("point = '{\"hid'"), "the point of fit "),
    "date of a fit": (CLAIM.format("started = 'noon'"), "the started of fit "),
    "details cut short": (CLAIM.format("details = '{'"), "the details of fit "),
    "value a word": (CLAIM.format("value = 'good'"), "the value of fit "),
    "scores deleted": (SCORES, "the scores of fit "),
    "scores of one fold deleted": (f"{SCORES} AND fold = 1 AND epoch = 0", "of every fold"),
    "scores of another fold": (OF_FOLDS.format("fold = 1000000"), "of every fold"),
    "scores in words": (OF_FOLDS.format("metric = 'good'"), "the metric of a fold's row: 'good'"),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, study_in: Any) -> Path:
    """A folder with two studies that came to their answer, and the files of both."""
    folder = tmp_path_factory.mktemp("template")
    store = open_store(str(folder / "s.db"), create=True)
    for name in ("tones", "sound"):
        confirm = {"finalists": 1, "rates": [0.3], "repeats": 2, "rivals": None}
        asked = study_in(folder)(study=name, confirm=confirm, search={"trials": 4})
        asked["data"]["path"] = str(folder / "tones.csv")
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(asked))
        fill(store, config_from(asked, folder))
    publish_missing(store)
    detach(store, store.find("tones"), REPORT)  # what the dashboard still has to write
    store.close()
    return folder


@pytest.fixture
def command(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, caplog: Any
) -> Callable[..., tuple[int, str]]:
    """Runs a command in this process on a copy; its exit code and all that it says."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_STORAGE", str(tmp_path / "s.db"))
    caplog.set_level(logging.WARNING)

    def run(*arguments: str) -> tuple[int, str]:
        caplog.clear()
        with interrupts():
            code = dropsearch(*arguments)
        said = "".join(capsys.readouterr()) + caplog.text
        assert "fault of dropsearch" not in said, said
        assert "Traceback" not in said, said
        return code, said

    return run


def damage(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "s.db", isolation_level=None)) as database:
        assert database.execute(statement).rowcount


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_study_is_named_and_the_others_go_on(
    kind: str, command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    statement, named = DAMAGES[kind]
    damage(tmp_path, statement)
    code, said = command("list")
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()][:2].count("sound") == 1
    told = [said]
    for arguments in (
        ["status", "tones"],
        ["report", "tones"],
        ["export", "tones", "-o", "best.yaml"],
        ["launch", "tones.yaml", "--detach"],
        ["stop", "tones"],
    ):
        code, said = command(*arguments)
        if code:
            assert (code, "Study 'tones' in" in said, "delete tones" in said) == (1, True, True)
            told.append(said)
    assert any(named in said for said in told), told
    assert command("status", "sound")[0] == 0
    assert command("worker", "sound") == (0, "Nothing is left to do.\n")
    store = open_store(None, create=False)
    publish_missing(store)  # as the dashboard does
    store.close()
    assert command("delete", "tones", "--yes")[0] == 0
    code, said = command("list")
    assert (code, "damaged" in said, "tones" in said) == (0, False, False)


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind.startswith("config")])
def test_a_worker_leaves_a_damaged_study_to_be_mended(
    kind: str, command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    damage(tmp_path, STUDY.format("phase = 'search', ended = NULL"))
    damage(tmp_path, DAMAGES[kind][0])
    code, said = command("worker")
    assert "Study 'tones' in" in said
    assert DAMAGES[kind][1] in said
    assert code in (0, 1)


def test_rows_that_lead_elsewhere_remove_nothing_there(
    command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    damage(tmp_path, STUDY.format("uuid = '../..', fingerprint = '../../kept'"))
    kept = tmp_path / "kept.safetensors"
    kept.write_text("another's")
    (tmp_path / "s.db.artifacts" / "checkpoints").mkdir(parents=True, exist_ok=True)
    (tmp_path / "s.db.artifacts" / "data").mkdir(exist_ok=True)
    assert command("delete", "tones", "--yes")[0] == 0
    assert kept.exists()
    assert (tmp_path / "tones.yaml").exists()


TRIALS = """trial_id IN (SELECT t.trial_id FROM trials t JOIN studies s USING (study_id)
WHERE s.study_name = 'tones')"""


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"DELETE FROM trial_values WHERE {TRIALS}", "complete, and its value is None"),
        (f"UPDATE trial_values SET value = 'high' WHERE {TRIALS}", "and its value is ['high']"),
        (f"UPDATE trial_params SET param_value = 'x' WHERE {TRIALS}", "Optuna's rows of it"),
        (
            "UPDATE trial_params SET param_value = 'much' WHERE param_name = 'dropout' AND "
            f"{TRIALS}",
            "its dropout is 'much'",
        ),
        (f"UPDATE trial_params SET distribution_json = '{{' WHERE {TRIALS}", "Optuna's rows of it"),
        (
            f"UPDATE trial_params SET distribution_json = '{{}}' WHERE {TRIALS}",
            "Optuna's rows of it",
        ),
        (f"UPDATE trials SET datetime_start = 'noon' WHERE {TRIALS}", "Optuna's rows of it"),
        (f"UPDATE trials SET number = 'one' WHERE number = 1 AND {TRIALS}", "the number 'one'"),
        ("UPDATE study_directions SET direction = 'up'", "Optuna's rows of it"),
    ],
)
def test_damaged_rows_of_optuna_are_named(
    statement: str, named: str, command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    damage(tmp_path, statement)
    code, said = command("report", "tones")
    assert (code, "Study 'tones' in" in said, named in said) == (1, True, True), said
    assert command("delete", "tones", "--yes")[0] == 0
    assert "tones" not in command("list")[1]


def test_they_are_named_also_where_optunas_study_was_renamed(
    command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    damage(tmp_path, f"DELETE FROM trial_values WHERE {TRIALS}")
    damage(tmp_path, "UPDATE studies SET study_name = 'other' WHERE study_name = 'tones'")
    code, said = command("report", "tones")
    assert (code, "complete, and its value is None" in said) == (1, True), said


@pytest.mark.parametrize(
    "table", ["dropsearch_fold_score", "dropsearch_claim", "trials", "version_info"]
)
def test_a_table_that_is_missing_is_named(
    table: str, command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        database.execute(f"DROP TABLE {table}")
    for arguments in (["list"], ["status", "tones"], ["launch", "tones.yaml", "--detach"]):
        code, said = command(*arguments)
        assert code == 0 or f"it has no table {table}" in said
    assert code == 2
