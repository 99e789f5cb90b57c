from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from torch import Tensor
from torch.nn import LSTM

from dropsearch.models.lstm.cell import CellMasks, run_cell, run_plainly
from dropsearch.models.lstm.recurrent import CELL_KINDS, Recurrent
from dropsearch.models.lstm.sites import draw_kept, draw_mask
from dropsearch.models.names import KINDS
from tests.support import cell_papers as papers

TIMES, BATCH, WIDTH, UNITS = 7, 5, 3, 6
SHAPE = (TIMES, BATCH, UNITS)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def layer(dtype=torch.float32, units=UNITS) -> LSTM:
    torch.manual_seed(3)
    return LSTM(WIDTH, units).to(dtype).train()


def inputs(dtype=torch.float32, times=TIMES, batch=BATCH) -> Tensor:
    return torch.randn(times, batch, WIDTH, generator=generator(8), dtype=dtype)


def run(own: Recurrent, lstm: LSTM, steps: Tensor, seed: int = 0) -> Tensor:
    drawn = generator(seed)
    return own.run(lstm, own.weight(lstm, drawn), steps, drawn)


def with_gradients(outputs: Tensor, steps: Tensor, lstm: LSTM) -> list[Tensor]:
    weights = [steps, *lstm.parameters()]
    return [outputs, *torch.autograd.grad(outputs.sin().sum(), weights)]


def zeros_as_ones(shape: tuple[int, ...], rate: float, drawn: torch.Generator) -> Tensor:
    return 1 - draw_kept(shape, rate, drawn).double()


def expected(kind: str, mask: str, lstm: LSTM, steps: Tensor, seed: int = 0) -> Tensor:
    """The paper's equations with masks drawn in the shape that the paper says."""
    drawn = generator(seed)
    W, U, b_ih, b_hh = lstm.parameters()  # noqa: N806
    given = (steps, W, U, b_ih + b_hh)
    if kind == "update":
        shape = SHAPE if mask == "standard" else (1, *SHAPE[1:])
        m = draw_mask(shape, 0.4, drawn).double().expand(SHAPE)
        return papers.update_dropout(*given, m)
    if kind == "state":
        return papers.variational_state(*given, draw_mask(SHAPE[1:], 0.4, drawn).double())
    if kind == "weight":
        return papers.weight_dropped(*given, draw_mask(tuple(U.shape), 0.4, drawn).double())
    return papers.zoneout(
        *given, zeros_as_ones(SHAPE, 0.4, drawn), zeros_as_ones(SHAPE, 0.2, drawn)
    )


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_kind_is_its_papers_equations_forward_and_gradient(kind, mask):
    own, lstm = Recurrent(kind, 0.4, 0.2, mask), layer(torch.float64)
    steps = inputs(torch.float64).requires_grad_()
    ours = with_gradients(run(own, lstm, steps), steps, lstm)
    theirs = with_gradients(expected(kind, mask, lstm, steps), steps, lstm)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_single_precision_is_near_the_papers_equations(kind):
    own, lstm = Recurrent(kind, 0.4, 0.2), layer()
    steps = (3 * inputs()).requires_grad_()
    ours = with_gradients(run(own, lstm, steps), steps, lstm)
    exact, wide = copy.deepcopy(lstm).double(), steps.detach().double().requires_grad_()
    theirs = with_gradients(expected(kind, "standard", exact, wide), wide, exact)
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.double(), two, atol=3e-5, rtol=1e-5)


def random_masks(dtype=torch.float64, times=TIMES) -> CellMasks:
    drawn = generator(5)
    shapes = ((times, *SHAPE[1:]), (1, *SHAPE[1:]), (times, *SHAPE[1:]), (1, *SHAPE[1:]))
    return CellMasks(*(torch.rand(shape, generator=drawn, dtype=dtype) for shape in shapes))


