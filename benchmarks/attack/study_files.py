"""study.yaml: hostile values at every place, bytes changed, and what YAML itself allows."""

from __future__ import annotations

from pathlib import Path
from random import Random

import yaml

from benchmarks.attack import worlds
from benchmarks.attack.hostile import changed_bytes, changed_tree

COUNT, SHORT = 800, 5
COMMANDS = (
    ("check", "study.yaml"),
    ("launch", "study.yaml", "--detach", "--storage", "new.db"),
    ("train", "study.yaml", "-o", "model"),
)
TEXTS = (
    "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
    "!!python/object/apply:os.system ['true']\n",
    "- " * 2000,
    "[" * 2000,
    "study: {" * 500,
    "study: s\nstudy: t\n",
    "? [a, b]\n: c\n",
    "\ufeffstudy: s\n",
    "%YAML 9.9\n---\nstudy: s\n",
    "---\nstudy: s\n---\nstudy: t\n",
    "",
    "\x00",
    "'",
)


def prepare(base: Path) -> None:
    worlds.write_study(base)


def make(rng: Random, folder: Path) -> None:
    file = folder / "study.yaml"
    way = rng.random()
    if way < 0.6:
        tree = changed_tree(rng, worlds.study())
        file.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8", "surrogatepass")
    elif way < 0.9:
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
    else:
        file.write_text(rng.choice(TEXTS), encoding="utf-8")
