"""docker-compose.yml and Dockerfile, read as compose and Docker read them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.paths import ROOT

FILE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PASSWORD = "p@:/%#?$ '\"\\{x}"
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::\?([^}]*))?\})")


def resolved(password: str) -> dict[str, Any]:
    """The file with its merge keys and variables filled in; ValueError for one without value."""
    variables = {"POSTGRES_PASSWORD": password}

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        if match[3] is not None and not variables[match[2]]:
            raise ValueError(match[3])
        return variables[match[2]]

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: fill(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [fill(inner) for inner in node]
        return VARIABLE.sub(value, node) if isinstance(node, str) else node

    filled = fill(yaml.safe_load(FILE.read_text()))
    assert isinstance(filled, dict)
    return filled
