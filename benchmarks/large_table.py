"""Time and memory of reading and checking 300,000 rows x 50 columns, beside `polars.read_csv`.

`python -m benchmarks.large_table [ROWS]`. Long: 300 sequences with a label each; wide: one series
of minutes, its target and 48 other columns; rows: 300,000 sequences with a label and 49 steps each
in columns; columns: 49 series of minutes. Each in a process of its own that has read a small one
before; exit code 1 where it takes more than twice polars' time and 5 s, or four times the file. Of
a machine that is busy with other things, the processor's time is what counts. Polars is loaded by
the package, which tells it to give back at once what it frees.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from dropsearch.models.data.reading import read_data
from dropsearch.models.table.read import read_table
from dropsearch.search.init.guess import guess

ROWS, COLUMNS = 300_000, 50
SEQUENCE = 1000  # rows of a sequence
SLACK = 5.0  # seconds
LIMIT = 4.0  # of the file's size
KEYS: dict[str, dict[str, Any]] = {
    "long": {"task": "classify", "series": "id", "time": "t", "target": "label"},
    "wide": {"task": "forecast", "time": "t", "target": "c0", "window": 48, "horizon": 12},
    "rows": {"task": "classify", "layout": "rows", "target": "label"},
    "columns": {
        **{"task": "forecast", "layout": "columns", "time": "t", "target": "value"},
        **{"window": 48, "horizon": 12},
    },
}


def write(path: Path, shape: str, rows: int) -> None:
    """A table of noise; rows: of random walks, and which of them rise."""
    import polars as pl

    rng = np.random.default_rng(0)
    if shape == "rows":
        steps = rng.normal(size=(rows, COLUMNS - 1)).cumsum(axis=1).round(3)
        frame = pl.DataFrame({f"t{one}": steps[:, one] for one in range(COLUMNS - 1)})
        frame.with_columns(label=pl.Series((steps[:, -1] > 0) + 1.0)).write_csv(path)
        return
    length = SEQUENCE if shape == "long" else rows
    minutes = np.datetime64("2020-01-01T00:00") + np.arange(rows) % length * np.timedelta64(1, "m")
    columns: dict[str, Any] = {"t": np.char.replace(minutes.astype(str), "T", " ")}
    if shape == "long":
        number = np.arange(rows) // length
        columns |= {"id": number, "label": np.array(["a", "b", "c"])[rng.permutation(number) % 3]}
        columns["label"] = columns["label"][number * length]
    for one in range(COLUMNS - len(columns)):
        columns[f"c{one}"] = rng.normal(size=rows).round(4)
    pl.DataFrame(columns).write_csv(path)


def measured(reader: str, shape: str, small: Path, path: Path) -> tuple[float, float, float]:
    """Seconds, those of the processor, and the bytes of memory beyond a small table's reading."""
    _read(reader, shape, small)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, started, worked = _memory("VmRSS"), time.perf_counter(), time.process_time()
    _read(reader, shape, path)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    return seconds, work, _memory("VmHWM") - before


def _read(reader: str, shape: str, path: Path) -> object:
    if reader == "polars":
        import polars as pl

        return pl.read_csv(path)
    if reader == "init":
        return guess(read_table(path))
    return read_data(path, **KEYS[shape])


def _memory(name: str) -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return 1024.0 * int(next(line for line in status if line.startswith(name)).split()[1])


def main() -> int:
    """The exit code."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    spawn = multiprocessing.get_context("spawn")
    found, good = [], True
    with tempfile.TemporaryDirectory() as folder:
        for shape in KEYS:
            small, path = Path(folder, "small.csv"), Path(folder, f"{shape}.csv")
            write(small, shape, 3 * SEQUENCE)
            write(path, shape, rows)
            size, usual = path.stat().st_size, 0.0
            for reader in ("polars", "check", "init"):
                with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                    done = pool.submit(measured, reader, shape, small, path)
                    seconds, work, memory = done.result()
                least = min(seconds, work)
                usual = least if reader == "polars" else usual
                within = least <= 2 * usual + SLACK and memory <= LIMIT * size
                good &= within or reader == "polars"
                print(
                    f"{shape}, {size / 1e6:.0f} MB, {reader:6} {seconds:5.1f} s "
                    f"({work:.1f} s of the processor), "
                    f"{memory / size:.1f} times the file{'' if within else ': TOO MUCH'}",
                    flush=True,
                )
                found.append(
                    (shape, reader, round(seconds, 2), round(work, 2), round(memory / size, 2))
                )
    print(json.dumps({"rows": rows, "columns": COLUMNS, "all_as_expected": good, "found": found}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
