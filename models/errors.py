"""What this room raises when it cannot go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Way = Mapping[str, Any]  # keys of study.yaml, as "data.table.header", and the values that decide


class ModelsError(Exception):
    """Base of the errors of this room; its text is shown to the user as it is."""

    exit_code = 2


class DataError(ModelsError):
    """The data cannot be used; the text names file, column, row and the mend.

    ways: to go on with the file as it is, each said by keys of study.yaml.
    """

    def __init__(self, text: str, *ways: Way) -> None:
        super().__init__(text)
        self.ways = ways


class DivergedError(ModelsError):
    """A loss or metric became NaN or infinite; the text names epoch and copy."""

    exit_code = 1
