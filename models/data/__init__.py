"""SequenceData: made from a table, kept, and loaded."""

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import content_hash, load_data, save_data
from dropsearch.models.names import Task

__all__ = ["SequenceData", "Task", "content_hash", "load_data", "read_data", "save_data"]
