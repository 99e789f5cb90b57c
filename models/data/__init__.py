"""SequenceData: made from a table, kept, and loaded."""

from dropsearch.models.data.sequence_data import (
    SequenceData,
    content_hash,
    load_data,
    read_data,
    save_data,
)

__all__ = ["SequenceData", "content_hash", "load_data", "read_data", "save_data"]
