"""Hostile inputs against every command that reads them: `python -m benchmarks.attack`."""
