from __future__ import annotations

import copy

import pytest
import torch
from pytorch_lightning import Trainer
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.sites import site_rates
from tests.support.networks import network


def reference(own: DropoutLSTM) -> torch.nn.LSTM:
    """torch's own stacked LSTM with the same weights."""
    lstm = torch.nn.LSTM(3, 16, num_layers=len(own.layers), batch_first=True)
    with torch.no_grad():
        for number, layer in enumerate(own.layers):
            for name, weight in layer.named_parameters():
                getattr(lstm, name.replace("l0", f"l{number}")).copy_(weight)
    return lstm


def gradients(module: torch.nn.Module) -> list[torch.Tensor]:
    return [p.grad for p in module.parameters()]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_rate_0_is_torchs_lstm_forward_and_gradient(layers):
    own = network(layers=layers).train()
    lstm, head = reference(own), copy.deepcopy(own.head)
    inputs = torch.randn(6, 9, 3)
    ours, theirs = own(inputs), head(lstm(inputs)[0][:, -1])
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    found = gradients(own.layers) + gradients(own.head)
    torch.testing.assert_close(found, gradients(lstm) + gradients(head), atol=1e-5, rtol=1e-4)


def test_lengths_agree_with_torchs_packed_sequences_forward_and_gradient():
    own = network().train()
    lstm, head = reference(own), copy.deepcopy(own.head)
    inputs, lengths = torch.randn(7, 12, 3), torch.tensor([3, 12, 1, 5, 12, 7, 2])
    packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
    ours, theirs = own(inputs, lengths), head(lstm(packed)[1][0][-1])
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    found = gradients(own.layers) + gradients(own.head)
    torch.testing.assert_close(found, gradients(lstm) + gradients(head), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("lengths", [[4, 9, 2, 9, 6], [9, 9, 1], [1, 2], [7, 7, 7]])
def test_the_split_batch_is_the_unsplit_batch(lengths):
    own = network().train()
    whole = copy.deepcopy(own)
    lengths = torch.tensor(lengths)
    inputs = torch.randn(len(lengths), int(lengths.max()), 3)
    split = own(inputs, lengths)
    unsplit = whole._outputs(inputs.transpose(0, 1), lengths, whole._drawn_layers())
    torch.testing.assert_close(split, unsplit, atol=1e-6, rtol=1e-5)
    split.sin().sum().backward()
    unsplit.sin().sum().backward()
    torch.testing.assert_close(gradients(own), gradients(whole), atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("mask", ["standard", "locked"])
def test_right_padding_changes_no_prediction_and_no_gradient(mask):
    """Also in training with dropout: padding that is cut off draws no masks."""
    lengths = torch.tensor([4, 9, 2, 6])
    inputs = torch.randn(4, 9, 3)
    padded = torch.full((4, 15, 3), 1e3)
    for row, length in enumerate(lengths):
        padded[row, :length] = inputs[row, :length]
    results = []
    for given in (inputs, padded):
        own = network(dropout={"input": 0.2, "between": 0.4, "output": 0.5}, mask=mask).train()
        outputs = own(given, lengths)
        outputs.square().sum().backward()
        results.append([outputs, *gradients(own)])
    for one, two in zip(*results, strict=True):
        assert torch.equal(one, two)


def test_a_sequence_alone_and_in_company():
    own = network(hidden_size=64, dropout=0.5).eval()
    lengths = torch.tensor([3, 12, 1, 5, 9])
    inputs = torch.randn(5, 12, 3)
    together = own(inputs, lengths)
    for row, length in enumerate(lengths):
        alone = own(inputs[row : row + 1, :length])
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=0)


def test_evaluation_is_deterministic_and_draws_nothing():
    own = network(dropout=0.5).eval()
    inputs, lengths = torch.randn(5, 12, 3), torch.tensor([3, 12, 1, 5, 9])
    state = own.generator.get_state()
    assert torch.equal(own(inputs, lengths), own(inputs, lengths))
    assert torch.equal(own.generator.get_state(), state)
    own.train()
    assert not torch.equal(own(inputs, lengths), own(inputs, lengths))


def test_dropout_keeps_the_expectation_of_the_outputs():
    own = network(dropout={"output": 0.5}).train()
    inputs = torch.randn(5, 3)
    with torch.no_grad():
        mean = own(inputs.expand(20_000, 5, 3)).mean(0)
        torch.testing.assert_close(mean, own.eval()(inputs[None])[0], atol=0.01, rtol=0)


@pytest.mark.parametrize("site", ["input", "between", "output"])
def test_each_site_drops(site):
    inputs = torch.randn(2, 5, 3)
    assert not torch.equal(network(dropout={site: 0.5}).train()(inputs), network()(inputs))


def test_a_shared_rate_does_something_with_one_layer_too():
    inputs = torch.randn(2, 5, 3)
    shared = network(layers=1, dropout=0.5).train()
    at_output = network(layers=1, dropout={"output": 0.5}).train()
    assert torch.equal(shared(inputs), at_output(inputs))
    assert not torch.equal(network(layers=1)(inputs), network(layers=1, dropout=0.5)(inputs))


def test_a_shared_rate_means_between_and_output():
    acting = {site: rate for site, rate in site_rates(0.3).items() if rate > 0}
    assert acting == {"between": 0.3, "output": 0.3}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dropout": 1.0}, r"1\.0"),
        ({"dropout": {"inside": 0.1}}, "'inside'.*recurrent_hidden"),
        ({"mask": "no"}, "mask 'no'.*standard, locked"),
        ({"pooling": "sum"}, "pooling 'sum'.*last, mean, max"),
        ({"recurrent": "gate"}, "recurrent 'gate'.*none, update, state, weight, zoneout"),
        ({"class_weights": [1.0, 2.0]}, "2 class weights for 4 outputs"),
        ({"task": "regress", "class_weights": [1.0] * 4}, "task regress"),
    ],
)
def test_wrong_settings_are_refused_by_name(wrong, said):
    with pytest.raises(ModelsError, match=said):
        network(**wrong)


