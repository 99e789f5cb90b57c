"""The K folds as one CUDA graph beside cuDNN's LSTMs one after the other.

    python -m benchmarks.gpu_folds [--rounds 60] [--fit examples/japanese-vowels.yaml]

Five folds of hidden 64 x 2 layers, 64 sequences x 48 steps of 12 features, forward and backward;
the ways take turns within each round, in one process. LSTMs: torch.nn.LSTM alone. Networks: with
masks, head and loss, as a training step of Lockstep runs them. --fit: whole fits of that study's
largest network, 10 epochs, on the GPU both ways and on one core of the CPU.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import LSTM

from dropsearch.models.fold.batches import Batch
from dropsearch.models.lockstep.graphs import FoldGraphs
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.search.config.load import load_config
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.space import extremes

FOLDS, SEQUENCES, STEPS, FEATURES, HIDDEN, LAYERS, CLASSES = 5, 64, 48, 12, 64, 2, 9
GOAL = 4.0
LSTMS, IN_TURN, AS_ONE = "LSTMs in turn", "networks in turn", "networks as one"
EPOCHS = 10


def lstms_in_turn(lstms: list[LSTM], inputs: Tensor) -> None:
    for lstm, own in zip(lstms, inputs, strict=True):
        lstm(own)[0].sum().backward()


def in_turn(copies: list[DropoutLSTM], batches: list[Batch]) -> None:
    steps = zip(copies, batches, strict=True)
    torch.stack([copy.training_step(batch, 0) for copy, batch in steps]).sum().backward()


def milliseconds(ways: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """The median of each way's wall time, the GPU's work included; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 5):
        for name, way in ways.items():
            torch.cuda.synchronize()
            started = time.perf_counter()
            way()
            torch.cuda.synchronize()
            if turn >= 5:
                taken[name].append(1e3 * (time.perf_counter() - started))
    return {name: median(times) for name, times in taken.items()}


def measured(rounds: int) -> dict[str, float]:
    torch.manual_seed(0)
    inputs = torch.randn(FOLDS, STEPS, SEQUENCES, FEATURES, device="cuda")
    lstms = [LSTM(FEATURES, HIDDEN, LAYERS).cuda() for _ in range(FOLDS)]
    copies = [
        DropoutLSTM(
            FEATURES, CLASSES, task="classify", hidden_size=HIDDEN, layers=LAYERS, dropout=0.5
        ).cuda()
        for _ in range(FOLDS)
    ]
    for copy in copies:
        vars(copy)["log"] = lambda *_, **__: None  # Lockstep has its own
    target = torch.randint(CLASSES, (SEQUENCES,), device="cuda")
    batches = [Batch(own.transpose(0, 1), target) for own in inputs]
    together = FoldGraphs(copies)

    def anew(call: Callable[[], None]) -> Callable[[], None]:
        def way() -> None:
            for module in (*lstms, *copies):
                module.zero_grad(set_to_none=True)
            call()

        return way

    ways: dict[str, Callable[[], None]] = {
        LSTMS: lambda: lstms_in_turn(lstms, inputs),
        IN_TURN: lambda: in_turn(copies, batches),
        AS_ONE: lambda: in_turn(copies, list(together(batches))),
    }
    return milliseconds({name: anew(way) for name, way in ways.items()}, rounds)


def ceilings() -> tuple[float, float]:
    """What this card does: float32 operations and bytes copied, each a second."""
    square = torch.randn(8192, 8192, device="cuda")
    source = torch.randn(2**30, device="cuda")
    target = torch.empty_like(source)
    times = milliseconds(
        {"product": lambda: square @ square, "copy": lambda: target.copy_(source)}, 10
    )
    return 2 * 8192**3 / times["product"] * 1e3, 2 * source.nbytes / times["copy"] * 1e3


def floors() -> dict[str, float]:
    """Operations of the layers, forward and backward, and bytes that must be moved, at least.

    A backward pass is two forward ones. Inputs and weights are read and gradients written once;
    gates, cells and hidden states are written forward and read backward.
    """
    widths = [FEATURES] + [HIDDEN] * (LAYERS - 1)
    weights = sum(4 * HIDDEN * (width + HIDDEN + 2) for width in widths)
    tokens = FOLDS * STEPS * SEQUENCES
    products = sum(2 * 4 * HIDDEN * (width + HIDDEN) for width in widths)
    kept = 2 * 6 * HIDDEN * LAYERS
    return {
        "operations": 3.0 * tokens * products,
        "bytes": 4.0 * (tokens * (FEATURES + kept) + 2 * FOLDS * weights),
    }


def fits(path: Path) -> dict[str, float]:
    """Seconds of a fit each way, the second of two, so that no start counts."""
    prepare_process()
    config = load_config(path)
    inputs = Inputs.of(config)
    point = extremes(config)[1]
    seeds = fold_seeds(0, "search", 0, len(inputs.split.folds))
    apart = patch("dropsearch.search.fit.networks.fold_graphs", lambda copies: None)
    found = {}
    for name, accelerator in (("as one", "gpu"), ("cuDNN in turn", "gpu"), ("one core", "cpu")):
        training = config.training.model_copy(
            update={"accelerator": accelerator, "epochs": EPOCHS, "patience": None}
        )
        own = config.model_copy(update={"training": training})
        folds = FoldSet.of(own, inputs)
        for _ in range(2):
            started = time.perf_counter()
            if name == "as one":
                result = fit(point, folds, seeds=seeds, direction=inputs.direction)
            else:
                with apart:
                    result = fit(point, folds, seeds=seeds, direction=inputs.direction)
            found[name] = time.perf_counter() - started
        print(
            f"{name:>16} {found[name]:8.2f} s   {inputs.metric} {result.best.score:.4f}", flush=True
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--fit", type=Path)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("gpu_folds needs an NVIDIA GPU, and torch finds none.")
    found = measured(arguments.rounds)
    asked = ["nvidia-smi", "--query-gpu=name,clocks.sm,clocks.mem", "--format=csv,noheader"]
    card = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    rate, bandwidth = ceilings()
    least = floors()
    print(f"{card}, torch {torch.__version__}")
    print(f"{FOLDS} folds, hidden {HIDDEN} x {LAYERS}, {SEQUENCES} x {STEPS} steps of {FEATURES}")
    for name, taken in found.items():
        print(f"{name:>18} {taken:8.3f} ms")
    by_operations = 1e3 * least["operations"] / rate
    by_bytes = 1e3 * least["bytes"] / bandwidth
    print(f"floor by operations {by_operations:.3f} ms ({rate / 1e12:.1f} TFLOP/s in float32)")
    print(f"floor by bytes      {by_bytes:.3f} ms ({bandwidth / 1e12:.2f} TB/s)")
    ratios = {name: found[name] / found[AS_ONE] for name in (LSTMS, IN_TURN)}
    for name, ratio in ratios.items():
        print(f"{name} take {ratio:.2f} times as long as networks as one (goal: {GOAL:.0f})")
    seconds = fits(arguments.fit) if arguments.fit else {}
    print(
        json.dumps(
            {
                "card": card,
                "milliseconds": {name: round(taken, 4) for name, taken in found.items()},
                "floor": {"operations": round(by_operations, 4), "bytes": round(by_bytes, 4)},
                "ratios": {what: round(ratio, 2) for what, ratio in ratios.items()},
                "goal": GOAL,
                "fits": {name: round(taken, 3) for name, taken in seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
