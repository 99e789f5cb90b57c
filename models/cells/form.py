"""How the file of a table is written: what was said of it, or seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

BLANKS = "blanks"  # the separator that is one or more blanks or tabs
DECIMALS = (".", ",")
THOUSANDS = (".", ",", "'", " ", "_")


@dataclass(frozen=True, kw_only=True)
class Form:
    """A text file's lines and signs; None: to be looked for. A Parquet file has none of it."""

    header: int | Literal["none"] | None = None  # its line, counted from 1
    skip: tuple[int, ...] | None = None  # lines below the header that hold no row
    separator: str | None = None  # one sign, or BLANKS
    decimal: str | None = None  # of DECIMALS
    thousands: str | None = None  # of THOUSANDS; stands for its like, as for all blanks
    encoding: str | None = None

    def known(self) -> dict[str, Any]:
        """The keys that are not to be looked for, ready for YAML."""
        found = asdict(self) | {"skip": None if self.skip is None else list(self.skip)}
        return {key: value for key, value in found.items() if value is not None}

    @property
    def lines_looked_for(self) -> Form:
        """The same, but that the lines of its header and of no row are looked for; that there is no
        header stays."""
        return replace(self, header="none" if self.header == "none" else None, skip=None)

    @property
    def fits(self) -> bool:
        """Whether a file can be read by it."""
        return all(
            (
                not isinstance(self.header, int) or self.header > 0,
                all(line > 0 for line in self.skip or ()),
                self.separator is None or is_separator(self.separator),
                self.decimal in (None, *DECIMALS),
                self.thousands in (None, *THOUSANDS),
                self.decimal is None or self.decimal != self.thousands,
                self.encoding is None or is_encoding(self.encoding),
            )
        )


PLAIN = Form()


def is_separator(sign: str) -> bool:
    """Whether cells can be separated by it."""
    single = len(sign) == 1 and sign.isascii() and not sign.isalnum() and sign not in '"\n\r\0'
    return single or sign == BLANKS


def is_encoding(name: str) -> bool:
    """Whether a text can be written in it."""
    try:
        return isinstance("".encode(name), bytes) and b"".decode(name) == ""
    except (LookupError, UnicodeError, ValueError):
        return False
