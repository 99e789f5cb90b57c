from __future__ import annotations

import pytest
import torch
from scipy.stats import binomtest

from dropsearch.models.lstm.sites import draw_mask, drop, dropped_levels


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.8])
def test_share_of_zeros_is_the_rate_at_every_position(rate):
    """16 random bits lie at four places of a 64-bit word, and none may have a rate of its own."""
    zeros = draw_mask((40_000, 4), rate, generator()) == 0
    for position in range(4):
        found = binomtest(int(zeros[:, position].sum()), len(zeros), rate)
        assert found.pvalue > 1e-3, position


def test_share_of_zeros_at_every_unit_of_a_layer():
    zeros = draw_mask((100, 50, 31), 0.4, generator()) == 0
    counts = zeros.flatten(0, 1).sum(0).tolist()
    assert min(binomtest(n, 5_000, 0.4).pvalue for n in counts) > 1e-3 / 31


def test_neighbours_are_independent():
    zeros = (draw_mask((40_000, 4), 0.5, generator()) == 0).double()
    correlation = torch.corrcoef(zeros.T)
    assert (correlation - torch.eye(4)).abs().max() < 0.025  # 5 standard errors


@pytest.mark.parametrize("rate", [1e-4, 0.123456, 0.5, 0.9, 0.999999])
def test_expectation_is_kept_exactly_for_the_rate_as_rounded(rate):
    kept = 1 - dropped_levels(rate) / 65_536
    scale = draw_mask((1_000_000,), rate, generator()).max().item()
    assert abs(kept - (1 - rate)) <= 1 / 65_536
    assert scale * kept == pytest.approx(1, rel=1e-6)


def test_expectation_is_kept():
    assert draw_mask((1_000_000,), 0.3, generator()).mean().item() == pytest.approx(1, abs=4e-3)


def test_rate_0_leaves_the_steps_and_the_generator_alone():
    own = generator()
    before = own.get_state()
    steps = torch.randn(4, 3, 2)
    assert drop(steps, 0.0, "standard", own) is steps
    assert torch.equal(own.get_state(), before)


def test_a_locked_mask_is_constant_over_time_and_differs_between_sequences():
    mask = drop(torch.ones(20, 8, 32), 0.5, "locked", generator())
    assert torch.equal(mask, mask[:1].expand_as(mask))
    assert len({tuple(row) for row in mask[0].tolist()}) == 8


def test_a_standard_mask_differs_between_steps_and_sequences():
    mask = drop(torch.ones(20, 8, 32), 0.5, "standard", generator())
    assert len({tuple(row) for row in mask.flatten(0, 1).tolist()}) == 160


def test_masks_come_from_their_own_generator_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = draw_mask((5, 7), 0.5, generator(3))
    torch.manual_seed(2)
    two = draw_mask((5, 7), 0.5, generator(3))
    torch.manual_seed(1)
    assert torch.equal(one, two)
    assert not torch.equal(one, draw_mask((5, 7), 0.5, generator(4)))
    assert torch.equal(torch.get_rng_state(), before)
