"""What the server of the workers loads when it is imported; Ctrl-C does not disturb it."""

import gc
import importlib

from dropsearch.search.signals import unshielded

gc.disable()  # a fifth of the time
importlib.import_module("dropsearch.search.workers.serving")
gc.freeze()
gc.enable()
unshielded()
