"""A network of the user's own from study.yaml to predictions."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dropsearch.models.errors import ModelsError
from dropsearch.search import launch
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.fit.estimate import estimate
from dropsearch.search.fit.networks import refuse_unfit
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.run import detach
from dropsearch.search.signals import interrupts
from dropsearch.search.terminal.check import check
from dropsearch.search.workers.serving import serve
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.store import open_store
from tests.support.own_nets import Breaks, Plain
from tests.support.pages import sentences
from tests.support.paths import EXAMPLES

HERE = "tests.support.own_nets"
TRANSFORMER = {
    "network": "own_networks:SmallTransformer",
    "args": {"width": [8, 16], "attention_dropout": {"low": 0.0, "high": 0.5}, "smoothing": 0.1},
    "rates": ["dropout", "attention_dropout"],
    "dropout": {"low": 0.0, "high": 0.6},
}


def own(study: Any, name: str, **sections: Any) -> dict[str, Any]:
    mapping = study(**sections)
    mapping["model"] = {"network": f"{HERE}:{name}", "dropout": {"low": 0.0, "high": 0.5}}
    return mapping


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example's module, which is the current one."""
    shutil.copy(EXAMPLES / "own_networks.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_answered_exported_trained_and_predicts(study: Any, beside: Path) -> None:
    confirm = {"finalists": 1, "rates": [0.3], "repeats": 1}
    mapping = study(folds={"count": 2}, confirm=confirm)
    mapping["model"] = TRANSFORMER
    result = launch(mapping, storage=str(beside / "s.db"), workers=1)
    assert result.recommendation.rests_on == "curve"
    assert {"dropout.dropout", "dropout.attention_dropout"} <= {*result.best_params}
    page = sentences(report_html(result.store, result.record))
    assert "from own_networks import SmallTransformer" in page
    assert "The dropout rate of the network own_networks:SmallTransformer was chosen" in page

    config = load_config(result.export(beside / "best.yaml"))
    assert {*config.model.model_fields_set} == {"network", "args", "rates", "dropout"}
    train(config, beside / "model")
    table, notes = predictions(
        beside / "model", beside / "tones.csv", network="own_networks:SmallTransformer"
    )
    assert len(table) == 48
    assert not any("code" in note for note in notes)
    with pytest.raises(ModelsError, match="no model folder holds code: give --network own_net"):
        predictions(beside / "model", beside / "tones.csv")
    with pytest.raises(ModelsError, match="you said other:Net"):
        predictions(beside / "model", beside / "tones.csv", network="other:Net")


def test_a_worker_without_the_class_leaves_the_fits_to_others(
    study: Any, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = study(confirm=None, search={"trials": 2})
    mapping["model"] = TRANSFORMER
    record = detach(mapping, storage=str(beside / "s.db"))
    store = open_store(str(beside / "s.db"), create=False)
    elsewhere = beside / "elsewhere"
    elsewhere.mkdir()
    code = elsewhere / "own_networks.py"
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(beside)])
    for content, said in (
        (None, r"cannot be imported \(No module named 'own_networks'\): run in"),
        ("1 +", r"cannot be imported \(SyntaxError: invalid syntax"),
        ("", "has no class SmallTransformer"),
    ):
        if content is not None:
            code.write_text(content)
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, "own_networks", raising=False)
        with pytest.raises(ConfigError, match=f"{said}.* fits are left to other workers"):
            serve(store, [])
        assert {claim.state for claim in claims_of(store, record.uuid)} == {"waiting"}
    monkeypatch.delitem(sys.modules, "own_networks")
    monkeypatch.chdir(beside)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(elsewhere)])
    serve(store, [])
    assert {claim.state for claim in claims_of(store, record.uuid)} == {"done"}


def test_where_it_fails_for_some_values_those_trials_fail_with_the_reason(
    study: Any, tmp_path: Path
) -> None:
    mapping = own(study, "Even", search={"trials": 8})
    mapping["model"]["args"] = {"width": [4, 5]}
    record = detach(mapping, storage=str(tmp_path / "s.db"))
    store = open_store(str(tmp_path / "s.db"), create=False)
    with interrupts():
        serve(store, [])
    fates = {(claim.point["args.width"], claim.state) for claim in claims_of(store, record.uuid)}
    assert fates == {(4, "done"), (5, "failed")}
    told = rf"model.network: {HERE}:Even failed: AssertionError: 5 is odd \(.*py, line \d+\)\. \("
    for claim in claims_of(store, record.uuid, state="failed"):
        assert re.match(told, claim.reason)
    with pytest.raises(ModelsError, match="Even failed: AssertionError: 5 is odd"):
        check(config_from(mapping, tmp_path))
    store.close()


