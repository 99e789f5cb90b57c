"""One fit: what its curve, its best epoch and its patience are."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn import Linear, functional
from torch.utils.data import DataLoader

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.lockstep.graphs import Graphed
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema.network import Training
from dropsearch.search.fit.epochs import Epoch, best_epoch, first_counted
from dropsearch.search.fit.fit import FitResult, Stopped, fit, quiet_trainer
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.memory import Memory
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs, summary_of
from tests.support.config_samples import POINT
from tests.support.known import KNOWN, loads


def foldset(mapping: dict[str, Any]) -> tuple[FoldSet, str]:
    prepare_process()
    config = config_from(mapping, Path.cwd())
    inputs = Inputs.of(config)
    return FoldSet.of(config, inputs), inputs.direction


def run(mapping: dict[str, Any], **settings: Any) -> FitResult:
    folds, direction = foldset(mapping)
    seeds = fold_seeds(0, "search", 0, len(folds.train))
    return fit(settings.pop("point", POINT), folds, seeds=seeds, direction=direction, **settings)


def epoch(number: int, score: float, loss: float) -> Epoch:
    return Epoch(number, score, loss, ())


def test_the_best_epoch_is_that_of_the_mean_and_ties_go_to_the_lower_loss() -> None:
    curve = [epoch(0, 0.5, 1.0), epoch(1, 0.9, 0.7), epoch(2, 0.9, 0.6), epoch(3, 0.9, 0.8)]
    assert best_epoch(curve, "maximize").number == 2
    assert best_epoch(curve, "minimize").number == 0


@pytest.mark.parametrize(
    "job",
    [
        {"SLURM_JOB_NAME": "search", "SLURM_NTASKS": "4", "SLURM_PROCID": "2"},
        {"SLURM_JOB_NAME": "search", "SLURM_NTASKS": "4", "SLURM_NTASKS_PER_NODE": "4"},
        {"LSB_JOBID": "1", "LSB_DJOB_RANKFILE": "/none", "JSM_NAMESPACE_LOCAL_RANK": "0"}
        | {"JSM_NAMESPACE_SIZE": "2"},
        {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2"},
    ],
)
def test_the_tasks_of_a_job_train_each_by_itself(
    study: Any, monkeypatch: pytest.MonkeyPatch, job: dict[str, str]
) -> None:
    for name, value in job.items():
        monkeypatch.setenv(name, value)
    assert len(run(study()).epochs) == 3


def test_one_row_per_fold_and_epoch_and_their_means(study: Any) -> None:
    seen: list[Epoch] = []
    result = run(study(), on_epoch=seen.append)
    assert [one.number for one in seen] == [0, 1, 2]
    assert tuple(seen) == result.epochs
    for one in seen:
        assert [row["fold"] for row in one.rows] == [0, 1, 2]
        assert one.score == pytest.approx(np.mean([row["metric"] for row in one.rows]))
        assert one.loss == pytest.approx(np.mean([row["val_loss"] for row in one.rows]))
        assert all(row["train_loss"] > 0 for row in one.rows)
    assert result.best in result.epochs


def test_the_sample_for_the_training_loss_is_no_larger_than_the_validation_part(study: Any) -> None:
    folds, _ = foldset(study())
    for sample, validate, train in zip(folds.sample, folds.validate, folds.train, strict=True):
        assert 0 < len(sample) <= len(validate) < len(train)


def test_the_same_seeds_give_the_same_scores_bit_for_bit(study: Any) -> None:
    first, second = (
        [row["val_loss"] for one in run(study()).epochs for row in one.rows] for _ in range(2)
    )
    assert first == second


def test_patience_does_not_act_in_the_first_third(study: Any) -> None:
    """A network that cannot learn stands still, so patience 1 ends it as soon as it may."""
    still = {**POINT, "learning_rate": 1e-30}
    result = run(study(training={"epochs": 12, "patience": 1}), point=still)
    assert first_counted(12) == 4
    assert len(result.epochs) == 6  # epoch 4 is the first one seen, epoch 5 no better
    assert len(run(study(training={"epochs": 12, "patience": None}), point=still).epochs) == 12


def test_on_batch_can_end_the_fit_between_two_epochs(study: Any) -> None:
    calls = 0

    def on_batch() -> None:
        nonlocal calls
        calls += 1
        raise Stopped

    with pytest.raises(Stopped):
        run(study(), on_batch=on_batch)
    assert calls == 1


@pytest.mark.parametrize("hook", ["on_epoch", "on_batch"])
def test_a_fit_that_is_ended_lets_go_of_what_ran_its_steps(
    study: Any, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    """The memory of a GPU would else be held until Python collects the cycles of a Trainer."""
    alive: list[weakref.ref[Any]] = []

    class Together:
        def __call__(self, batches: Any) -> Any:
            return batches

    def together(copies: Any) -> Together:
        made = Together()
        alive.append(weakref.ref(made))
        return made

    def end(*_: Any) -> None:
        raise Stopped

    monkeypatch.setattr("dropsearch.search.fit.networks.fold_graphs", together)
    gc.disable()
    try:
        with pytest.raises(Stopped):
            run(study(), **{hook: end})
        assert [made() for made in alive] == [None]
    finally:
        gc.enable()


@pytest.mark.parametrize(("recurrent", "averaging"), [("none", None), ("update", 0.5)])
def test_a_fit_that_is_cut_off_goes_on_bit_for_bit(
    study: Any, recurrent: str, averaging: float | None
) -> None:
    """With all that has a state: masks, patience, AdamW, averages; cut off in mid-epoch."""
    dropout = {f"dropout.{site}": 0.3 for site in ("between", "output", "recurrent")}
    point = {key: value for key, value in POINT.items() if key != "dropout"} | dropout
    point |= {"layers": 2, "recurrent": recurrent, "weight_decay": 0.01}
    _goes_on(study(training={"epochs": 12, "patience": 5, "averaging": averaging}), point)


class Line(LightningModule):
    """Keeps its weight at the end of each epoch, and as it is when it is validated."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = Linear(1, 1)
        self.ends: list[Tensor] = []
        self.validated: list[Tensor] = []

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        return ((self.layer(batch) - 3 * batch) ** 2).mean()

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.validated.append(self.layer.weight.detach().clone())

    def on_train_batch_end(self, *_: Any) -> None:
        self.ends.append(self.layer.weight.detach().clone())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_what_is_validated_and_kept_is_the_average_and_training_goes_on_from_the_weights() -> None:
    averaged, alone = Line(), Line()
    alone.load_state_dict(averaged.state_dict())
    numbers = torch.linspace(-1, 1, 12)[:, None]
    for line, old in ((averaged, 0.7), (alone, None)):
        loaders = [DataLoader(numbers, batch_size=4) for _ in range(2)]
        training = Training(averaging=old, clip=None, accelerator="cpu")
        quiet_trainer(training, [], max_epochs=4).fit(line, *loaders)
    assert torch.equal(torch.cat(averaged.ends), torch.cat(alone.ends))
    expected: list[Tensor] = []
    for end in alone.ends[2::3]:
        expected.append(expected[-1].lerp(end, 0.3) if expected else end)
    assert torch.equal(torch.cat(averaged.validated[::3]), torch.cat(expected))
    assert torch.equal(averaged.layer.weight, expected[-1])


