"""The database: its address, tables, versions and transactions."""

from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store, open_store

__all__ = ["Store", "StudyRecord", "open_store"]