def test_gradcheck_of_the_hand_written_backward():
    """Every mask at work at once, and not only zeros and ones."""
    lstm = layer(torch.float64)
    W, U, b, _ = lstm.parameters()  # noqa: N806
    masks = random_masks()
    steps = inputs(torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda *given: run_cell(*given, masks), (steps, W, U, b))


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("times", [1, 7])
def test_the_compiled_cell_equals_the_plain_one(dtype, near, times):
    """The plain one is what a GPU runs."""
    lstm, masks = layer(dtype), random_masks(dtype, times)
    steps = inputs(dtype, times).requires_grad_()
    W, U, b, _ = lstm.parameters()  # noqa: N806
    both = []
    for cell in (run_cell, run_plainly):
        hidden = cell(steps, W, U, b, masks)
        both.append([hidden, *torch.autograd.grad(hidden.sin().sum(), (steps, W, U, b))])
    torch.testing.assert_close(*both, atol=near, rtol=near)


def test_a_second_backward_gives_the_same_gradient():
    lstm, steps = layer(), inputs()
    hidden = run(Recurrent("update", 0.4), lstm, steps).sum()
    once, twice = (torch.autograd.grad(hidden, lstm.weight_hh_l0, retain_graph=True) for _ in "ab")
    assert torch.equal(*once, *twice)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_rate_0_is_torchs_lstm_bit_for_bit(kind, training):
    lstm = layer().train(training)
    steps = inputs().requires_grad_()
    ours = with_gradients(run(Recurrent(kind), lstm, steps), steps, lstm)
    theirs = with_gradients(lstm(steps)[0], steps, lstm)
    for one, two in zip(ours, theirs, strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("kind", ["update", "state", "weight"])
def test_evaluation_is_torchs_lstm_and_draws_nothing(kind):
    lstm, drawn = layer().eval(), generator()
    own, before = Recurrent(kind, 0.5), drawn.get_state()
    for _ in range(2):
        hidden = own.run(lstm, own.weight(lstm, drawn), inputs(), drawn)
        assert torch.equal(hidden, lstm(inputs())[0])
    assert torch.equal(drawn.get_state(), before)


def test_zoneout_is_evaluated_by_its_expectation():
    lstm, own, drawn = layer(torch.float64).eval(), Recurrent("zoneout", 0.25, 0.125), generator()
    steps, before = inputs(torch.float64), drawn.get_state()
    W, U, b_ih, b_hh = lstm.parameters()  # noqa: N806
    d_c, d_h = (torch.full(SHAPE, rate, dtype=torch.float64) for rate in (0.25, 0.125))
    theirs = papers.zoneout(steps, W, U, b_ih + b_hh, d_c, d_h)
    ours = [run(own, lstm, steps, seed) for seed in (0, 1)]
    torch.testing.assert_close(ours[0], theirs, atol=1e-12, rtol=0)
    assert torch.equal(*ours)
    assert torch.equal(drawn.get_state(), before)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_expectation_is_kept(kind):
    """Of a network so faint that it is nearly linear: the mean over masks is the evaluation."""
    lstm, own = layer(units=4), Recurrent(kind, 0.5, 0.2)
    with torch.no_grad():
        for weight in lstm.parameters():
            weight.mul_(0.1)
    one = inputs(times=4, batch=1)
    many = 1 if kind == "weight" else 40_000
    with torch.no_grad():
        runs = [
            run(own, lstm, one.expand(4, many, WIDTH), seed)
            for seed in range(1_000 if many == 1 else 1)
        ]
        hidden = torch.cat(runs, dim=1)
        exact = run(own, lstm.eval(), one)
    error = (hidden.mean(1) - exact[:, 0]).abs()
    assert (error <= 5 * hidden.std(1) / hidden.shape[1] ** 0.5 + 2e-5).all()


def masks_of(kind: str, mask: str = "standard", rate: float = 0.4) -> CellMasks:
    own = Recurrent(kind, rate, rate, mask)
    return CELL_KINDS[kind](own, (40, 30, 64), True, generator())


def test_which_masks_are_shared_over_time():
    assert len(masks_of("update").update) == 40
    assert len(masks_of("update", "locked").update) == 1
    for mask in ("standard", "locked"):
        assert len(masks_of("state", mask).state) == 1
        zones = masks_of("zoneout", mask)
        assert len(zones.cell) == len(zones.hidden) == 40
    different = masks_of("update").update.flatten(0, 1)
    assert len(different.unique(dim=0)) == 40 * 30


def test_the_share_of_zeros_is_the_rate():
    update, state = masks_of("update").update, masks_of("state").state
    zones = masks_of("zoneout")
    for dropped in (update == 0, state == 0, zones.cell == 1, zones.hidden == 1):
        assert binomtest(int(dropped.sum()), dropped.numel(), 0.4).pvalue > 1e-3
    assert update.unique().tolist() == pytest.approx([0, 1 / 0.6], rel=1e-4)
    assert zones.cell.unique().tolist() == [0, 1]
    assert not torch.equal(zones.cell, zones.hidden)


def test_zoneout_of_everything_keeps_the_first_state():
    still = CellMasks.still(SHAPE)
    zones = torch.ones(SHAPE)
    zones[0] = 0
    W, U, b, _ = layer().parameters()  # noqa: N806
    hidden = run_cell(inputs(), W, U, b, still._replace(cell=zones, hidden=zones))
    assert hidden[0].abs().min() > 0
    assert torch.equal(hidden, hidden[:1].expand(SHAPE))
    nothing = run_cell(inputs(), W, U, b, still._replace(hidden=torch.ones(1, *SHAPE[1:])))
    assert torch.equal(nothing, torch.zeros(SHAPE))


def test_zoneout_near_rate_1_holds_on_to_the_start():
    hidden = run(Recurrent("zoneout", 0.9999, 0.9999), layer(), inputs())
    assert (hidden == 0).float().mean() > 0.9


def test_update_dropout_of_everything_lets_the_cell_decay_by_the_forget_gate_alone():
    m = torch.zeros(SHAPE, dtype=torch.float64)
    m[0] = 1
    W, U, b, _ = layer(torch.float64).parameters()  # noqa: N806
    steps = inputs(torch.float64)
    masks = CellMasks.still(SHAPE).to(steps)._replace(update=m)
    hidden = run_cell(steps, W, U, b, masks)
    i, _, g, _ = papers.affine(steps[0], torch.zeros_like(hidden[0]), W, U, b)
    c = i * g
    for t in range(1, TIMES):
        _, f, _, o = papers.affine(steps[t], hidden[t - 1], W, U, b)
        c = f * c
        torch.testing.assert_close(hidden[t], o * c.tanh(), atol=1e-12, rtol=0)


def test_the_weights_mask_is_one_for_all_steps_and_sequences_and_new_for_each_step_of_training():
    lstm, own, drawn = layer(), Recurrent("weight", 0.5), generator()
    one, two = own.weight(lstm, drawn), own.weight(lstm, drawn)
    assert not torch.equal(one, two)
    assert one.shape == lstm.weight_hh_l0.shape
    kept = one != 0
    torch.testing.assert_close(one[kept], 2 * lstm.weight_hh_l0[kept])


def test_tanh_and_sigmoid_of_single_precision():
    from numba import njit

    from dropsearch.models.lstm import kernels

    @njit
    def both(x, t, s):
        for k in range(len(x)):
            t[k], s[k] = kernels.tanh(x[k]), kernels.sigmoid(x[k])

    ends = [0, np.inf, -np.inf, 88, -1e30, 1e-30]
    x = np.concatenate([np.linspace(-12, 12, 200_001), np.geomspace(1e-6, 1, 10_001), ends])
    x = x.astype(np.float32)
    t, s = np.empty_like(x), np.empty_like(x)
    both(x, t, s)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(t, np.tanh(wide), rtol=5e-7, atol=1e-37)
    np.testing.assert_allclose(s, 0.5 + 0.5 * np.tanh(wide / 2), rtol=0, atol=3e-7)
    both(np.array([np.nan], np.float32), t[:1], s[:1])
    assert np.isnan(t[0])
    assert np.isnan(s[0])
