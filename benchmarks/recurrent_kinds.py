"""What each recurrent dropout kind costs beside the fused kernel: forward and backward on the CPU.

    python -m benchmarks.recurrent_kinds [--rounds 60]

Five networks (folds) of hidden 64, one after the other in one thread, 64 sequences x 24 steps of
12 features, drawing of masks included. The kinds take turns within each round.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from statistics import median

import torch
from torch.nn import functional

from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.lstm.sites import site_rates
from dropsearch.models.names import CELLS, KINDS, Cell

FOLDS, SEQUENCES, STEPS, FEATURES, HIDDEN, CLASSES = 5, 64, 24, 12, 64, 9
GOAL = 2.0
RATES = {"recurrent": 0.3, "recurrent_hidden": 0.05}


def networks(kind: str, layers: int, mask: str, cell: Cell) -> list[DropoutLSTM]:
    return [
        DropoutLSTM(
            FEATURES,
            CLASSES,
            task="classify",
            cell=cell,
            hidden_size=HIDDEN,
            layers=layers,
            recurrent=kind,
            mask=mask,
            dropout=RATES if kind != "none" else site_rates(0.0),
            seed=fold,
        ).train()
        for fold in range(FOLDS)
    ]


def seconds(copies: list[DropoutLSTM], inputs: torch.Tensor, target: torch.Tensor) -> float:
    """One forward and backward of every copy."""
    for copy in copies:
        copy.zero_grad(set_to_none=True)
    started = time.perf_counter()
    for copy in copies:
        functional.cross_entropy(copy(inputs), target).backward()
    return time.perf_counter() - started


def measure(layers: int, mask: str, cell: Cell, rounds: int) -> dict[str, float]:
    """The median milliseconds of each kind."""
    inputs = torch.randn(SEQUENCES, STEPS, FEATURES)
    target = torch.arange(SEQUENCES) % CLASSES
    every = {kind: networks(kind, layers, mask, cell) for kind in KINDS}
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(rounds + 5):
        for kind, copies in every.items():
            passed = seconds(copies, inputs, target)
            if turn >= 5:
                taken[kind].append(1e3 * passed)
    return {kind: median(times) for kind, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"{FOLDS} folds, hidden {HIDDEN}, {SEQUENCES} x {STEPS} steps, torch {torch.__version__}")
    print(f"{'cell':>4} {'layers':>6} {'mask':>9} {'kind':>8} {'ms':>8} {'times none':>11}")
    ratios: dict[str, float] = {}
    for cell, layers, mask in itertools.product(CELLS, (1, 2), ("standard", "locked")):
        found = measure(layers, mask, cell, rounds)
        for kind, milliseconds in found.items():
            ratio = milliseconds / found["none"]
            ratios[f"{kind}, {cell}, {layers} layers, {mask}"] = round(ratio, 3)
            print(f"{cell:>4} {layers:>6} {mask:>9} {kind:>8} {milliseconds:>8.2f} {ratio:>11.2f}")
    worst = max(ratios, key=lambda name: ratios[name])
    print(
        f"dearest: {worst}: {ratios[worst]:.2f} times the fused kernel (goal: at most {GOAL:.0f})"
    )
    print(json.dumps({"worst": ratios[worst], "goal": GOAL, "ratios": ratios}))


if __name__ == "__main__":
    main()
