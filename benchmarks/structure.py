"""Which structure pays: pooling, direction and a second layer, at one rate and learning rate.

For each set the score over the study's own folds, each at the epoch that the others chose, of one
fit for each structure: what `dropsearch init` writes rests on it (search/init/sizing.py).

`python -m benchmarks.structure [set ...]`: japanese-vowels, spoken-digits, covid-3-month, sunspots,
movie-sentences (whose rates at each site are tried, too).
"""

from __future__ import annotations

import sys
import time
from typing import Any

import yaml

from benchmarks.job import DATA, EXAMPLES
from dropsearch.search.config.load import config_from
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs
from dropsearch.studies.answer.members import at_chosen

DIGITS = {
    "path": str(DATA / "spoken-digits.csv"),
    "task": "classify",
    "time": "step",
    "series": "series",
    "target": "label",
    "group": "speaker",
    "features": [f"c{k}" for k in range(13)],
}
POINT: dict[str, Any] = {
    "hidden_size": 32,
    "layers": 1,
    "dropout": 0.3,
    "bidirectional": False,
    "pooling": "last",
    "mask": "standard",
    "recurrent": "none",
    "batch_size": 64,
    "learning_rate": 0.006,
    "weight_decay": 0.0,
}
CHANGES: list[dict[str, Any]] = [
    {},
    {"cell": "gru"},
    {"layers": 2},
    {"pooling": "mean"},
    {"pooling": "max"},
    {"bidirectional": True},
    {"pooling": "mean", "bidirectional": True},
    {"pooling": "max", "bidirectional": True},
    {"pooling": "max", "bidirectional": True, "layers": 2},
]


def at(embedding: float, input_: float, output: float, **others: Any) -> dict[str, Any]:
    """The text network with these rates."""
    rates = {"embedding": embedding, "input": input_, "output": output}
    return {f"dropout.{site}": rate for site, rate in rates.items()} | others


OF_TEXTS = {"bidirectional": True, "pooling": "max", "embedding_size": 64, "learning_rate": 0.002}
TEXT_CHANGES = [
    at(0.0, 0.0, 0.5),
    at(0.3, 0.4, 0.5),
    at(0.5, 0.5, 0.5),
    at(0.6, 0.3, 0.5),
    at(0.5, 0.5, 0.5, pooling="mean"),
    at(0.5, 0.5, 0.5, bidirectional=False),
    at(0.5, 0.5, 0.5, mask="locked"),
    at(0.5, 0.5, 0.5, hidden_size=64, learning_rate=0.001),
    at(0.5, 0.5, 0.5, embedding_size=32),
    at(0.5, 0.5, 0.5, embedding_size=128),
    at(0.5, 0.5, 0.5, embedding_size=128, learning_rate=0.001),
]
EPOCHS = {"movie-sentences": 14}
NAMES = ("japanese-vowels", "spoken-digits", "covid-3-month", "sunspots", "movie-sentences")


def folds_of(name: str) -> tuple[FoldSet, Inputs]:
    if name == "spoken-digits":
        data, base = DIGITS, EXAMPLES.parent
    else:
        data = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())["data"]
        base = EXAMPLES
    sections = {"training": {"epochs": EPOCHS.get(name, 20)}, "model": {}}
    config = config_from({"study": name, "data": data, **sections}, base)
    inputs = Inputs.of(config)
    return FoldSet.of(config, inputs), inputs


def main(names: list[str]) -> None:
    prepare_process()
    for name in names:
        folds, inputs = folds_of(name)
        point, changes = POINT, CHANGES
        if inputs.data.texts is not None:
            point = {key: value for key, value in (POINT | OF_TEXTS).items() if key != "dropout"}
            changes = TEXT_CHANGES
        elif inputs.data.task == "forecast":  # which reads the past, and is asked at its end
            changes = CHANGES[:3]
        for change in changes:
            began = time.process_time()
            seeds = fold_seeds(0, "search", 0, len(folds.train))
            found = fit(point | change, folds, seeds=seeds, direction=inputs.direction)
            epochs = {epoch.number: epoch.rows for epoch in found.epochs}
            score = at_chosen(epochs, inputs.direction).scores.mean()
            said = ", ".join(f"{key} {value}" for key, value in change.items()) or "as it is"
            seconds = time.process_time() - began
            print(f"{name}, {inputs.metric}: {score:.4f}  {said} ({seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or [*NAMES])
