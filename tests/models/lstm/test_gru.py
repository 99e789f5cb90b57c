"""GRU cells: each recurrent kind is its paper's equations, and at rest torch's own layer."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import GRU

from dropsearch.models.errors import ModelsError
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.recurrent import Recurrent
from dropsearch.models.lstm.sites import draw_kept, draw_mask
from dropsearch.models.names import KINDS
from tests.support import cell_papers as papers
from tests.support.networks import network

TIMES, BATCH, WIDTH, UNITS = 7, 5, 3, 6
SHAPE = (TIMES, BATCH, UNITS)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def layer(dtype=torch.float32) -> GRU:
    torch.manual_seed(3)
    return GRU(WIDTH, UNITS).to(dtype).train()


def inputs(dtype=torch.float32) -> Tensor:
    return torch.randn(TIMES, BATCH, WIDTH, generator=generator(8), dtype=dtype)


def run(own: Recurrent, gru: GRU, steps: Tensor) -> Tensor:
    drawn = generator()
    return own.run(gru, own.weight(gru, drawn), steps, drawn)


def with_gradients(outputs: Tensor, steps: Tensor, gru: GRU) -> list[Tensor]:
    return [outputs, *torch.autograd.grad(outputs.sin().sum(), [steps, *gru.parameters()])]


def expected(kind: str, mask: str, gru: GRU, steps: Tensor) -> Tensor:
    """The paper's equations with masks drawn in the shape that the paper says."""
    drawn = generator()
    W, U, b, c = gru.parameters()  # noqa: N806
    if kind == "update":
        shape = SHAPE if mask == "standard" else (1, *SHAPE[1:])
        m = draw_mask(shape, 0.4, drawn).double().expand(SHAPE)
        return papers.gru(steps, W, U, b, c, m=m)
    if kind == "state":
        return papers.gru(steps, W, U, b, c, s=draw_mask(SHAPE[1:], 0.4, drawn).double())
    if kind == "weight":
        return papers.gru(steps, W, U * draw_mask(tuple(U.shape), 0.4, drawn).double(), b, c)
    return papers.gru(steps, W, U, b, c, d=1 - draw_kept(SHAPE, 0.4, drawn).double())


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_kind_is_its_papers_equations_forward_and_gradient(kind, mask):
    own, gru = Recurrent(kind, 0.4, mask=mask), layer(torch.float64)
    steps = inputs(torch.float64).requires_grad_()
    ours = with_gradients(run(own, gru, steps), steps, gru)
    theirs = with_gradients(expected(kind, mask, gru, steps), steps, gru)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_rate_0_is_torchs_gru_bit_for_bit(kind, training):
    gru = layer().train(training)
    steps = inputs().requires_grad_()
    ours = with_gradients(run(Recurrent(kind), gru, steps), steps, gru)
    theirs = with_gradients(gru(steps)[0], steps, gru)
    for one, two in zip(ours, theirs, strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("kind", ["update", "state", "weight"])
def test_evaluation_is_torchs_gru_and_draws_nothing(kind):
    gru, drawn = layer().eval(), generator()
    own, before = Recurrent(kind, 0.5), drawn.get_state()
    hidden = own.run(gru, own.weight(gru, drawn), inputs(), drawn)
    assert torch.equal(hidden, gru(inputs())[0])
    assert torch.equal(drawn.get_state(), before)


def test_zoneout_is_evaluated_by_its_expectation():
    gru, own = layer(torch.float64).eval(), Recurrent("zoneout", 0.25)
    steps = inputs(torch.float64)
    kept = torch.full(SHAPE, 0.25, dtype=torch.float64)
    theirs = papers.gru(steps, *gru.parameters(), d=kept)
    torch.testing.assert_close(run(own, gru, steps), theirs, atol=1e-12, rtol=0)


def test_zoneout_has_no_second_rate():
    steps, gru = inputs(), layer()
    one, other = (run(Recurrent("zoneout", 0.3, hidden), gru, steps) for hidden in (0.0, 0.4))
    assert torch.equal(one, other)


def test_padding_and_reverse_layers_are_those_of_torch():
    ours = network(cell="gru", layers=1, bidirectional=True).eval()
    x, lengths = torch.randn(2, 9, 3), torch.tensor([9, 4])
    theirs = GRU(3, 16, batch_first=True, bidirectional=True)
    for one, end in ((ours.layers[0], ""), (ours.reverse_layers[0], "_reverse")):
        for name, weight in one.named_parameters():
            getattr(theirs, name + end).data.copy_(weight)
    _, last = theirs(x[1:, :4])
    torch.testing.assert_close(
        ours(x, lengths)[1:], ours.head(torch.cat([last[0], last[1]], dim=1)), atol=1e-6, rtol=0
    )


def test_its_weights_are_three_quarters_of_an_lstms():
    lstm, gru = network(), network(cell="gru")
    assert 4 * gru.multiply_adds() == 3 * lstm.multiply_adds()


def test_an_unknown_cell_is_refused():
    with pytest.raises(ModelsError, match="cell 'rnn' is unknown: use lstm, gru"):
        DropoutLSTM(3, 4, task="classify", cell="rnn")  # type: ignore[arg-type]
