"""How the rate is found."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dropsearch.search.run import launch

__all__ = ["launch"]


def __getattr__(name: str) -> Any:
    if name == "launch":
        with warnings.catch_warnings():  # tqdm, where a notebook has no widgets
            warnings.filterwarnings("ignore", "IProgress not found")
            from dropsearch.search.run import launch

        return launch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
