"""The decoder of what is known ahead, and that without it the network is the one of before."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
import torch
from torch import Tensor

from dropsearch.models.lstm.network import DropoutLSTM

H, A = 5, 2


def network(**changed: Any) -> DropoutLSTM:
    given: dict[str, Any] = {"task": "forecast", "hidden_size": 16, "ahead": A, "seed": 5}
    return DropoutLSTM(3, H, **given | changed)


def given(batch: int = 4, **beside: int) -> tuple[Tensor, None, Tensor | None, Tensor]:
    static = torch.randn(batch, beside["static"]) if "static" in beside else None
    return torch.randn(batch, 9, 3), None, static, torch.randn(batch, H, A)


def test_each_step_sees_what_was_read_what_is_known_up_to_it_and_its_place() -> None:
    own, (inputs, _, _, ahead) = network().eval(), given()
    first = own(inputs, None, None, ahead)
    assert first.shape == (4, H)
    for step in range(H):
        other = ahead.clone()
        other[:, step] += 1
        moved = first != own(inputs, None, None, other)
        assert moved.any(dim=0).tolist() == [step <= place for place in range(H)]
    assert (first != own(inputs + 1, None, None, ahead)).all()
    alike = own(inputs, None, None, ahead[:, :1].expand(-1, H, -1))
    assert all(len(row.unique()) == H for row in alike)  # by their places alone


def test_it_is_the_formula() -> None:
    own, (inputs, _, _, ahead) = network().eval(), given()
    assert own.decoder is not None
    lstm = torch.nn.LSTM(3, 16, batch_first=True)
    for name, weight in own.layers[0].named_parameters():
        getattr(lstm, name).data.copy_(weight)
    pooled = lstm(inputs)[0][:, -1]
    state, cell = torch.tanh(pooled @ own.decoder.read.weight.T), torch.nn.GRUCell(A, 16)
    for name, weight in own.decoder.steps.named_parameters():
        getattr(cell, name.removesuffix("_l0")).data.copy_(weight)
    for step in range(H):
        state = cell(ahead[:, step], state)
        expected = (state + own.decoder.place[step]) @ own.head.weight[0] + own.head.bias
        torch.testing.assert_close(own(inputs, None, None, ahead)[:, step], expected)


def test_static_features_reach_every_step() -> None:
    own, (inputs, _, static, ahead) = network(static=3).eval(), given(static=3)
    assert static is not None
    moved = own(inputs, None, static, ahead) != own(inputs, None, static + 1, ahead)
    assert moved.all()


@pytest.mark.parametrize("mask", ["standard", "locked"])
def test_its_states_are_dropped_by_the_rate_of_the_output(mask: Any) -> None:
    """standard: anew at each step; locked: the same units at all steps of a series."""
    own = network(dropout={"output": 0.5}, mask=mask, hidden_size=256).train()
    dropped: list[Tensor] = []
    own.head.register_forward_pre_hook(lambda _, given: dropped.append(given[0] == 0))
    own(*given())
    (gone,) = dropped
    assert gone.shape == (H, 4, 256)
    assert 0.4 < gone.float().mean() < 0.6
    assert bool((gone == gone[0]).all()) == (mask == "locked")


def test_a_batch_of_several_lengths_is_that_of_each_alone() -> None:
    own, (inputs, _, _, ahead) = network().eval(), given()
    lengths = torch.tensor([3, 9, 5, 8])
    together = own(inputs, lengths, None, ahead)
    for row, length in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        alone = own(inputs[one, :length], None, None, ahead[one])
        torch.testing.assert_close(together[one], alone)


def test_gradients_reach_all_of_it() -> None:
    own = network(static=3, dropout=0.2).train()
    own(*given(static=3)).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in own.parameters())


def test_the_order_of_drawing_is_its_own() -> None:
    """Two of one seed are equal, and the global generator is not drawn from."""
    before = torch.get_rng_state()
    one, other = network(), network()
    assert torch.equal(torch.get_rng_state(), before)
    batch = given()
    assert one(*batch).equal(other(*batch))
    assert not one(*batch).equal(copy.deepcopy(one)(*batch[:3], batch[3] + 1))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, "89e6c410eedf5e02"),
        ({"static": 2}, "fc6fc6117ceecba2"),
        (
            {"bidirectional": True, "layers": 2, "pooling": "max", "mask": "locked"},
            "1c9e8ee507e53346",
        ),
    ],
)
def test_without_it_weights_and_masks_are_those_of_before(
    how: dict[str, Any], expected: str
) -> None:
    """Taken by the commit before the decoder."""
    own = network(ahead=0, dropout=0.4, **how).train()
    digest = hashlib.sha256()
    for name, weight in own.named_parameters():
        digest.update(name.encode() + weight.detach().numpy().tobytes())
    own.generator.manual_seed(1)
    torch.manual_seed(0)
    static = (None, torch.ones(4, 2)) if "static" in how else ()
    own(torch.ones(4, 9, 3), *static)
    digest.update(own.generator.get_state().numpy().tobytes())
    assert digest.hexdigest()[:16] == expected
