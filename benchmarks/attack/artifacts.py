"""What a finished study's fits said of each example: arrays that are others than were written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.attack import worlds
from benchmarks.attack.hostile import changed_bytes

COUNT, SHORT = 300, 2
STORAGE = ("--storage", "s.db")
COMMANDS = (
    ("report", "s", "-o", "s.html", "--csv", "tables", *STORAGE),
    ("export", "s", "-o", "best.yaml", *STORAGE),
)
CURVE: dict[str, Any] = {"finalists": 1, "rates": [0.3], "repeats": 1}
TASKS: dict[str, dict[str, Any]] = {
    "classify": worlds.study()["data"],
    "regress": {"target": "x", "categories": ["label"]},
    "forecast": {"target": "x", "window": 2, "horizon": 2},
}
ROWS = {
    "classify": [",".join(map(str, row)) for row in worlds.table()],
    "regress": [f"s{n},{step},{n / 7:.3f},{'ab'[n % 2]}" for n in range(12) for step in range(4)],
    "forecast": [f"s{n},{step},{step % 5 + n},a" for n in range(3) for step in range(30)],
}
LARGE, ZEROS = 5 * 2**28, bytes(2**20)  # bytes of an array, and a piece of it


def prepare(base: Path) -> None:
    import os

    for task, data in TASKS.items():
        folder = base / task
        folder.mkdir()
        whole = {"path": "data.csv", "task": task, "time": "step", "series": "series"} | data
        worlds.write_study(folder, data=whole, confirm=CURVE)
        os.chdir(folder)
        (folder / "data.csv").write_text("series,step,x,label\n" + "\n".join(ROWS[task]) + "\n")
        worlds.run_to_its_end(folder, "s.db")


def make(rng: Random, folder: Path) -> None:
    for path in (folder / rng.choice(sorted(TASKS))).iterdir():
        path.rename(folder / path.name)
    examples = rng.random() < 0.4
    files = [one for one in folder.rglob("*.npz") if (one.name == "examples.npz") == examples]
    for file in files if rng.random() < 0.7 else [rng.choice(sorted(files))]:
        if rng.random() < 0.15:
            file.write_bytes(changed_bytes(rng, file.read_bytes()))
        else:
            _change(rng, file)


def _change(rng: Random, file: Path) -> None:
    import numpy as np

    with np.load(file) as arrays:
        parts = {name: _npy(arrays[name]) for name in arrays.files}
        for _ in range(rng.randint(1, 2)):
            name = rng.choice(sorted(arrays.files))
            parts[name] = _other(rng, arrays[name])
    if rng.random() < 0.1:
        del parts[rng.choice(sorted(parts))]
    large = rng.choice(sorted(parts)) if rng.random() < 0.03 else None
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name == large:
                _zeros(archive, name)
            else:
                archive.writestr(f"{name}.npy", content)


def _npy(array: Any) -> bytes:
    import numpy as np

    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def _other(rng: Random, array: Any) -> bytes:
    """Another shape, kind or content; or a header that lies."""
    import numpy as np

    if rng.random() < 0.15:
        size = rng.choice([10**3, 10**8, 10**12, 10**30, -1])
        return _npy(array).replace(str(array.shape).encode(), f"({size},)".encode(), 1)
    odd = rng.choice([-(2**63), -1, 0, 10**6, 2**62, 1e300, -1e300, np.nan, np.inf, "x", "💥"])
    if rng.random() < 0.5:
        some = array.astype(rng.choice([object, np.float64, np.complex128, "U9", "M8[s]", bool]))
        changed: tuple[Any, ...] = (
            some, array[:-1], np.append(array, array), array[None], array[..., None], array[:0],
            np.array(odd), np.full(array.shape, odd), array[::-1], np.zeros(len(array), "i4,f4"),
        )  # fmt: skip
        return _npy(rng.choice(changed))
    try:
        made = array.copy()
        made[rng.randrange(len(made))] = odd
    except (ValueError, OverflowError, TypeError):
        made = np.full(array.shape, odd)
    return _npy(made)


def _zeros(archive: zipfile.ZipFile, name: str) -> None:
    """Gigabytes of them that take a few megabytes on the disk."""
    import numpy as np

    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (LARGE // 8,)}
    )
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        file.write(head.getvalue())
        for _ in range(LARGE // len(ZEROS)):
            file.write(ZEROS)
