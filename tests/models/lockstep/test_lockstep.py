from __future__ import annotations

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping
from pytorch_lightning.utilities import CombinedLoader
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Accuracy, Metric

from dropsearch.models.errors import DivergedError, ModelsError
from dropsearch.models.fold.batches import Batch, Examples, FoldBatches
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from tests.support.examples_of import sequences

SIZES = (50, 23, 37)  # training examples of each fold: 7, 3 and 5 batches of 8


def trainer(**changed) -> Trainer:
    given = {
        "max_epochs": 3,
        "accelerator": "cpu",
        "gradient_clip_val": 0.1,
        "logger": False,
        "enable_progress_bar": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    return Trainer(**given | changed)


@pytest.fixture(scope="module")
def folds() -> tuple[FoldBatches, FoldBatches]:
    rng = np.random.default_rng(0)
    data = sequences(rng.integers(2, 9, 80), rng.integers(0, 3, 80), classes=("a", "b", "c"))
    parts = [rng.permutation(80)[:size] for size in SIZES]
    fits = [Preparation.fit(data, part, "train") for part in parts]
    train = [Examples(data, fit, part) for fit, part in zip(fits, parts, strict=True)]
    rest = [np.setdiff1d(np.arange(80), part) for part in parts]
    validate = [Examples(data, fit, part) for fit, part in zip(fits, rest, strict=True)]
    return FoldBatches(train, 8, seed=4), FoldBatches(validate, 16)


class OneFold:
    """The batches of a single fold, for a plain fit without Lockstep."""

    batch_sampler = None

    def __init__(self, folds: FoldBatches, number: int) -> None:
        self.sampler, self.number = folds, number

    def __len__(self) -> int:
        return -(-SIZES[self.number] // 8)

    def __iter__(self):
        return (step[self.number] for step in self.sampler if step[self.number] is not None)


def networks(mask="standard", **changed) -> list[DropoutLSTM]:
    given = {
        "task": "classify",
        "hidden_size": 12,
        "layers": 2,
        "dropout": {"input": 0.1, "between": 0.4, "output": 0.3},
        "mask": mask,
        "learning_rate": 0.01,
        "weight_decay": 0.05,
    } | changed
    return [
        DropoutLSTM(3, 3, **given, metric=make_metric("accuracy", 3), seed=10 + fold)
        for fold in range(3)
    ]


def validate_one(folds: FoldBatches, number: int) -> DataLoader:
    batches = [step[number] for step in folds if step[number] is not None]
    return DataLoader(batches, batch_size=None)


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("algorithm", ["norm", "value"])
def test_lockstep_equals_separate_fits_bit_for_bit(folds, mask, algorithm):
    """Clip active, weight decay and dropout on, folds of unequal batch counts."""
    train, validate = folds
    together = Lockstep(networks(mask))
    trainer(gradient_clip_algorithm=algorithm).fit(together, train, validate)
    assert len({-(-size // 8) for size in SIZES}) == 3
    for number, (one, alone) in enumerate(zip(together.copies, networks(mask), strict=True)):
        before = {name: value.clone() for name, value in alone.state_dict().items()}
        fit = trainer(gradient_clip_algorithm=algorithm)
        fit.fit(alone, OneFold(train, number), validate_one(validate, number))
        assert one.state_dict().keys() == alone.state_dict().keys()
        for name, value in alone.state_dict().items():
            assert torch.equal(value, one.state_dict()[name]), name
        assert not torch.equal(alone.head.weight, before["head.weight"])
        for name in ("loss", "val_loss", "val_metric"):
            score = together.scores[name][number].item()
            assert score == pytest.approx(fit.callback_metrics[name].item(), rel=1e-6)


def test_the_clip_was_active(folds):
    train, _ = folds
    weights = []
    for clip in (0.1, None):
        lockstep = Lockstep(networks())
        trainer(gradient_clip_val=clip, max_epochs=1).fit(lockstep, train)
        weights.append(lockstep.copies[0].head.weight)
    assert not torch.equal(*weights)


def test_each_copy_is_clipped_by_itself(folds):
    norms = []

    class Norms(Callback):
        def on_before_optimizer_step(self, trainer, pl_module, optimizer):
            self.module = pl_module

        def on_train_batch_end(self, trainer, pl_module, *_):
            for copy in pl_module.copies:
                grads = [p.grad for p in copy.parameters() if p.grad is not None]
                norms.append(float(torch.stack([g.norm() for g in grads]).norm()) if grads else 0)

    trainer(callbacks=[Norms()], gradient_clip_val=1e-3, max_epochs=1).fit(
        Lockstep(networks()), folds[0]
    )
    assert np.allclose([n for n in norms if n], 1e-3, rtol=1e-3)
    assert norms[-3:][1:] == [0, 0]  # the folds without a batch in the last step


def test_a_copy_without_a_batch_stands_still():
    """Adam moves on a gradient of 0, and weight decay on any; grad must be None."""
    lockstep = Lockstep(networks())
    batch = Batch(torch.randn(4, 5, 3), torch.tensor([0, 1, 2, 0]))
    steps = [[batch, batch, batch], [batch, None, batch], [None, None, None]]
    weights = []

    class Keep(Callback):
        def on_train_batch_end(self, trainer, pl_module, *_):
            weights.append([copy.head.weight.detach().clone() for copy in lockstep.copies])

    trainer(callbacks=[Keep()], max_epochs=1).fit(lockstep, DataLoader(steps, batch_size=None))
    still = [[torch.equal(a, b) for a, b in zip(*weights[i : i + 2], strict=True)] for i in (0, 1)]
    assert still == [[False, True, False], [True, True, True]]


def test_scores_of_all_folds_and_their_mean(folds):
    train, validate = folds
    seen = []

    class Read(Callback):
        def on_validation_end(self, trainer, pl_module):
            seen.append({name: values.clone() for name, values in pl_module.scores.items()})

    lockstep = Lockstep(networks())
    fit = trainer(callbacks=[Read()])
    fit.fit(lockstep, train, [validate, FoldBatches(train.parts, 8)])
    assert len(seen) == 3
    assert seen[-1].keys() == {"loss", "val_loss", "val_metric", "train_loss", "train_metric"}
    for name, values in seen[-1].items():
        assert values.shape == (3,)
        assert fit.callback_metrics[name].item() == pytest.approx(values.mean().item())
    for examples, prefix in ((validate.parts, "val"), (train.parts, "train")):
        for number, (part, copy) in enumerate(zip(examples, lockstep.copies, strict=True)):
            batch = next(part.batches(len(part)))
            logits = copy.eval()(batch.inputs, batch.lengths)
            loss = nn.functional.cross_entropy(logits, batch.target).item()
            right = (logits.argmax(1) == batch.target).double().mean().item()
            assert seen[-1][f"{prefix}_loss"][number].item() == pytest.approx(loss, rel=1e-5)
            assert seen[-1][f"{prefix}_metric"][number].item() == pytest.approx(right)


def test_early_stopping_watches_the_mean(folds):
    stop = EarlyStopping("val_loss", patience=1, mode="max")
    means = []

    class Read(Callback):
        def on_validation_end(self, trainer, pl_module):
            means.append(pl_module.scores["val_loss"].mean().item())

    fit = trainer(callbacks=[Read(), stop], max_epochs=20)
    fit.fit(Lockstep(networks()), *folds)
    assert len(means) < 20
    assert stop.best_score.item() == pytest.approx(max(means))
    assert means[:-1] == sorted(means[:-1])
    assert means[-1] <= means[-2]


def test_a_fit_resumed_from_a_checkpoint_goes_on_as_it_would_have(folds, tmp_path):
    whole = Lockstep(networks())
    trainer(max_epochs=4).fit(whole, *folds)
    first = trainer(max_epochs=2)
    first.fit(Lockstep(networks()), *folds)
    first.save_checkpoint(tmp_path / "state.ckpt")
    resumed = Lockstep(networks())
    trainer(max_epochs=4).fit(resumed, *folds, ckpt_path=tmp_path / "state.ckpt")
    for name, value in whole.copies.state_dict().items():
        assert torch.equal(value, resumed.copies.state_dict()[name]), name
    assert torch.equal(whole.scores["val_loss"], resumed.scores["val_loss"])


class Own(LightningModule):
    """A user's own module: no LSTM, no batch_idx, logs from several hooks, SGD with momentum."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        self.accuracy = Accuracy("multiclass", num_classes=2)
        self.epochs: list[int] = []

    def training_step(self, batch: list[Tensor]) -> dict[str, Tensor]:
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True)
        return {"loss": loss}

    def validation_step(self, batch: list[Tensor]) -> None:
        logits = self.net(batch[0])
        self.accuracy(logits, batch[1])
        loss = nn.functional.cross_entropy(logits, batch[1])
        self.log_dict({"val_loss": loss, "val_accuracy": self.accuracy}, on_epoch=True)

    def on_validation_epoch_end(self) -> None:
        self.epochs.append(self.current_epoch)
        self.log("epochs_seen", len(self.epochs))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


def own_loaders(seed: int, size: int) -> DataLoader:
    drawn = torch.Generator().manual_seed(seed)
    inputs = torch.randn(size, 4, generator=drawn)
    return DataLoader(TensorDataset(inputs, (inputs[:, 0] > 0).long()), batch_size=8)


def test_trains_a_users_own_module_with_combined_loaders_as_separate_fits_would():
    together = Lockstep([Own(seed) for seed in range(3)])
    sizes = (40, 17, 30)
    loaders = [
        CombinedLoader([own_loaders(add + k, n) for k, n in enumerate(sizes)], mode="max_size")
        for add in (0, 10)
    ]
    fit = trainer(max_epochs=5)
    fit.fit(together, *loaders)
    names = {"train_loss", "val_loss", "val_accuracy", "epochs_seen"}
    assert together.scores.keys() == names
    for number, (copy, size) in enumerate(zip(together.copies, sizes, strict=True)):
        alone = Own(number)
        separate = trainer(max_epochs=5)
        separate.fit(alone, own_loaders(number, size), own_loaders(10 + number, size))
        assert copy.epochs == alone.epochs == [0, 1, 2, 3, 4]
        for name, value in alone.state_dict().items():
            assert torch.equal(value, copy.state_dict()[name]), name
        for name in names - {"train_loss"}:  # Lightning keeps only the last step of that one
            score = together.scores[name][number].item()
            assert score == pytest.approx(separate.callback_metrics[name].item(), rel=1e-6), name


class Breaks(Own):
    """Its loss becomes NaN in the third epoch, where and in which copy it is told."""

    def __init__(self, seed: int, where: str) -> None:
        super().__init__(seed)
        self.where = where

    def broken(self, where: str) -> bool:
        return self.where == where and self.current_epoch == 2

    def training_step(self, batch: list[Tensor]) -> Tensor:
        loss = super().training_step(batch)["loss"]
        return loss * float("nan") if self.broken("training") else loss

    def validation_step(self, batch: list[Tensor]) -> None:
        super().validation_step(batch)
        if self.broken("validation"):
            self.log("val_loss", float("inf"))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("training", "training loss of fold 2 of 3 became nan"),
        ("validation", "val_loss of fold 2 of 3 became inf"),
    ],
)
def test_a_diverged_copy_fails_the_fit_with_epoch_and_fold(where, said):
    copies = [Own(0), Breaks(1, where), Own(2)]
    loaders = [CombinedLoader([own_loaders(k, 20)] * 3, mode="max_size") for k in (0, 1)]
    with pytest.raises(DivergedError, match=rf"epoch 3: {said}"):
        trainer(max_epochs=5).fit(Lockstep(copies), *loaders)


def test_a_learning_rate_far_too_high_is_not_averaged_away(folds):
    with pytest.raises(DivergedError):
        trainer(gradient_clip_val=None, max_epochs=9).fit(
            Lockstep(networks(learning_rate=1e38, weight_decay=0.0)), *folds
        )


def descent(module: LightningModule) -> torch.optim.SGD:
    return torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)


def steps(optimizer: torch.optim.SGD) -> torch.optim.lr_scheduler.StepLR:
    return torch.optim.lr_scheduler.StepLR(optimizer, 3)


def with_optimizers(result) -> LightningModule:
    module = Own(0)
    module.configure_optimizers = lambda: result(module)  # type: ignore[method-assign]
    return module


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (lambda m: None, "NoneType"),
        (lambda m: [descent(m), descent(m)], "list"),
        (lambda m: ([descent(m)], [steps(descent(m))]), "tuple"),
        (lambda m: {"optimizer": descent(m), "lr_scheduler": steps(descent(m))}, "dict"),
        (lambda m: {"monitor": "loss"}, "dict"),
        (lambda m: [], "list"),
        (lambda m: torch.optim.Adam(m.parameters()), "Adam"),
    ],
)
def test_what_is_no_single_optimizer_is_refused(result, said):
    loader = CombinedLoader([own_loaders(0, 20)] * 2, mode="max_size")
    with pytest.raises(ModelsError, match=rf"single Optimizer.*got {said}"):
        trainer().fit(Lockstep([Own(1), with_optimizers(result)]), loader)


@pytest.mark.parametrize(
    "result",
    [
        lambda m: {"optimizer": descent(m)},
        lambda m: {"optimizer": descent(m), "monitor": "loss"},
        lambda m: [descent(m)],
        lambda m: [{"optimizer": descent(m)}],
        lambda m: ([descent(m)], []),
    ],
)
def test_one_optimizer_is_taken_in_each_way_that_lightning_takes_it(result):
    loader = CombinedLoader([own_loaders(0, 20)] * 2, mode="max_size")
    usual, other = (
        Lockstep([make(0), make(0)]) for make in (Own, lambda _: with_optimizers(result))
    )
    for both in (usual, other):
        trainer(max_epochs=2).fit(both, loader)
    for mine, its in zip(usual.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, its)


def test_copies_keep_the_settings_of_their_own_groups():
    copies = [
        with_optimizers(lambda m, lr=lr: torch.optim.Adagrad(m.parameters(), lr=lr))
        for lr in (0.1, 0.2)
    ]
    optimizer = Lockstep(copies).configure_optimizers()
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]
    assert all("sum" in optimizer.state[p] for copy in copies for p in copy.parameters())


def test_modules_that_cannot_be_trained_together_are_refused():
    one = Own(0)
    with pytest.raises(ModelsError, match="of its own"):
        Lockstep([one, one])
    manual = Own(1)
    manual.automatic_optimization = False
    with pytest.raises(ModelsError, match="automatic"):
        Lockstep([one, manual])


def test_metrics_of_two_loaders_are_kept_apart_by_state_too(folds):
    """One metric object serves both loaders: it is read and reset between them."""
    lockstep = Lockstep(networks())
    trainer(max_epochs=1).fit(lockstep, folds[0], [folds[1], folds[1]])
    for name in ("loss", "metric"):
        assert torch.equal(lockstep.scores[f"val_{name}"], lockstep.scores[f"train_{name}"])
    metric = lockstep.copies[0].metric
    assert isinstance(metric, Metric)
    assert metric.update_count == 0
