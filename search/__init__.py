"""How the rate is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dropsearch.search.run import launch

__all__ = ["launch"]


def __getattr__(name: str) -> Any:
    if name == "launch":
        from dropsearch.search.run import launch

        return launch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
