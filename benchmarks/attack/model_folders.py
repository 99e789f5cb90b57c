"""A stranger's model folder: its manifest is right, its files say something else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from random import Random

from benchmarks.attack import worlds
from benchmarks.attack.hostile import changed_bytes, changed_tree

COUNT, SHORT = 600, 4
COMMANDS = (
    ("predict", "model", "data.csv", "-o", "p.csv"),
    ("predict", "model", "data.csv", "--samples", "3", "-o", "q.csv"),
)
TEXTS = {"path": "data.csv", "task": "classify", "text": "words", "target": "label"}


def prepare(base: Path) -> None:
    from dropsearch.search.config.load import load_config
    from dropsearch.search.final.train import train

    worlds.write_study(base, model=worlds.FIXED)
    train(load_config(base / "study.yaml"), base / "steps")
    for tokens in ("words", "bpe"):
        rows = ["words,label", *(f"a b c{n} {'no' * (n % 2)},{n % 2}" for n in range(30))]
        (base / "data.csv").write_text("\n".join(rows) + "\n")
        worlds_data = {**TEXTS, "tokens": tokens, "vocabulary": 300}
        _write(base, data=worlds_data)
        train(load_config(base / "study.yaml"), base / tokens)
        (base / "data.csv").rename(base / "texts.csv")
    (base / "data.csv").write_bytes(worlds.csv())


def _write(base: Path, **changed: object) -> None:
    import yaml

    text = yaml.safe_dump(worlds.study(model=worlds.FIXED, **changed))
    (base / "study.yaml").write_text(text)


def make(rng: Random, folder: Path) -> None:
    kind = rng.choice(["steps", "steps", "words", "bpe"])
    shutil.copytree(folder / kind, folder / "model")
    if kind != "steps":
        shutil.copy(folder / "texts.csv", folder / "data.csv")
    name = rng.choice(["preparation.json", "preparation.json", "about.json", "model.safetensors"])
    file = folder / "model" / name
    if name.endswith(".json") and rng.random() < 0.8:
        file.write_text(json.dumps(changed_tree(rng, json.loads(file.read_text())), indent=1))
    else:
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
    if rng.random() < 0.9:
        _manifest(folder / "model", name)


def _manifest(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