def test_one_with_what_is_known_ahead_goes_on_too(tmp_path: Path) -> None:
    loads(120).write_csv(tmp_path / "loads.csv")
    data = {"path": str(tmp_path / "loads.csv"), **KNOWN, "calendar": ["hour"]}
    asked = {"study": "s", "data": data, "folds": {"count": 2, "holdout": 0}}
    _goes_on(asked | {"training": {"epochs": 12, "patience": 5}}, POINT)


def test_one_of_the_users_own_goes_on_too(study: Any) -> None:
    asked = study(training={"epochs": 12, "patience": 5})
    asked["model"] = {"network": "tests.support.own_nets:Plain"}
    point = {"dropout": 0.3, "batch_size": 16, "learning_rate": 0.01, "weight_decay": 0.01}
    _goes_on(asked, point)


def _goes_on(asked: dict[str, Any], point: dict[str, Any]) -> None:
    whole = run(asked, point=point)
    told: list[Any] = []
    batches = 0

    def cut() -> None:
        nonlocal batches
        batches += len(told) == 6
        if batches == 2:
            raise Stopped

    memory = Memory(None, lambda: None, pause=0.0)
    with pytest.raises(Stopped):
        run(asked, point=point, memory=memory, on_epoch=told.append, on_batch=cut)
    resumed = run(asked, point=point, memory=memory, before=told)
    assert resumed.best.number == whole.best.number
    for one, other in zip(whole.epochs, resumed.epochs, strict=True):
        for row, again in zip(one.rows, other.rows, strict=True):
            assert row | {"seconds": 0} == again | {"seconds": 0}


