"""Writing YAML, for any reader of YAML 1.1 or 1.2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

FLOAT = re.compile(  # of YAML 1.2
    r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|\.[0-9]+([eE][-+]?[0-9]+)?)"
)


class _Dumper(yaml.SafeDumper):
    """Quotes also the words that YAML 1.2, but not PyYAML, takes for numbers."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Line breaks and other unprintable characters are written as escapes."""
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list_node(dumper: _Dumper, items: list[Any]) -> yaml.SequenceNode:
    """The rows of a table of numbers are written in brackets."""
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", items)
    for row in node.value if items and all(map(_is_row, items)) else ():
        row.flow_style = True
    return node


def _is_row(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(one, int | float) for one in item)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(list, _list_node)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"^({FLOAT.pattern})$"), None)


def write_yaml(content: Mapping[str, Any]) -> str:
    """YAML in block style, keys in the order given."""
    text: str = yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False,
        width=100,
    )  # fmt: skip
    return text