def test_other_weights_and_other_code_are_told(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = own(study, "Plain")
    mapping["model"] |= {"dropout": 0.2, "args": {"width": 5}}
    mapping["training"] |= {"epochs": 1}
    train(config_from(mapping, tmp_path), tmp_path / "model")
    told = {"network": f"{HERE}:Plain"}
    before, _ = predictions(tmp_path / "model", tmp_path / "tones.csv", **told)

    class Later(Plain):
        """Other code, the same weights."""

    monkeypatch.setattr(f"{HERE}.Plain", Later)
    after, notes = predictions(tmp_path / "model", tmp_path / "tones.csv", **told)
    assert after.equals(before)
    assert any("is not that of the training: its predictions may differ" in note for note in notes)

    class Wider(Plain):
        def __init__(self, features: int, outputs: int, *, dropout: float, width: int) -> None:
            super().__init__(features, outputs, dropout=dropout, width=width + 1)

    monkeypatch.setattr(f"{HERE}.Plain", Wider)
    with pytest.raises(ModelsError, match="its weights are not those of"):
        predictions(tmp_path / "model", tmp_path / "tones.csv", **told)


def briefly(study: Any, name: str, folder: Path) -> dict[str, str]:
    """A model of that class, and what `predict` is told."""
    mapping = own(study, name)
    mapping["model"]["dropout"] = 0.2
    mapping["training"] |= {"epochs": 1}
    train(config_from(mapping, folder), folder / "model")
    return {"network": f"{HERE}:{name}"}


def test_a_buffer_may_be_infinite(study: Any, tmp_path: Path) -> None:
    told = briefly(study, "Causal", tmp_path)
    assert len(predictions(tmp_path / "model", tmp_path / "tones.csv", **told)[0]) == 48


def test_a_fault_of_its_code_is_told_by_train_and_predict(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = r"model.network: tests.support.own_nets:{} failed: .* \(.*own_nets.py, line \d+\)"
    with pytest.raises(ModelsError, match=said.format("Breaks")):
        briefly(study, "Breaks", tmp_path)
    assert not (tmp_path / "model").exists()
    told = briefly(study, "Plain", tmp_path)
    monkeypatch.setattr(f"{HERE}.Plain", Breaks)
    with pytest.raises(ModelsError, match=said.format("Plain")):
        predictions(tmp_path / "model", tmp_path / "tones.csv", **told)


def test_a_class_for_a_model_of_other_networks_is_refused(study: Any, tmp_path: Path) -> None:
    mapping = study(model={"hidden_size": 4, "dropout": 0.2}, training={"epochs": 1})
    train(config_from(mapping, tmp_path), tmp_path / "model")
    with pytest.raises(ModelsError, match=r"networks are dropsearch's, .*: leave --network out"):
        predictions(tmp_path / "model", tmp_path / "tones.csv", network=f"{HERE}:Plain")


def test_one_that_learns_in_its_passes_has_no_samples(study: Any, tmp_path: Path) -> None:
    mapping = own(study, "Normed")
    mapping["model"]["dropout"] = 0.2
    mapping["training"] |= {"epochs": 1}
    train(config_from(mapping, tmp_path), tmp_path / "model")
    told = {"network": f"{HERE}:Normed"}
    assert isinstance(
        predictions(tmp_path / "model", tmp_path / "tones.csv", **told)[0], pl.DataFrame
    )
    with pytest.raises(ConfigError, match="batch normalisation"):
        predictions(tmp_path / "model", tmp_path / "tones.csv", samples=3, **told)


@pytest.mark.parametrize("name", ["Normed", "NormedMeans", "NormedSteps"])
def test_batches_are_normalised_whatever_their_size(name: str, study: Any, tmp_path: Path) -> None:
    mapping = own(study, name, folds={"holdout": 0})
    mapping["model"]["dropout"] = 0.2
    mapping["training"] |= {"epochs": 2, "batch_size": 47}  # of 48 examples
    train(config_from(mapping, tmp_path), tmp_path / "model")
    mapping["training"]["batch_size"] = 31  # of 32 in each fold
    config = config_from(mapping, tmp_path)
    assert estimate(config, Inputs.of(config)).smallest > 0
    told = {"network": f"{HERE}:{name}"}
    assert len(predictions(tmp_path / "model", tmp_path / "tones.csv", **told)[0]) == 48
    mapping["training"]["batch_size"] = [1, 8]
    config = config_from(mapping, tmp_path)
    with pytest.raises(ConfigError, match=r"batch_size: .* batch normalisation, .* 2 or more"):
        refuse_unfit(config, Inputs.of(config))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Schedules", "model.network: Lockstep needs configure_optimizers to return a single"),
        ("Several", "model.network: Lockstep needs configure_optimizers to return a single"),
        ("NoLoss", "model.network: training_step returned no loss"),
        ("NoLengths", "model.network: sequences differ in length"),
        ("Breaks", r"failed on a first batch: RuntimeError: .* \(.*own_nets.py, line \d+\)"),
        ("Missing", "has no class Missing"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_study(
    name: str, said: str, study: Any, tmp_path: Path
) -> None:
    config = config_from(own(study, name), tmp_path)
    with pytest.raises(ConfigError, match=said):
        refuse_unfit(config, Inputs.of(config))
    with pytest.raises(ConfigError, match=said):
        launch(own(study, name), storage=str(tmp_path / "s.db"))
    assert not (tmp_path / "s.db").exists()