def test_the_patience_of_a_state_is_found_by_later_versions(study: Any) -> None:
    """Lightning's key of it is the class's name, as it was when the first states were kept."""
    memory = Memory(None, lambda: None, pause=0.0)
    run(study(training={"patience": 2}), memory=memory)
    assert memory.state is not None
    assert list(memory.state["callbacks"]) == [
        "_Patience{'monitor': 'val_metric', 'mode': 'max'}",
    ]


class Averages(LightningModule):
    """Another network than that of dropsearch: a layer on the means of each sequence."""

    def __init__(self, folds: FoldSet, learning_rate: float) -> None:
        super().__init__()
        self.layer = Linear(folds.width, folds.outputs)
        self.metric = make_metric(folds.metric, folds.outputs, folds.positive)
        self.learning_rate = learning_rate

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.layer(inputs.mean(1))

    def training_step(self, batch: Batch) -> Tensor:
        return functional.cross_entropy(self(batch.inputs), batch.target)

    def validation_step(self, batch: Batch) -> None:
        outputs = self(batch.inputs)
        self.metric.update(outputs, batch.target)
        self.log("val_loss", functional.cross_entropy(outputs, batch.target))
        self.log("val_metric", self.metric)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), self.learning_rate)

    def multiply_adds(self) -> int:
        return self.layer.weight.numel()


def test_another_network_is_another_builder(study: Any) -> None:
    def averages(point: Any, folds: FoldSet, fold: int, seed: int) -> Averages:
        torch.manual_seed(seed)
        return Averages(folds, point["learning_rate"])

    folds, direction = foldset(study(training={"epochs": 8}))
    seeds = fold_seeds(0, "search", 0, len(folds.train))
    found = fit(POINT, folds, seeds=seeds, direction=direction, build=averages, detailed=True)
    assert found.epochs[-1].loss < found.epochs[0].loss
    assert found.parameters == folds.outputs * (folds.width + 1)
    passes = 3 * (found.best.number + 1)
    assert found.cost == passes * folds.outputs * folds.width * folds.steps
    assert found.details is not None


def test_only_networks_that_say_how_run_as_one_graph_on_a_gpu(study: Any) -> None:
    folds, _ = foldset(study())
    assert isinstance(dropout_lstm(POINT, folds, 0, 0), Graphed)
    assert not isinstance(Averages(folds, 0.01), Graphed)


def test_a_diverged_fold_ends_the_fit_with_epoch_and_fold(study: Any) -> None:
    with pytest.raises(DivergedError, match=r"epoch \d+.*fold \d of 3"):
        run(study(training={"clip": None}), point={**POINT, "learning_rate": 1e38})


def test_the_repeats_of_a_phase_have_seeds_of_their_own() -> None:
    seeds = {
        (phase, repeat): tuple(fold_seeds(0, phase, repeat, 5))
        for phase in ("search", "curve")
        for repeat in range(3)
    }
    assert len(set(seeds.values())) == 6
    assert all(len(set(folds)) == 5 for folds in seeds.values())


@pytest.mark.parametrize("kind", ["expanding", "blocked"])
def test_on_a_random_walk_no_network_beats_the_last_value(tmp_path: Path, kind: str) -> None:
    """Better than 0.97 of its error would mean that the future leaks into training."""
    walk = np.random.default_rng(1).normal(size=400).cumsum()
    pl.DataFrame({"step": np.arange(400), "value": walk}).write_csv(tmp_path / "walk.csv")
    mapping = {
        "study": "walk",
        "data": {
            "path": str(tmp_path / "walk.csv"),
            "task": "forecast",
            "time": "step",
            "target": "value",
            "window": 12,
            "horizon": 3,
        },
        "folds": {"kind": kind, "count": 3},
        "training": {"epochs": 15, "patience": None},
    }
    config = config_from(mapping, tmp_path)
    inputs = replace(Inputs.of(config), metric="rmse")
    last = np.mean(summary_of(inputs)["baselines"]["last value"])
    score = run(mapping, point={**POINT, "hidden_size": 16, "dropout": 0.0}).best.score
    assert score > 0.97 * last


def test_on_labels_that_are_noise_accuracy_is_chance(study: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frame = pl.read_csv(tmp_path / "tones.csv")
    labels = rng.permutation(np.repeat(["a", "b"], 24))
    frame = frame.with_columns(pl.Series("label", labels[frame["series"].to_numpy()]))
    frame.write_csv(tmp_path / "tones.csv")
    result = run(study(training={"epochs": 10, "patience": None}))
    assert abs(np.mean([one.score for one in result.epochs]) - 0.5) < 0.2
