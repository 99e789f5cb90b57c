"""What the server of the workers loads when it is imported; Ctrl-C does not disturb it."""

import importlib

from dropsearch.search.loading import loading
from dropsearch.search.signals import unshielded

with loading():
    importlib.import_module("dropsearch.search.workers.serving")
    importlib.import_module("alembic.command")  # which Optuna would load in each worker
unshielded()
