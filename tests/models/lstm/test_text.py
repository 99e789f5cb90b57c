"""Text through an embedding, whole-word dropout, class weights, and every kind in lockstep."""

from __future__ import annotations

import copy

import pytest
import torch
from pytorch_lightning import Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from dropsearch.models.fold.batches import Batch
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.sites import drop_words
from dropsearch.models.names import KINDS


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def words(sequences: int = 6, times: int = 9) -> Tensor:
    return torch.randint(1, 20, (sequences, times), generator=generator(1))


def network(**changed) -> DropoutLSTM:
    given = {"task": "classify", "hidden_size": 16, "vocabulary": 20, "embedding_size": 8}
    return DropoutLSTM(0, 3, **given | changed)


def test_ids_give_what_their_embedded_steps_give():
    own = network(layers=2, bidirectional=True)
    plain = DropoutLSTM(8, 3, task="classify", hidden_size=16, layers=2, bidirectional=True)
    plain.load_state_dict(own.state_dict(), strict=False)
    lengths = torch.tensor([9, 4, 1, 9, 6, 2])
    assert own.embedding is not None
    assert torch.equal(own(words(), lengths), plain(own.embedding(words()), lengths))


def test_the_padding_word_is_zeros_and_is_not_trained():
    own = network().train()
    assert own.embedding is not None
    assert not own.embedding.weight[0].any()
    given = words()
    given[:, 4:] = 0
    own(given).square().sum().backward()
    assert own.embedding.weight.grad is not None
    assert not own.embedding.weight.grad[0].any()
    assert own.embedding.weight.grad[given[0, 0]].any()


def test_a_dropped_word_is_dropped_wherever_it_occurs_in_its_sequence():
    ids = torch.randint(1, 8, (30, 50), generator=generator(2))  # (T, B): words come again
    dropped = drop_words(torch.ones(30, 50, 4), ids, 0.4, generator())
    assert torch.equal(dropped, dropped[..., :1].expand(30, 50, 4))
    fates = {}
    for t in range(30):
        for b in range(50):
            fates.setdefault((b, int(ids[t, b])), set()).add(float(dropped[t, b, 0]))
    assert all(len(fate) == 1 for fate in fates.values())
    share = sum(fate == {0.0} for fate in fates.values()) / len(fates)
    assert share == pytest.approx(0.4, abs=0.1)
    assert max(max(fate) for fate in fates.values()) == pytest.approx(1 / 0.6, rel=1e-4)
    of_one_word = {next(iter(fates[b, 3])) for b in range(50) if (b, 3) in fates}
    assert len(of_one_word) == 2


def test_dropping_words_keeps_the_expectation():
    ids = torch.arange(200_000).view(2, -1)
    assert drop_words(torch.ones(2, 100_000, 1), ids, 0.3, generator()).mean() == pytest.approx(
        1, abs=0.01
    )


def test_rate_0_drops_no_word_and_draws_nothing():
    drawn = generator()
    before, steps = drawn.get_state(), torch.randn(9, 6, 4)
    assert drop_words(steps, words().T, 0.0, drawn) is steps
    assert torch.equal(drawn.get_state(), before)


def test_the_site_embedding_acts_in_training_alone():
    own = network(dropout={"embedding": 0.5})
    still = network()
    assert torch.equal(own.eval()(words()), still.eval()(words()))
    assert not torch.equal(own.train()(words()), still.train()(words()))


def test_wider_padding_changes_nothing_in_training():
    lengths = torch.tensor([4, 9, 2, 6, 1, 9])
    given = words().masked_fill(torch.arange(9) >= lengths[:, None], 0)
    results = []
    for width in (9, 15):
        own = network(dropout={"embedding": 0.3, "input": 0.2, "output": 0.5}, layers=2).train()
        padded = torch.nn.functional.pad(given, (0, width - 9))
        outputs = own(padded, lengths)
        outputs.square().sum().backward()
        results.append([outputs, *(p.grad for p in own.parameters())])
    for one, two in zip(*results, strict=True):
        assert torch.equal(one, two)


def test_class_weights_weigh_each_sequences_loss():
    own = network(class_weights=[0.5, 1.0, 6.0])
    target = torch.tensor([0, 0, 1, 2, 0, 0])
    loss = own.training_step(Batch(words(), target), 0)
    logs = own(words()).log_softmax(1)
    share = (0.5, 1.0, 6.0)
    each = [-share[c] * logs[row, c] for row, c in enumerate(target.tolist())]
    torch.testing.assert_close(loss, torch.stack(each).mean())
    assert "class_weights" not in own.state_dict()
    equal = network(class_weights=[1.0, 1.0, 1.0]).training_step(Batch(words(), target), 0)
    torch.testing.assert_close(equal, network().training_step(Batch(words(), target), 0))


