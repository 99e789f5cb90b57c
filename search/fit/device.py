"""The device that fits run on."""

from __future__ import annotations

import ctypes
from typing import Literal

from dropsearch.search.errors import ConfigError

DRIVERS = ("libcuda.so.1", "nvcuda.dll")  # NVIDIA's, on Linux and on Windows


def device_of(accelerator: str) -> Literal["cpu", "cuda"]:
    """Where the fits of a `training.accelerator` run on this machine.

    Raises ConfigError where a GPU is asked for and torch finds none.
    """
    if accelerator == "cpu":
        return "cpu"
    if _has_gpu():
        return "cuda"
    if accelerator == "auto":
        return "cpu"
    raise ConfigError(
        "training.accelerator: gpu needs an NVIDIA GPU, and torch finds none on this machine: "
        "write auto or cpu, or go where there is one, with a torch that is built for CUDA."
    )


def gpu_is_lost() -> bool:
    """Whether this process has used a GPU that answers no more; only a new process can."""
    import torch

    if not torch.cuda.is_initialized():
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False


def _has_gpu() -> bool:
    """torch, which takes seconds to import, is asked only where the driver is."""
    if not any(map(_loads, DRIVERS)):
        return False
    import torch

    return torch.cuda.is_available()


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
