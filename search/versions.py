"""The versions that a study ran with."""

from __future__ import annotations

import platform
from importlib.metadata import version

PACKAGES = ("dropsearch", "torch", "pytorch-lightning", "optuna", "scikit-learn", "numpy")


def versions() -> dict[str, str]:
    """Python and the packages that scores depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
