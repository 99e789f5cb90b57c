"""What a GPU computes beside a float64 reference on the CPU. CI has no GPU: it skips all."""

from __future__ import annotations

import copy
import gc
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer
from torch import Tensor

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import Batch, Examples, FoldBatches
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lockstep import graphs
from dropsearch.models.lockstep.graphs import FoldGraphs, fold_graphs
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.sites import draw_kept
from dropsearch.models.names import KINDS
from tests.support.examples_of import sequences

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs an NVIDIA GPU, and torch finds none"
)

FEATURES, CLASSES = 5, 3
CLOSE = 1e-4  # relative, in the norm
EVERY = {"embedding": 0.2, "input": 0.2, "between": 0.5, "recurrent": 0.4, "output": 0.3}


@pytest.fixture(autouse=True)
def _cudnn_in_float32(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def networks(folds=3, frozen=False, **changed) -> list[DropoutLSTM]:
    given = {"task": "classify", "hidden_size": 20, "layers": 2} | changed
    made = [DropoutLSTM(FEATURES, CLASSES, **given, seed=7 + fold) for fold in range(folds)]
    for one in made if frozen else ():
        one.start_words(torch.tensor([3]), torch.ones(1, given["embedding_size"]), frozen=True)
    return [one.train().cuda() for one in made]


def batch(size: int, times: int, seed: int, *, varying=False, task="classify", words=0) -> Batch:
    rng = torch.Generator().manual_seed(seed)
    inputs = torch.randn(size, times, FEATURES, generator=rng)
    if words:
        inputs = torch.randint(1, words, (size, times), generator=rng)
    lengths = None
    if varying:
        lengths = torch.randint(1, times + 1, (size,), generator=rng)
        lengths[seed % size] = times
    if task == "classify":
        return Batch(inputs, torch.randint(CLASSES, (size,), generator=rng), lengths)
    target = torch.randn(size, CLASSES, generator=rng)
    known = torch.rand(target.shape, generator=rng) < 0.7
    return Batch(inputs, target, lengths, observed=known if seed % 2 else None)


def step(seed: int, **given) -> list[Batch | None]:
    """A batch of 33 and one of 18 sequences, and between them a fold without one."""
    return [batch(33, 11, 2 * seed, **given), None, batch(18, 9, 2 * seed + 1, **given)]


def moved(batches: Sequence[Batch | None]) -> list[Batch | None]:
    return [
        one and Batch(*(part if part is None else part.cuda() for part in one)) for one in batches
    ]


def wide(one: Batch) -> Batch:
    """In float64."""
    number = one.inputs.is_floating_point()
    target = one.target.double() if one.target.is_floating_point() else one.target
    return one._replace(inputs=one.inputs.double() if number else one.inputs, target=target)


def off(found: Tensor, expected: Tensor) -> float:
    found, expected = found.detach().cpu().double(), expected.detach().cpu().double()
    return float((found - expected).norm() / expected.norm())


def losses(copies: Sequence[DropoutLSTM], batches: Sequence[Batch | None]) -> Tensor:
    found = [
        one.loss(one(part.inputs, part.lengths), part) if part.found is None else part.found
        for one, part in zip(copies, batches, strict=True)
        if part is not None
    ]
    return torch.stack(found)


def gradients(copies: Sequence[DropoutLSTM], found: Tensor) -> list[Tensor | None]:
    for one in copies:
        one.zero_grad(set_to_none=True)
    found.sum().backward()
    return [weight.grad for one in copies for weight in one.parameters()]


def same(found: Sequence[Tensor | None], expected: Sequence[Tensor | None], close=CLOSE) -> None:
    for own, other in zip(found, expected, strict=True):
        assert (own is None) == (other is None)
        if own is not None and other is not None:
            assert off(own, other) < close


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize(
    "changed",
    [
        {"hidden_size": 16, "layers": 1},
        {"pooling": "mean"},
        {"hidden_size": 64, "bidirectional": True},
        {"hidden_size": 64, "cell": "gru"},
        {"hidden_size": 50, "bidirectional": True, "pooling": "max"},
        {"hidden_size": 128, "layers": 3},
        {"vocabulary": 12, "embedding_size": 7},
        {"vocabulary": 12, "embedding_size": 7, "frozen": True},
        {"task": "forecast"},
    ],
    ids=str,
)
def test_a_graph_equals_networks_in_float64_on_the_cpu(changed, varying):
    """Losses, every gradient and the outputs, with other numbers in each step of a graph."""
    copies = networks(**changed)
    references = [copy.deepcopy(one).cpu().double() for one in copies]
    together = FoldGraphs(copies)
    given = {"varying": varying, "words": changed.get("vocabulary", 0)}
    given["task"] = changed.get("task", "classify")
    for seed in range(4):
        batches = step(seed, **given)
        found = together(moved(batches))
        assert all((part.found is None) == (seed == 0) for part in found if part is not None)
        own = losses(copies, found)
        expected = losses(references, [part and wide(part) for part in batches])
        assert off(own, expected) < CLOSE
        same(gradients(copies, own), gradients(references, expected))
    with torch.inference_mode():
        for one in (*copies, *references):
            one.eval()
        for seed in range(4):
            batches = step(seed, **given)
            for one, reference, part, answer in zip(
                copies, references, batches, together(moved(batches)), strict=True
            ):
                if part is None:
                    continue
                assert (answer.found is None) == (seed == 0)
                outputs = answer.found
                if outputs is None:
                    outputs = one(answer.inputs, answer.lengths)
                assert off(outputs, reference(wide(part).inputs, part.lengths)) < CLOSE


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_draws_the_masks_that_the_networks_draw_alone(kind, mask):
    """A graph and networks one by one go on from the same state, and come to the same one."""
    given = {"dropout": EVERY, "recurrent": kind, "mask": mask}
    copies = networks(vocabulary=12, **given)
    others = [copy.deepcopy(one) for one in copies]
    together = FoldGraphs(copies)
    seen = []
    for _ in range(4):
        batches = moved(step(1, varying=True, words=12))
        own = losses(copies, together(batches))
        alone = losses(others, FoldGraphs(others)(batches))
        assert off(own, alone) < CLOSE
        same(gradients(copies, own), gradients(others, alone))
        seen.append(own.detach())
    assert all(off(one, seen[0]) > 1e-4 for one in seen[1:])  # each step draws its own
    for one, other in zip(copies, others, strict=True):
        assert torch.equal(one.get_extra_state(), other.get_extra_state())


def test_the_masks_of_the_gpu_drop_their_share_at_every_position():
    one = networks(1)[0]
    one.begin(torch.device("cuda", 0))
    drawn, again = (draw_kept((400_000,), 0.3, one.masks) for _ in range(2))
    assert drawn.device.type == "cuda"
    shares = (~drawn).view(-1, 8).double().mean(0)
    assert float((shares - 0.3).abs().max()) < 0.01
    assert float((drawn == again).double().mean()) == pytest.approx(0.58, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_in_evaluation_is_that_of_the_cpu(kind):
    one = networks(1, recurrent=kind, dropout=EVERY | {"recurrent_hidden": 0.1})[0].eval()
    reference = copy.deepcopy(one).cpu().double()
    part = batch(12, 6, 0, varying=True)
    gpu = moved([part])[0]
    assert off(one(gpu.inputs, gpu.lengths), reference(wide(part).inputs, part.lengths)) < CLOSE


def test_half_precision_makes_no_graph():
    copies = networks()
    together = FoldGraphs(copies)
    batches = moved(step(0))
    with torch.autocast("cuda", dtype=torch.bfloat16):
        assert all(together(batches)[0].found is None for _ in range(4))


def test_the_garbage_of_an_earlier_fit_does_not_end_a_capture(monkeypatch):
    """Graphs in a cycle, as a fit leaves them, that go while others are captured."""
    batches = moved(step(0))
    old = networks()
    garbage = [FoldGraphs(old)]
    for _ in range(2):
        gradients(old, losses(old, garbage[0](batches)))
    garbage[0].itself = garbage[0]
    answer = DropoutLSTM.answer

    def collecting(*given):
        if torch.cuda.is_current_stream_capturing():
            garbage.clear()
            if gc.isenabled():
                gc.collect()
        return answer(*given)

    monkeypatch.setattr(DropoutLSTM, "answer", collecting)
    copies = networks()
    together = FoldGraphs(copies)
    found = [losses(copies, together(batches)) for _ in range(3)]
    assert not garbage
    assert together(batches)[0].found is not None
    assert off(found[2], found[0]) < CLOSE
    assert gc.isenabled()


def test_a_step_that_has_no_room_for_a_graph_runs_without(monkeypatch):
    copies, batches = networks(), moved(step(0))
    together = FoldGraphs(copies)
    expected = losses(copies, together(batches))
    gradients(copies, expected)
    answer = DropoutLSTM.answer

    def crowded(own, *given):
        if torch.cuda.is_current_stream_capturing() and own is copies[2]:
            raise torch.OutOfMemoryError("no room")
        return answer(own, *given)

    monkeypatch.setattr(DropoutLSTM, "answer", crowded)
    for _ in range(3):
        assert together(batches)[0].found is None
    monkeypatch.undo()
    other = FoldGraphs(copies)
    found = [losses(copies, other(batches)) for _ in range(3)]
    assert other(batches)[0].found is not None
    assert off(found[2], expected) < CLOSE


def folds() -> tuple[FoldBatches, FoldBatches]:
    rng = np.random.default_rng(0)
    lengths, target = rng.integers(2, 9, 80), rng.integers(0, 3, 80)
    values = rng.normal(size=(lengths.sum(), FEATURES)) + target.repeat(lengths)[:, None]
    data = sequences(lengths, target, values=values, classes=("a", "b", "c"))
    parts = [rng.permutation(80)[:size] for size in (50, 23, 37)]
    fits = [Preparation.fit(data, part, "train") for part in parts]
    examples = [Examples(data, fit, part) for fit, part in zip(fits, parts, strict=True)]
    return FoldBatches(examples, 8, seed=4), FoldBatches(examples, 16)


def fitted(epochs=4, kept=None, resumed=None, metric="accuracy", **changed) -> Lockstep:
    given = {"dropout": 0.3, "learning_rate": 0.01} | changed
    copies = [one.cpu() for one in networks(**given)]
    for one in copies:
        one.metric = make_metric(metric, CLASSES)
    lockstep = Lockstep(copies, together=fold_graphs)
    trainer = Trainer(
        max_epochs=epochs,
        accelerator="auto",
        devices=1,
        gradient_clip_val=0.5,
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(lockstep, *folds(), ckpt_path=resumed)
    if kept:
        trainer.save_checkpoint(kept)
    return lockstep


def alike(one: Lockstep, other: Lockstep) -> None:
    for name, value in other.state_dict().items():
        assert value.device.type == "cpu"
        assert off(one.state_dict()[name], value) < 1e-4, name
    for name, scores in other.scores.items():
        assert off(one.scores[name], scores) < 1e-4, name


def test_a_fit_with_graphs_equals_one_without(monkeypatch):
    replayed = []
    replay = graphs._Graph.replay
    monkeypatch.setattr(
        graphs._Graph, "replay", lambda own: (replayed.append(own._training), replay(own))
    )
    whole, ranked = fitted(), fitted(metric="auroc")
    assert {True, False} == set(replayed)
    assert len(replayed) > 20
    assert float(whole.scores["val_metric"].min()) > 0.5
    monkeypatch.setattr(graphs, "MOST", 0)
    alike(fitted(), whole)
    alike(fitted(metric="auroc"), ranked)


def test_a_fit_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(tmp_path):
    """The checkpoint is read on the CPU, as search/checkpoints.py does."""
    fitted(2, kept=tmp_path / "half.ckpt")
    state = torch.load(tmp_path / "half.ckpt", map_location="cpu", weights_only=True)
    torch.save(state, tmp_path / "moved.ckpt")
    alike(fitted(resumed=tmp_path / "moved.ckpt"), fitted())


def test_a_fit_that_diverges_on_the_gpu_is_told():
    with pytest.raises(DivergedError, match="fold"):
        fitted(learning_rate=1e39)
