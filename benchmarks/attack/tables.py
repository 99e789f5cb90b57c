"""CSV and Parquet files: bytes changed, cells of other kinds, columns of any type."""

from __future__ import annotations

import datetime
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.attack import worlds
from benchmarks.attack.hostile import VALUES, changed_bytes

COUNT, SHORT = 800, 5
COMMANDS = (
    ("init", "data.csv", "-o", "new.yaml"),
    ("init", "data.parquet", "-o", "parquet.yaml"),
    ("check", "study.yaml"),
    ("launch", "study.yaml", "--detach", "--storage", "new.db"),
    ("predict", "model", "data.csv", "-o", "p.csv"),
    ("predict", "model", "data.parquet", "-o", "q.csv"),
)


def prepare(base: Path) -> None:
    from dropsearch.search.config.load import load_config
    from dropsearch.search.final.train import train

    worlds.write_study(base, model=worlds.FIXED)
    train(load_config(base / "study.yaml"), base / "model")


def make(rng: Random, folder: Path) -> None:
    file = folder / "data.csv"
    if rng.random() < 0.4:
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
    else:
        lines = [line.split(",") for line in file.read_text().splitlines()]
        for _ in range(rng.randint(1, 4)):
            change_cells(rng, lines)
        text = "\n".join(map(",".join, lines))
        file.write_text(text, "utf-8", "surrogatepass")
    _parquet(rng, folder / "data.parquet")


def change_cells(rng: Random, lines: list[list[str]]) -> None:
    """One cell, the cells of a column or the end of a line changed, or the lines' order."""
    line = rng.choice(lines)
    value = str(rng.choice(VALUES))
    way = rng.random()
    if way < 0.5:
        line[rng.randrange(len(line))] = value
    elif way < 0.7:
        place = rng.randrange(4)
        for other in lines[1:]:
            if place < len(other):
                other[place] = value
    elif way < 0.8:
        line.append(value)
    elif way < 0.9:
        del line[rng.randrange(len(line)) :]
        line += [""] * (not line)
    else:
        rng.shuffle(lines)


def _parquet(rng: Random, file: Path) -> None:
    import polars as pl

    columns = list(zip(*worlds.table(), strict=True))
    frame = pl.DataFrame(dict(zip(("series", "step", "x", "label"), columns, strict=True)))
    day = datetime.datetime(2024, 1, 1)
    hostile: tuple[Any, ...] = (
        datetime.timedelta(days=3), day.date(), day, day.time(), b"\xff\x00", [1, 2], {"a": 1},
        None, float("nan"), float("inf"), 1e300, 2**63 - 1, -(2**63), True, "", "\x00", "x" * 3000,
    )  # fmt: skip
    for _ in range(rng.randint(1, 2)):
        name = rng.choice([*frame.columns, "more"])
        value = rng.choice(hostile)
        some = [value if rng.random() < 0.9 else None for _ in range(frame.height)]
        frame = frame.with_columns(pl.Series(name, some, strict=False))
    if rng.random() < 0.2:
        frame = frame.clear()
    frame.write_parquet(file)
    if rng.random() < 0.25:
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
