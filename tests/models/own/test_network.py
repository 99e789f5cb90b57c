"""A network of the user's own is trained by its own draws, whatever stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.batches import Batch
from dropsearch.models.own.named import explained
from dropsearch.models.own.network import OwnNetwork

HERE = "tests.support.own_nets"


def network(own: str = "Plain", rate: float = 0.5, **changed: Any) -> OwnNetwork:
    given: dict[str, Any] = {"arguments": {}, "task": "classify"} | changed
    return OwnNetwork(f"{HERE}:{own}", 3, 4, rates={"dropout": rate}, **given)


def test_weights_are_drawn_from_its_seed_alone() -> None:
    torch.manual_seed(1)
    one = network(seed=5)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    other = network(seed=5)
    assert torch.equal(before, torch.get_rng_state())
    for mine, its in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, its)
    assert not torch.equal(one.network.head.weight, network(seed=6).network.head.weight)


def test_masks_are_its_own_and_go_on_from_a_state() -> None:
    inputs = torch.randn(5, 7, 3)
    alone, beside, other = network(seed=5), network(seed=5), network(seed=6)
    for _ in range(3):
        other(inputs)
        assert torch.equal(alone(inputs), beside(inputs))
    again = network(seed=9)
    again.load_state_dict(alone.state_dict())
    assert torch.equal(again(inputs), alone(inputs))


def test_evaluation_draws_nothing() -> None:
    own, inputs = network().eval(), torch.randn(5, 7, 3)
    before = own.generator.get_state()
    assert torch.equal(own(inputs), own(inputs))
    assert torch.equal(before, own.generator.get_state())


def test_arguments_and_rates_reach_the_constructor() -> None:
    own = network(arguments={"width": 9}, rate=0.25)
    assert own.network.read.out_features == 9
    assert own.network.dropout.p == 0.25


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("Missing", {}, "has no class Missing"),
        ("nothing", {}, "is no LightningModule"),
        ("ByHand", {}, "optimises by hand"),
        ("OtherNames", {}, "takes \\(inputs, classes, dropout\\), not \\(features, outputs"),
        ("Asks", {}, "asks for 'depth': write it under model.args"),
        ("Plain", {"arguments": {"depth": 3}}, "takes no 'depth': it takes dropout, width"),
        ("Plain", {"static": 2}, "the data has static features"),
        ("Plain", {"vocabulary": 9}, "the data are texts"),
        ("NoLoss", {"class_weights": [1.0] * 4}, "class_weights does nothing"),
    ],
)
def test_what_no_study_can_train_is_refused_with_the_reason(
    name: str, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelsError, match=said):
        network(name, **changed)


def test_outputs_and_lengths_are_checked() -> None:
    inputs = torch.randn(5, 7, 3)
    with pytest.raises(ModelsError, match=r"returned \(1, 4\) for 5 sequences, not \(5, 4\)"):
        network("OneRow")(inputs)
    with pytest.raises(ModelsError, match="sequences differ in length, and forward of"):
        network("NoLengths")(inputs, torch.tensor([7, 6, 5, 4, 3]))
    network("NoLengths")(inputs, None)


def test_a_module_that_is_not_there_is_told_where_it_would_be_found() -> None:
    with pytest.raises(ModelsError, match="run in the folder where nowhere lies, or install it"):
        OwnNetwork("nowhere.nets:Net", 3, 4, arguments={}, rates={}, task="classify")


def test_lengths_without_a_default_are_always_given() -> None:
    inputs = torch.randn(5, 7, 3)
    own = network("AsksLengths").eval()
    assert torch.equal(own(inputs), own(inputs, torch.full((5,), 7)))


def test_its_saved_hyperparameters_are_its_own() -> None:
    own = network("Saves", arguments={"name": "last"}, seed=5)
    said = {"features": 3, "outputs": 4, "dropout": 0.5, "seed": 7, "name": "last"}
    assert dict(own.network.hparams) == said


def test_what_fails_in_the_file_of_the_user_is_told_with_its_line() -> None:
    told = r"Breaks failed on a first batch: RuntimeError: .* \(.*own_nets.py, line \d+\)"
    with pytest.raises(ModelsError, match=told), explained(f"{HERE}:Breaks", "on a first batch"):
        network("Breaks")(torch.randn(5, 7, 2))
    for name in (f"{HERE}:Breaks", None):
        with pytest.raises(OSError, match="elsewhere"), explained(name):
            raise OSError("elsewhere")
    told = r"Breaks failed on a first batch: OSError: elsewhere\.$"
    with pytest.raises(ModelsError, match=told), explained(f"{HERE}:Breaks", "on a first batch"):
        raise OSError("elsewhere")


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("Plain", False),
        ("Normed", True),
        ("NormedMeans", True),
        ("NormedSteps", True),
        ("NormedOnce", False),
    ],
)
def test_a_rest_of_one_example_is_left_out_where_batches_are_normalised(
    name: str, skipped: bool
) -> None:
    own = network(name).train()
    before = {key: tensor.clone() for key, tensor in own.state_dict().items()}
    classes = torch.tensor([0, 1, 2, 3, 0])
    one = own.training_step(Batch(torch.randn(1, 7, 3), classes[:1]), 0)
    assert (one is None) == skipped
    if skipped:
        assert all(torch.equal(before[key], own.state_dict()[key]) for key in before)
    assert own.training_step(Batch(torch.randn(5, 7, 3), classes), 0).isfinite()
