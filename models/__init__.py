"""What is trained."""

from __future__ import annotations

import os

# else polars keeps what it has freed for a second: as much again as a large table
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
