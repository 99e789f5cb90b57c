"""What commands and ending studies load beside the workers' own; their server does it once."""

import gc
import importlib

for name in (
    "dropsearch.search.fit.baseline",
    "dropsearch.search.run",
    "dropsearch.search.terminal.show",
    "dropsearch.search.terminal.status",
    "dropsearch.studies.dashboard.server",
    "dropsearch.studies.report.report",
    "optuna_dashboard",
    "plotly.express",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "tests.support.in_process",
):
    importlib.import_module(name)
gc.freeze()
