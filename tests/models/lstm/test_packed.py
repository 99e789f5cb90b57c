"""Training without padding is training on the two halves of a batch, mask by mask."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dropsearch.models.lstm.cell import run_packed
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.packed import Packed, halves

RATES = {"embedding": 0.4, "input": 0.2, "between": 0.4, "output": 0.5}
LENGTHS = [[4, 9, 2, 9, 6], [9, 9, 1], [1, 2], [1, 1, 1, 5]]


def trained(own: DropoutLSTM, *given: Tensor | None) -> list[Tensor]:
    """Outputs and gradients of a training pass."""
    outputs = own.train()(*given)
    outputs.sin().sum().backward()
    return [outputs, *(one.grad for one in own.parameters() if one.grad is not None)]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"layers": 3, "mask": "locked"},
        {"layers": 2, "bidirectional": True},
        {"bidirectional": True, "pooling": "mean", "mask": "locked"},
        {"layers": 2, "pooling": "max", "recurrent": "weight", "static": 2},
        {"ahead": 2, "static": 2, "outputs": 6, "targets": 2, "task": "forecast"},
        {"ahead": 2, "mask": "locked", "task": "forecast"},
        {"vocabulary": 7, "embedding_size": 4, "layers": 2},
        {"vocabulary": 7, "embedding_size": 4, "mask": "locked", "bidirectional": True},
    ],
    ids=str,
)
def test_it_draws_the_masks_of_the_halves_and_gives_what_they_give(
    lengths: list[int], more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = RATES | {"recurrent": 0.3 if "recurrent" in more else 0.0}
    settings = {"outputs": 3, "task": "classify", "hidden_size": 8, "dropout": rates} | more
    packed = DropoutLSTM(3, **settings)
    split = copy.deepcopy(packed)
    monkeypatch.setattr(split, "_packs", lambda: False)
    size, longest = len(lengths), max(lengths) + 2
    words = torch.randint(1, 7, (size, longest))
    given = (
        words if "vocabulary" in more else torch.randn(size, longest, 3),
        torch.tensor(lengths),
        torch.randn(size, 2) if "static" in more else None,
        torch.randn(size, 3, 2) if "ahead" in more else None,
    )
    for one, two in zip(trained(packed, *given), trained(split, *given), strict=True):
        torch.testing.assert_close(one, two, atol=1e-6, rtol=1e-4)
    assert torch.equal(packed.generator.get_state(), split.generator.get_state())


def test_only_training_of_several_lengths_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    own = DropoutLSTM(3, 2, task="classify", hidden_size=8).train()
    inputs, lengths = torch.randn(4, 6, 3), torch.tensor([6, 2, 3, 6])

    def refused(parts: Any) -> Packed:
        raise AssertionError("it is packed")

    monkeypatch.setattr(Packed, "of", refused)
    own(inputs)
    own(inputs, torch.tensor([6, 6, 6, 6]))
    own.eval()(inputs, lengths)
    with torch.no_grad():
        own.train()(inputs, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        own(inputs, lengths).sum().backward()
    torch.compile(own, backend="eager")(inputs, lengths).sum().backward()
    copy.deepcopy(own).double()(inputs.double(), lengths)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    own(inputs, lengths)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    with pytest.raises(AssertionError, match="packed"):
        own(inputs, lengths)


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_gradcheck(lengths: list[int]) -> None:
    packed = Packed.of(halves(torch.tensor(lengths)))
    rng = torch.Generator().manual_seed(1)
    rows, inward, across, bias = (
        torch.randn(shape, generator=rng, dtype=torch.float64, requires_grad=True)
        for shape in ((sum(lengths), 3), (16, 3), (16, 4), (16,))
    )
    assert torch.autograd.gradcheck(
        lambda *given: run_packed(*given, packed.batch_sizes), (rows, inward, across, bias)
    )


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_where_each_row_stands(lengths: list[int]) -> None:
    parts = halves(torch.tensor(lengths))
    packed = Packed.of(parts)
    steps = torch.arange(max(lengths)).view(-1, 1, 1).expand(-1, len(lengths), 1)
    names = torch.arange(len(lengths)).view(1, -1, 1).expand(max(lengths), -1, 1)
    rows = packed.pack(torch.cat([names, steps], dim=2))  # of which sequence, at which step
    name, step = rows.T
    assert packed.batch_sizes.tolist() == [sum(one > t for one in lengths) for t in step.unique()]
    assert np.all(np.diff(step) >= 0)
    assert sorted(map(tuple, rows.tolist())) == [
        (b, t) for b, length in enumerate(lengths) for t in range(length)
    ]
    assert torch.equal(name[packed.reverse], name)
    assert torch.equal(step[packed.reverse], torch.tensor(lengths)[name] - 1 - step)
    every = torch.arange(len(lengths))
    assert torch.equal(rows[packed.last], torch.stack([every, torch.tensor(lengths) - 1], 1))
    assert torch.equal(rows[packed.first], torch.stack([every, every * 0], 1))
    drawn = [
        torch.stack(
            [
                part.places.expand(part.longest, -1),
                torch.arange(part.longest).unsqueeze(1).expand(-1, len(part.places)),
            ],
            dim=2,
        )
        for part in parts
    ]
    assert torch.equal(packed.of_halves(drawn), rows)
    assert torch.equal(packed.of_halves([one[:1] for one in drawn])[:, 0], name)
    assert torch.equal(packed.of_batch([part.places.unsqueeze(1) for part in parts])[:, 0], every)
