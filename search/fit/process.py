"""What a process that trains is set to: one thread, and a malloc that keeps what it has got."""

from __future__ import annotations

import ctypes
import importlib
from contextlib import AbstractContextManager
from typing import Any

import torch
from threadpoolctl import threadpool_limits

MALLOC = ((-1, 2**31 - 1), (-2, 64 * 2**20), (-3, 32 * 2**20))  # M_TRIM_THRESHOLD, TOP_PAD, MMAP


def prepare_process() -> None:
    """Make this process a worker: one thread, and a malloc that keeps freed memory.

    The cores are shared out among worker processes, not threads. glibc gives the large tensors of
    a step back to the system at once, and the page faults of getting them again cost an eighth
    of the time or more where two workers run (docs/tried.md).
    """
    torch.set_num_threads(1)
    try:
        malloc = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return  # no glibc
    for parameter, value in MALLOC:
        malloc(parameter, value)


def on_own_threads() -> AbstractContextManager[Any]:
    """Inside, other libraries take no more threads than torch, which shares the cores out."""
    importlib.import_module("scipy.linalg")  # the kernels' BLAS: a limit is of what is loaded
    return threadpool_limits(torch.get_num_threads())