def test_a_weighted_loss_does_not_hang_on_how_the_batches_are_cut():
    own = network(class_weights=[0.5, 1.0, 6.0])
    target = torch.tensor([0, 0, 1, 2, 0, 0])
    whole = own.training_step(Batch(words(), target), 0)
    halves = [own.training_step(Batch(words()[s], target[s]), 0) for s in (slice(3), slice(3, 6))]
    torch.testing.assert_close(whole, (halves[0] + halves[1]) / 2)


def trainer() -> Trainer:
    return Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


RATES = dict.fromkeys(("embedding", "input", "between", "recurrent", "output"), 0.3)


IDS = torch.tensor([2, 5, 19])
VECTORS = torch.randn(3, 8, generator=generator(8))


def started(frozen: bool, **changed) -> DropoutLSTM:
    own = network(**changed)
    own.start_words(IDS, VECTORS, frozen=frozen)
    return own


def test_words_start_from_vectors_and_the_others_as_without():
    own, plain = started(frozen=False), network()
    assert own.embedding is not None
    assert plain.embedding is not None
    others = torch.ones(20, dtype=torch.bool).index_fill(0, IDS, False)
    assert torch.equal(own.embedding.weight[IDS], VECTORS)
    assert torch.equal(own.embedding.weight[others], plain.embedding.weight[others])
    assert torch.equal(own.head.weight, plain.head.weight)


@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_words_keep_their_bits_under_weight_decay(frozen):
    own = started(frozen, weight_decay=0.5)
    assert own.embedding is not None
    before = own.embedding.weight.detach().clone()
    batches = [Batch(words(), torch.tensor([0, 1, 2, 0, 1, 2]))] * 3
    trainer().fit(own, DataLoader(batches, batch_size=None))
    assert torch.equal(own.embedding.weight, before) is frozen
    assert (own.embedding.weight.grad is None) is frozen


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frozen", [False, True])
def test_lockstep_equals_separate_fits_bit_for_bit(kind, mask, frozen):
    """Text, two directions, class weights and every site; the second copy has fewer batches."""

    def copies() -> list[DropoutLSTM]:
        return [
            started(
                frozen,
                layers=2,
                bidirectional=True,
                pooling="mean",
                recurrent=kind,
                mask=mask,
                dropout=RATES | {"recurrent_hidden": 0.1},
                class_weights=(0.5, 1.0, 2.0),
                weight_decay=0.01,
                seed=10 + fold,
            )
            for fold in range(2)
        ]

    drawn = generator(4)
    batches = [
        [
            Batch(
                torch.randint(0, 20, (8, 5), generator=drawn),
                torch.randint(0, 3, (8,), generator=drawn),
                torch.randint(1, 6, (8,), generator=drawn),
            )
            for _ in range(count)
        ]
        for count in (2, 1)
    ]
    steps = [[a, b] for a, b in zip(batches[0], [*batches[1], None], strict=True)]
    together = Lockstep(copies())
    trainer().fit(together, DataLoader(steps, batch_size=None))
    for one, alone, own in zip(together.copies, copies(), batches, strict=True):
        before = copy.deepcopy(alone.state_dict())
        trainer().fit(alone, DataLoader(own, batch_size=None))
        for name, value in alone.state_dict().items():
            assert torch.equal(value, one.state_dict()[name]), name
        assert not torch.equal(alone.layers[0].weight_hh_l0, before["layers.0.weight_hh_l0"])


def test_a_checkpoint_restores_the_network(tmp_path):
    own = network(recurrent="zoneout", dropout=RATES, class_weights=[1.0, 2.0, 3.0])
    fit = trainer()
    fit.fit(own, DataLoader([Batch(words(), torch.tensor([0, 1, 2] * 2))], batch_size=None))
    fit.save_checkpoint(tmp_path / "state.ckpt")
    loaded = DropoutLSTM.load_from_checkpoint(tmp_path / "state.ckpt")
    assert torch.equal(loaded.eval()(words()), own.eval()(words()))
    assert torch.equal(loaded.train()(words()), own.train()(words()))
    assert loaded.class_weights is not None
    assert loaded.class_weights.tolist() == [1, 2, 3]
