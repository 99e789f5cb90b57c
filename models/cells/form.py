"""How the file of a table is written: what was said of it, or seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

BLANKS = "blanks"  # the separator that is one or more blanks or tabs


@dataclass(frozen=True, kw_only=True)
class Form:
    """A text file's lines and signs; None: to be looked for. A Parquet file has none of it."""

    header: int | Literal["none"] | None = None  # its line, counted from 1
    skip: tuple[int, ...] | None = None  # lines below the header that hold no row
    separator: str | None = None  # one sign, or BLANKS
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None

    def known(self) -> dict[str, Any]:
        """The keys that are not to be looked for, ready for YAML."""
        found = asdict(self) | {"skip": None if self.skip is None else list(self.skip)}
        return {key: value for key, value in found.items() if value is not None}


PLAIN = Form()