def test_weights_come_from_the_seed_and_not_from_the_global_generator():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = network()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(one.head.weight, network().head.weight)
    assert not torch.equal(one.head.weight, network(seed=6).head.weight)
    assert all(p.abs().max() <= 16**-0.5 and p.std() > 0.1 for p in one.layers.parameters())


def test_a_checkpoint_restores_the_masks():
    own = network(dropout=0.5).train()
    inputs = torch.randn(3, 6, 3)
    own(inputs)
    state = copy.deepcopy(own.state_dict())
    following = own(inputs)
    other = network(dropout=0.5, seed=99).train()
    other.load_state_dict(state)
    assert torch.equal(other(inputs), following)


def trainer(folder, **changed) -> Trainer:
    return Trainer(
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        default_root_dir=folder,
        **changed,
    )


@pytest.mark.parametrize(
    ("task", "metric", "target"),
    [
        ("classify", "balanced_accuracy", torch.arange(40) % 4),
        ("regress", "mae", torch.linspace(-1, 1, 40)),
        ("forecast", "rmse", torch.randn(40, 4)),
    ],
)
def test_trains_with_any_trainer_and_dataloader(task, metric, target, tmp_path):
    outputs = 1 if task == "regress" else 4
    own = DropoutLSTM(3, outputs, task=task, dropout=0.2, metric=make_metric(metric, outputs))
    data = TensorDataset(torch.randn(40, 6, 3), target, torch.arange(40) % 6 + 1)
    loader = DataLoader(data, batch_size=16)
    fit = trainer(tmp_path, max_epochs=2)
    fit.fit(own, loader, loader)
    assert fit.callback_metrics.keys() == {"loss", "val_loss", "val_metric"}
    assert all(value.isfinite() for value in fit.callback_metrics.values())
    loaded = DropoutLSTM.load_from_checkpoint(fit.checkpoint_callback.best_model_path)
    assert torch.equal(loaded.head.weight, own.head.weight)
    two = DataLoader(TensorDataset(*data.tensors[:2]), batch_size=16)
    trainer(tmp_path, max_epochs=1).fit(own, two, two)


def test_it_learns_which_sequences_start_high():
    own = DropoutLSTM(1, 2, task="classify", hidden_size=8, dropout=0.1, learning_rate=0.03)
    inputs = torch.randn(256, 5, 1)
    target = (inputs[:, 0, 0] > 0).long()
    optimizer = own.configure_optimizers()
    for _ in range(60):
        optimizer.zero_grad()
        own.training_step((inputs, target), 0).backward()
        optimizer.step()
    assert (own.eval()(inputs).argmax(1) == target).float().mean() > 0.95


def test_unobserved_targets_are_neither_trained_on_nor_scored():
    own = DropoutLSTM(1, 3, task="forecast", hidden_size=8, metric=make_metric("mae", 3))
    inputs = torch.randn(4, 5, 1)
    observed = torch.tensor([[True, True, False]] * 4)
    losses = []
    for hidden in (0.0, 1e6):
        target = torch.ones(4, 3)
        target[~observed] = hidden
        batch = Batch(inputs, target, observed=observed)
        losses.append(own.training_step(batch, 0))
        own.validation_step(batch, 0)
    assert torch.equal(*losses)
    assert own.metric.compute() < 5


def test_metrics_are_in_the_users_units():
    own = DropoutLSTM(1, 2, task="forecast", hidden_size=8, metric=make_metric("mase", 2)).eval()
    inputs, target = torch.randn(3, 5, 1), torch.randn(3, 2)
    centre, spread = torch.full((3, 1), 50.0).double(), torch.tensor([[1.0], [10], [20]]).double()
    unit = torch.tensor([1.0, 2, 4]).double()
    own.validation_step(Batch(inputs, target, None, centre, spread, None, unit), 0)
    expected = ((own(inputs) - target).abs() * spread / unit[:, None]).mean()
    torch.testing.assert_close(own.metric.compute(), expected)
