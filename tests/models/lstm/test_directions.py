"""Two directions, pooling and right padding."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.padded import reverse
from dropsearch.models.names import KINDS
from tests.support.networks import network

LENGTHS = torch.tensor([3, 12, 1, 5, 12, 7, 2])


def inputs() -> torch.Tensor:
    return torch.randn(7, 12, 3, generator=torch.Generator().manual_seed(0))


def reference(own: DropoutLSTM) -> torch.nn.LSTM:
    """torch's own LSTM of two directions with the same weights."""
    lstm = torch.nn.LSTM(3, 16, num_layers=len(own.layers), batch_first=True, bidirectional=True)
    with torch.no_grad():
        for directions, end in ((own.layers, ""), (own.reverse_layers, "_reverse")):
            for number, layer in enumerate(directions):
                for name, weight in layer.named_parameters():
                    getattr(lstm, name.replace("l0", f"l{number}{end}")).copy_(weight)
    return lstm


def plainly_pooled(hidden: torch.Tensor, pooling: str) -> torch.Tensor:
    """One sequence (T, 2H) -> (2H,)."""
    if pooling == "last":
        return torch.cat([hidden[-1, :16], hidden[0, 16:]])
    return hidden.mean(0) if pooling == "mean" else hidden.max(0).values


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("layers", [1, 3])
def test_two_directions_agree_with_torchs_packed_sequences(layers, pooling):
    own = network(layers=layers, bidirectional=True, pooling=pooling).train()
    lstm, head = reference(own), copy.deepcopy(own.head)
    given = inputs().requires_grad_()
    ours = own(given, LENGTHS)
    packed = pack_padded_sequence(given, LENGTHS, batch_first=True, enforce_sorted=False)
    hidden, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True)
    each = [plainly_pooled(hidden[b, :n], pooling) for b, n in enumerate(LENGTHS)]
    theirs = head(torch.stack(each))
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
    (our_slope,) = torch.autograd.grad(ours.square().sum(), given, retain_graph=True)
    (their_slope,) = torch.autograd.grad(theirs.square().sum(), given, retain_graph=True)
    torch.testing.assert_close(our_slope, their_slope, atol=1e-5, rtol=1e-4)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    for directions, end in ((own.layers, ""), (own.reverse_layers, "_reverse")):
        for number, layer in enumerate(directions):
            for name, weight in layer.named_parameters():
                slope = getattr(lstm, name.replace("l0", f"l{number}{end}")).grad
                torch.testing.assert_close(weight.grad, slope, atol=1e-5, rtol=1e-4)


def test_two_directions_without_lengths_are_torchs_last_states():
    own = network(bidirectional=True).eval()
    lstm = reference(own)
    _, (last, _) = lstm(inputs())
    torch.testing.assert_close(own(inputs()), own.head(torch.cat([last[-2], last[-1]], dim=1)))


def test_reverse_stays_within_each_length_and_undoes_itself():
    steps = torch.arange(5.0).view(5, 1, 1).expand(5, 3, 1)
    lengths = torch.tensor([5, 3, 1])
    turned = reverse(steps, lengths)
    assert turned[..., 0].T.tolist() == [[4, 3, 2, 1, 0], [2, 1, 0, 3, 4], [0, 1, 2, 3, 4]]
    assert torch.equal(reverse(turned, lengths), steps)
    assert torch.equal(reverse(steps, torch.full((3,), 5)), reverse(steps, None))


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_pooling_without_lengths_is_pooling_of_full_ones(pooling):
    own = network(pooling=pooling, bidirectional=True)
    whole = own._outputs(inputs().transpose(0, 1), torch.full((7,), 12), own._drawn_layers())
    torch.testing.assert_close(own(inputs()), whole, atol=1e-6, rtol=1e-5)


EVERYWHERE = {
    "input": 0.2,
    "between": 0.4,
    "recurrent": 0.3,
    "recurrent_hidden": 0.1,
    "output": 0.5,
}


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_right_padding_changes_no_output_and_no_gradient_in_training(kind, bidirectional, pooling):
    """Whatever the padding holds; each half of the batch keeps some of it."""
    results = []
    for filler in (0.0, 1e3):
        own = network(
            recurrent=kind, bidirectional=bidirectional, pooling=pooling, dropout=EVERYWHERE
        ).train()
        given = inputs()
        for row, length in enumerate(LENGTHS):
            given[row, length:] = filler
        given.requires_grad_()
        outputs = own(given, LENGTHS)
        outputs.square().sum().backward()
        for row, length in enumerate(LENGTHS):
            assert not given.grad[row, length:].any()
        results.append([outputs, *(p.grad for p in own.parameters())])
    for one, two in zip(*results, strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_alone_and_in_company(kind, pooling):
    own = network(
        hidden_size=64, recurrent=kind, bidirectional=True, pooling=pooling, dropout=EVERYWHERE
    ).eval()
    together = own(inputs(), LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone = own(inputs()[row : row + 1, :length])
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_is_deterministic_and_draws_nothing(kind):
    own = network(recurrent=kind, bidirectional=True, dropout=EVERYWHERE).eval()
    state = own.generator.get_state()
    assert torch.equal(own(inputs(), LENGTHS), own(inputs(), LENGTHS))
    with torch.inference_mode():  # as Lightning validates
        assert torch.equal(own(inputs(), LENGTHS), own(inputs(), LENGTHS))
    assert torch.equal(own.generator.get_state(), state)
    own.train()
    assert not torch.equal(own(inputs(), LENGTHS), own(inputs(), LENGTHS))


@pytest.mark.parametrize("kind", KINDS[1:])
def test_each_kind_drops_in_both_directions(kind):
    own = network(layers=1, recurrent=kind, bidirectional=True, dropout={"recurrent": 0.5}).train()
    kept = network(layers=1, bidirectional=True)
    hidden = []
    for net in (own, kept):
        net.head = torch.nn.Identity()
        hidden.append(net(inputs()))
    assert not torch.isclose(hidden[0][:, :16], hidden[1][:, :16]).all()
    assert not torch.isclose(hidden[0][:, 16:], hidden[1][:, 16:]).all()


def test_both_halves_of_a_batch_use_one_mask_of_the_weights():
    """A sequence of length n gives the same whichever half it falls in."""
    own = network(layers=1, recurrent="weight", dropout={"recurrent": 0.5}).train()
    same = inputs()[:1].expand(4, 12, 3)
    outputs = own(same, torch.tensor([4, 4, 4, 12]))
    torch.testing.assert_close(outputs[:3], outputs[:1].expand(3, 4), atol=1e-6, rtol=0)


def test_multiply_adds():
    """4 H (D + H) for each layer and direction; the kinds multiply by as many."""
    one = 4 * 16 * (3 + 16) + 4 * 16 * (16 + 16)
    assert {network(recurrent=kind).multiply_adds() for kind in KINDS} == {one}
    two = 2 * (4 * 16 * (3 + 16) + 4 * 16 * (32 + 16))
    assert network(bidirectional=True).multiply_adds() == two
    words = network(layers=1, vocabulary=100, embedding_size=8)
    assert words.multiply_adds() == 4 * 16 * (8 + 16)
