"""What is known of the steps to be forecast: rows of a file and a file of their own, changed."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.attack import worlds
from benchmarks.attack.hostile import changed_bytes
from benchmarks.attack.tables import change_cells

COUNT, SHORT = 300, 2
STEPS, HORIZON = 40, 3
COMMANDS = (
    ("predict", "model", "past.csv", "--future", "future.csv", "-o", "p.csv"),
    ("predict", "model", "new.csv", "-o", "q.csv"),
    ("predict", "model", "new.csv", "--future", "past.csv", "-o", "r.csv"),
)
COLUMNS = ("place", "hour", "load", "price", "tariff")


def rows() -> list[tuple[Any, ...]]:
    rng = Random(0)
    return [
        (place, f"2024-01-{step // 24 + 1:02d} {step % 24:02d}:00", round(math.sin(step), 3),
         round(rng.gauss(5, 2), 3), rng.choice(("day", "night")))
        for place in "AB"
        for step in range(STEPS)
    ]  # fmt: skip


def prepare(base: Path) -> None:
    from dropsearch.search.config.load import config_from
    from dropsearch.search.final.train import train

    whole = rows()
    late = [number % STEPS >= STEPS - HORIZON for number in range(len(whole))]
    blank = [(*row[:2], "", *row[3:]) if end else row for row, end in zip(whole, late, strict=True)]
    _write(base / "loads.csv", whole)
    _write(base / "new.csv", blank)
    _write(base / "past.csv", [row for row, end in zip(whole, late, strict=True) if not end])
    _write(base / "future.csv", [row for row, end in zip(blank, late, strict=True) if end])
    data = {"path": "loads.csv", "task": "forecast", "time": "hour", "series": "place"}
    data |= {"target": "load", "categories": ["tariff"], "known": ["price", "tariff"]}
    named = {**data, "calendar": ["hour"], "window": 6, "horizon": HORIZON}
    train(config_from(worlds.study(data=named, model=worlds.FIXED), base), base / "model")


def make(rng: Random, folder: Path) -> None:
    for name in rng.sample(("past.csv", "future.csv", "new.csv"), rng.randint(1, 3)):
        file = folder / name
        if rng.random() < 0.4:
            file.write_bytes(changed_bytes(rng, file.read_bytes()))
            continue
        lines = [line.split(",") for line in file.read_text().splitlines()]
        for _ in range(rng.randint(1, 4)):
            change_cells(rng, lines)
        file.write_text("\n".join(map(",".join, lines)), "utf-8", "surrogatepass")


def _write(path: Path, lines: list[tuple[Any, ...]]) -> None:
    path.write_text("\n".join(",".join(map(str, line)) for line in [COLUMNS, *lines]) + "\n")
