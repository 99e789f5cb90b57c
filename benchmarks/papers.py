"""Whether each dropout kind does what its paper says: a lower validation loss of an overfitting
network.

    python -m benchmarks.papers [--epochs 45] [--seeds 2] [--text shared/data/republic.txt]

The next character of a small cut of Plato's Republic, by one LSTM layer over characters that are
embedded; each kind at the rate its paper uses, and rate 0, on the same seeds and batches. The
figure is the best validation loss over the epochs, in nats per character.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import LSTM, Embedding, Linear, Module, functional

from benchmarks.job import DATA
from dropsearch.models.lstm.recurrent import Recurrent
from dropsearch.models.lstm.sites import drop, drop_words
from dropsearch.models.names import Kind, Mask

TRAINING, VALIDATION, STEPS, BATCH = 20_000, 30_000, 50, 32
EMBEDDED, HIDDEN, RATE_OF_LEARNING, CLIP = 32, 128, 1e-2, 1.0


class Setting(NamedTuple):
    """A kind at its paper's rate."""

    source: str
    rates: Mapping[str, float] = {}
    recurrent: Kind = "none"
    mask: Mask = "standard"


SETTINGS = {
    "rate 0": Setting(""),
    "output, standard": Setting("Zaremba et al. 2014: 0.5", {"output": 0.5}),
    "output, locked": Setting("Merity et al. 2017: 0.4", {"output": 0.4}, mask="locked"),
    "embedding": Setting("Merity et al. 2017: 0.1", {"embedding": 0.1}),
    "update, standard": Setting("Semeniuta et al. 2016: 0.5", {"recurrent": 0.5}, "update"),
    "update, locked": Setting(
        "Semeniuta et al. 2016: 0.25", {"recurrent": 0.25}, "update", "locked"
    ),
    "the same, lower": Setting(
        "a rate for a network this small", {"recurrent": 0.1}, "update", "locked"
    ),
    "state": Setting("Gal & Ghahramani 2016: 0.3", {"recurrent": 0.3}, "state"),
    "weight": Setting("Merity et al. 2017: 0.5", {"recurrent": 0.5}, "weight"),
    "zoneout": Setting(
        "Krueger et al. 2017: cell 0.5, hidden 0.05",
        {"recurrent": 0.5, "recurrent_hidden": 0.05},
        "zoneout",
    ),
}


class Characters(Module):
    """Ids (T, B) -> logits (T, B, V) of the next character."""

    def __init__(self, vocabulary: int, setting: Setting, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = Embedding(vocabulary, EMBEDDED)
        self.layer = LSTM(EMBEDDED, HIDDEN)
        self.head = Linear(HIDDEN, vocabulary)
        self.setting = setting
        self.generator = torch.Generator().manual_seed(seed)
        rates = setting.rates
        self.recurrent = Recurrent(
            setting.recurrent,
            rates.get("recurrent", 0.0),
            rates.get("recurrent_hidden", 0.0),
            setting.mask,
        )

    def forward(self, ids: Tensor) -> Tensor:
        steps = self.embedding(ids)
        if self.training:
            rate = self.setting.rates.get("embedding", 0.0)
            steps = drop_words(steps, ids, rate, self.generator)
        weight = self.recurrent.weight(self.layer, self.generator)
        hidden = self.recurrent.run(self.layer, weight, steps, self.generator)
        if self.training:
            rate = self.setting.rates.get("output", 0.0)
            hidden = drop(hidden, rate, self.setting.mask, self.generator)
        logits: Tensor = self.head(hidden)
        return logits


def loss_of(network: Characters, ids: Tensor) -> Tensor:
    """Ids (T + 1, B): each step predicts the one after it."""
    return functional.cross_entropy(network(ids[:-1]).flatten(0, 1), ids[1:].flatten())


def sequences(ids: Tensor) -> Tensor:
    """Ids (N,) cut end to end -> (STEPS + 1, number of sequences)."""
    return ids.unfold(0, STEPS + 1, STEPS).t().contiguous()


def curve(setting: Setting, training: Tensor, held: Tensor, seed: int, epochs: int) -> list[float]:
    """The validation loss after each epoch."""
    network = Characters(int(max(training.max(), held.max())) + 1, setting, seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE_OF_LEARNING, fused=True)
    order = torch.Generator().manual_seed(1_000 + seed)
    losses = []
    for _ in range(epochs):
        network.train()
        for batch in torch.randperm(training.shape[1], generator=order).split(BATCH):
            optimizer.zero_grad()
            loss_of(network, training[:, batch]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
        network.eval()
        with torch.no_grad():
            losses.append(loss_of(network, held).item())
    return losses


def read(path: Path) -> tuple[Tensor, Tensor]:
    """Training and validation sequences from the beginning of the text."""
    text = path.read_text(encoding="utf-8")[: TRAINING + VALIDATION]
    number = {character: i for i, character in enumerate(sorted(set(text)))}
    ids = torch.tensor([number[character] for character in text])
    return sequences(ids[:TRAINING]), sequences(ids[TRAINING:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=45)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--text", type=Path, default=DATA / "republic.txt")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    training, held = read(asked.text)
    print(f"{TRAINING:,} characters of training, hidden {HIDDEN}, {asked.seeds} seeds")
    print(f"{'kind':>17} {'best':>7} {'less 0':>7} {'epoch':>6} {'last':>7} {'s':>6}  source")
    best: dict[str, list[float]] = {}
    for name, setting in SETTINGS.items():
        started = time.perf_counter()
        curves = [curve(setting, training, held, seed, asked.epochs) for seed in range(asked.seeds)]
        best[name] = [min(losses) for losses in curves]
        gained = mean(best[name]) - mean(best["rate 0"])
        at = mean(losses.index(min(losses)) + 1 for losses in curves)
        end = mean(losses[-1] for losses in curves)
        spent = time.perf_counter() - started
        print(
            f"{name:>17} {mean(best[name]):>7.4f} {gained:>+7.4f} {at:>6.1f} {end:>7.4f} "
            f"{spent:>6.0f}  {setting.source}",
            flush=True,
        )
    gains = {
        name: [a - b for a, b in zip(best["rate 0"], found, strict=True)]
        for name, found in best.items()
        if name != "rate 0"
    }
    print(
        json.dumps(
            {
                "not_lower": [name for name, each in gains.items() if min(each) <= 0],
                "gains": {name: round(mean(each), 4) for name, each in gains.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
