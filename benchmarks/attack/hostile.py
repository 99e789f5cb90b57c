"""Values that nobody expects, and trees and bytes with one of them put somewhere."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3.5, 10**6, 10**12, 10**30, -(10**18), 1e308, -1e-300,
    float("nan"), float("inf"), "", " ", "a", "none", "auto", "\x00", "\u202e", "\ud7ff", "💥",
    "x" * 5000, "9" * 5000, "../../etc/passwd", "/dev/zero", "; rm -rf x", "<script>", "=1+1",
    "1e400", "2024-02-30", [], [[]], [None], [1, "a", None], [0.1] * 50, {}, {"a": {}},
    {"low": 1, "high": 0}, {"low": 0, "high": 1}, {"": ""}, b"\xff".decode("latin-1"),
)  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every container of a tree with each of its keys."""
    found = []
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        found.append((tree, key))
        if isinstance(value, dict | list):
            found += places(value)
    return found


def changed_tree(rng: Random, tree: Any) -> Any:
    """A copy with one to three places replaced, removed or put in twice."""
    made = copy.deepcopy(tree)
    for _ in range(rng.randint(1, 3)):
        found = places(made)
        if not found:
            break
        container, key = rng.choice(found)
        way = rng.random()
        if way < 0.7:
            container[key] = copy.deepcopy(rng.choice(VALUES))
        elif way < 0.85:
            del container[key]
        elif isinstance(container, dict):
            container[f"{key}{rng.choice(['s', ' ', chr(0x430)])}"] = copy.deepcopy(container[key])
        else:
            container.append(copy.deepcopy(container[key]))
    return made


def changed_bytes(rng: Random, content: bytes) -> bytes:
    """Bytes flipped, cut, repeated, or with something put in."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        way = rng.randrange(5)
        if way == 0 and at < len(made):
            made[at] = rng.randrange(256)
        elif way == 1:
            del made[at : at + rng.randint(1, 50)]
        elif way == 2:
            made[at:at] = made[at : at + rng.randint(1, 200)]
        elif way == 3:
            piece = str(rng.choice(VALUES)).encode("utf-8", "replace")
            made[at:at] = piece
        elif rng.random() < 0.2:
            del made[at:]
    return bytes(made)
