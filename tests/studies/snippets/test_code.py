"""The recommended network as code: the PyTorch one runs, and is the network that was searched."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import torch

from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.studies.snippets.code import LIBRARIES, Plain, code

B, T, F, V = 5, 7, 3, 50
SITES = {"input": 0.1, "between": 0.2, "output": 0.4}
POINT: dict[str, Any] = {
    "hidden_size": 8,
    "layers": 2,
    "bidirectional": False,
    "pooling": "last",
    "dropout": 0.3,
    "mask": "standard",
    "recurrent": "none",
    "batch_size": 32,
    "learning_rate": 3e-3,
    "weight_decay": 1e-4,
}


def sites(**rates: float) -> dict[str, float]:
    return {f"dropout.{site}": rate for site, rate in rates.items()}


def plain(point: dict[str, Any], **how: Any) -> Plain:
    if any(key.startswith("dropout.") for key in point):
        point = {key: value for key, value in point.items() if key != "dropout"}
    asked: dict[str, Any] = {
        "task": "classify",
        "features": F,
        "categories": (),
        "outputs": 4,
        "vocabulary": None,
        "embedding": 6,
        "padded": True,
        "scaling": "by mean and spread of the training part",
        "epochs": 12,
        "clip": 1.0,
        "sites": ("between", "output"),
    }
    return Plain(point=point, **{**asked, **how})


def made(network: Plain) -> Any:
    names: dict[str, Any] = {}
    exec(compile(code(network, "PyTorch"), "copied.py", "exec"), names)
    return names["network"]


def batch(network: Plain) -> tuple[torch.Tensor, ...]:
    lengths = torch.tensor([T, 1, 3, T, 5])
    if network.vocabulary:
        x = torch.randint(1, V, (B, T)) * (torch.arange(T) < lengths[:, None])
    else:
        x = torch.randn(B, T, F)
    return (x, lengths) if network.padded else (x,)


@pytest.mark.parametrize(
    ("layers", "both", "pooling", "mask", "padded", "static", "cell"),
    [
        *itertools.product(
            (1, 3),
            (False, True),
            ("last", "mean", "max"),
            ("standard", "locked"),
            (0, 1),
            (0, 2),
            ("lstm",),
        ),
        *itertools.product(
            (1, 3), (False, True), ("last", "max"), ("standard", "locked"), (0, 1), (0,), ("gru",)
        ),
    ],
)
def test_with_the_same_weights_it_says_the_same(
    layers: int, both: bool, pooling: Any, mask: Any, padded: int, static: int, cell: Any
) -> None:
    point = {**POINT, "layers": layers, "bidirectional": both, "pooling": pooling, "mask": mask}
    point["cell"] = cell
    names = ("size", "place")[:static]
    network = plain({**point, **sites(**SITES)}, padded=bool(padded), static=names)
    own = made(network).eval()
    how: dict[str, Any] = {"hidden_size": 8, "layers": layers, "bidirectional": both, "cell": cell}
    ours = DropoutLSTM(F, 4, task="classify", pooling=pooling, static=static, **how).eval()
    apart = mask == "locked" and layers > 1
    for number in range(layers):
        theirs, place = (own.layers[number], 0) if apart else (getattr(own, cell), number)
        copied = [(ours.layers[number], "")]
        copied += [(ours.reverse_layers[number], "_reverse")] if both else []
        for layer, end in copied:
            for name, weight in layer.named_parameters():
                name = name.removesuffix("0") + f"{place}{end}"
                getattr(theirs, name).data.copy_(weight)
    own.head.load_state_dict(ours.head.state_dict())
    if ours.mixing is not None:
        own.mixing.load_state_dict(ours.mixing.state_dict())
    assert sum(p.numel() for p in own.parameters()) == sum(p.numel() for p in ours.parameters())
    given = batch(network)
    beside = (torch.randn(B, static),) if static else ()
    lengths = given[1] if network.padded else None
    torch.testing.assert_close(own(*given, *beside), ours(given[0], lengths, *beside))
    given = (*given, *beside)
    own.train()
    assert own(*given).shape == (B, 4)
    assert not own(*given).equal(own(*given))


@pytest.mark.parametrize("mask", ["standard", "locked"])
@pytest.mark.parametrize("static", [0, 2])
def test_what_is_known_ahead_has_a_decoder_with_the_same_weights(mask: Any, static: int) -> None:
    point = {**POINT, "layers": 1, "mask": mask, **sites(output=0.4)}
    how: dict[str, Any] = {
        "task": "forecast",
        "padded": False,
        "static": ("size", "place")[:static],
    }
    network = plain(point, **how, known=("price",), cycles=("hour",))
    assert network.ahead == 3
    own = made(network).eval()
    ours = DropoutLSTM(F, 4, task="forecast", hidden_size=8, static=static, ahead=3).eval()
    for name, weight in ours.layers[0].named_parameters():
        getattr(own.lstm, name).data.copy_(weight)
    assert ours.decoder is not None
    own.head.load_state_dict(ours.head.state_dict())
    own.read.load_state_dict(ours.decoder.read.state_dict())
    own.ahead.load_state_dict(ours.decoder.ahead.state_dict())
    own.place.data.copy_(ours.decoder.place)
    if ours.mixing is not None:
        own.mixing.load_state_dict(ours.mixing.state_dict())
    assert sum(p.numel() for p in own.parameters()) == sum(p.numel() for p in ours.parameters())
    x, ahead = torch.randn(B, T, F), torch.randn(B, 4, 3)
    beside = torch.randn(B, static) if static else None
    given = (x, ahead) if beside is None else (x, beside, ahead)
    torch.testing.assert_close(own(*given), ours(x, None, beside, ahead))
    own.train()
    assert not own(*given).equal(own(*given))


def test_several_targets_have_their_steps_one_behind_the_other() -> None:
    point = {**POINT, "layers": 1, **sites(output=0.4)}
    how: dict[str, Any] = {"task": "forecast", "padded": False, "targets": 2}
    network = plain(point, **how, known=("price",))
    own = made(network).eval()
    ours = DropoutLSTM(F, 4, task="forecast", hidden_size=8, ahead=1, targets=2).eval()
    for name, weight in ours.layers[0].named_parameters():
        getattr(own.lstm, name).data.copy_(weight)
    assert ours.decoder is not None
    own.head.load_state_dict(ours.head.state_dict())
    own.read.load_state_dict(ours.decoder.read.state_dict())
    own.ahead.load_state_dict(ours.decoder.ahead.state_dict())
    own.place.data.copy_(ours.decoder.place)
    x, ahead = torch.randn(B, T, F), torch.randn(B, 2, 1)
    torch.testing.assert_close(own(x, ahead), ours(x, None, None, ahead))
    assert "the 2 steps of each of 2 targets" in code(network, "PyTorch")


def test_words_that_are_known_ahead_are_named() -> None:
    network = plain(POINT, task="forecast", categories=("tariff",), known=("price", "tariff"))
    text = code(network, "PyTorch")
    assert (
        "# known at each step of the forecast: 'price', 'tariff'; add the channels of 'tariff'"
        in text
    )
    assert "AHEAD = 1 + 0" in text
    assert "left out is the layer of 8 tanh units" in code(network, "Keras")


def test_texts_have_an_embedding_whose_words_drop() -> None:
    point = {**POINT, "embedding_size": 6, **sites(embedding=0.5, output=0.2)}
    network = plain(point, vocabulary=V)
    own = made(network)
    x, lengths = batch(network)
    assert own(x, lengths).shape == (B, 4)
    assert own.embedding.weight.shape == (V, 6)
    frozen = made(plain({**point, "embedding": "frozen"}, vocabulary=V))
    assert not frozen.embedding.weight.requires_grad


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_shared_rate_stands_where_it_acts(library: str) -> None:
    """As the same rate written for each of these sites."""
    where = ("embedding", "input", "output")
    shared = plain({**POINT, "dropout": 0.4}, sites=where, vocabulary=V)
    each = plain({**POINT, **sites(**dict.fromkeys(where, 0.4))}, vocabulary=V)
    assert code(shared, library) == code(each, library)


def test_the_rates_stand_at_their_sites() -> None:
    own = made(plain({**POINT, **sites(**SITES)}))
    assert (own.input_dropout.p, own.lstm.dropout, own.output_dropout.p) == (0.1, 0.2, 0.4)
    bare = made(plain({**POINT, "dropout": 0.0}))
    assert not [m for m in bare.modules() if isinstance(m, torch.nn.Dropout)]
    assert bare.lstm.dropout == 0


def test_a_locked_mask_is_one_for_all_steps() -> None:
    own = made(plain({**POINT, "mask": "locked", **sites(**SITES)}))
    kept = own.input_dropout(torch.ones(B, T, 1000)) > 0
    assert kept.equal(kept[:, :1].expand_as(kept))
    assert kept.float().mean().item() == pytest.approx(0.9, abs=0.02)
    assert "SpatialDropout1D(0.2)" in code(
        plain({**POINT, "mask": "locked", **sites(**SITES)}), "Keras"
    )


def test_a_forecast_has_its_horizon_and_squares() -> None:
    network = plain(POINT, task="forecast", outputs=12, padded=False)
    assert made(network)(*batch(network)).shape == (B, 12)
    assert "nn.MSELoss()  # of the scaled target" in code(network, "PyTorch")
    assert 'loss="mse"' in code(network, "Keras")
    assert "softmax" not in code(network, "Keras")


@pytest.mark.parametrize("kind", ["update", "state", "weight", "zoneout"])
def test_what_a_library_lacks_is_said(kind: str) -> None:
    rates = sites(output=0.3, recurrent=0.25, recurrent_hidden=0.1)
    network = plain({**POINT, "recurrent": kind, **rates})
    assert f"left out is kind {kind}, 0.25" in code(network, "PyTorch")
    keras = code(network, "Keras")
    assert (f"left out is kind {kind}" in keras) == (kind != "state")
    assert ("recurrent_dropout=0.25" in keras) == (kind == "state")
    assert made(network)(*batch(network)).shape == (B, 4)


def test_columns_of_words_cannot_end_their_comment() -> None:
    network = plain(POINT, categories=("colour\nraise SystemExit", 'a"b'))
    for library in LIBRARIES:
        compile(code(network, library), library, "exec")
    assert made(network)(*batch(network)).shape == (B, 4)


@pytest.mark.parametrize(
    ("layers", "both", "pooling", "text"),
    itertools.product((1, 3), (False, True), ("last", "mean", "max"), (False, True)),
)
def test_the_keras_code_compiles_with_its_numbers(
    layers: int, both: bool, pooling: str, text: bool
) -> None:
    point = {**POINT, "layers": layers, "bidirectional": both, "pooling": pooling}
    keras = code(plain(point, vocabulary=V if text else None), "Keras")
    compile(keras, "copied.py", "exec")
    assert keras.count("layers.LSTM(8") == layers
    assert keras.count("layers.Dropout(0.3)") == layers
    assert keras.count("return_sequences=True") == layers - (pooling == "last")
    assert keras.count("Bidirectional") == both * layers
    assert ("Embedding(50, 6, mask_zero=True)" in keras) == text
    assert re.search(r"AdamW\(\s*0.003, weight_decay=0.0001, global_clipnorm=1\s*\)", keras)
    assert "batch_size=32, epochs=12" in keras
