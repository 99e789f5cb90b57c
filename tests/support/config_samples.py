"""The shortest studies, for the tests of study.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dropsearch.search.config.load import load_config
from dropsearch.search.errors import ConfigError

POINT: dict[str, Any] = {
    "hidden_size": 8,
    "layers": 1,
    "dropout": 0.2,
    "bidirectional": False,
    "pooling": "last",
    "mask": "standard",
    "recurrent": "none",
    "batch_size": 16,
    "learning_rate": 0.01,
    "weight_decay": 0.0,
}


def forecast(**sections: Any) -> dict[str, Any]:
    """The shortest forecast, with keys of sections changed (None takes a key away)."""
    data = {"path": "a.csv", "task": "forecast", "time": "t", "target": "y"}
    return changed({"study": "s", "data": data | {"window": 8, "horizon": 2}}, sections)


def classify(**sections: Any) -> dict[str, Any]:
    data = {"path": "a.csv", "task": "classify", "series": "id", "target": "label"}
    return changed({"study": "s", "data": data}, sections)


def changed(mapping: dict[str, Any], sections: dict[str, Any]) -> dict[str, Any]:
    for section, change in sections.items():
        both = isinstance(change, dict) and isinstance(mapping.get(section, {}), dict)
        mapping[section] = mapping.get(section, {}) | change if both else change
    return mapping


def refused(text: str | bytes, folder: Path) -> str:
    path = folder / "study.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)
    return str(caught.value)
