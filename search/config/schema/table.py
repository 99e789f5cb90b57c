"""`data.table`: how the file of the data is written, where it is not seen for sure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from dropsearch.models.cells.form import BLANKS, Form, is_encoding, is_separator
from dropsearch.search.config.schema.forms import LISTED
from dropsearch.search.config.values import Count, Section, Text


def _header(value: Any) -> Any:
    if value == "none" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise ValueError("is no line: write its number, counted from 1, or none where there is none")


def _separator(sign: str) -> str:
    if is_separator(sign):
        return sign
    raise ValueError(f"is no separator: write one sign, or {BLANKS} for one or more of them")


def _encoding(name: str) -> str:
    if is_encoding(name):
        return name
    raise ValueError("is no encoding: write one such as utf-8 or windows-1252")


Header = Annotated[
    int | Literal["none"],
    PlainValidator(_header, json_schema_input_type=Count | Literal["none"]),
]
Lines = Annotated[tuple[Count, ...], *LISTED]


class TableForm(Section):
    """How the file is written. null: it is looked at; what is seen is said."""

    header: Header | None = Field(
        default=None,
        description="Line of the header, counted from 1; what stands above is left out. "
        "none: there is none, and the columns are called c1, c2, ...",
        examples=[3],
    )
    skip: Lines | None = Field(
        default=None,
        description="Lines below the header that hold no row, such as one of units.",
        examples=[[4]],
    )
    separator: Annotated[Text, AfterValidator(_separator)] | None = Field(
        default=None,
        description="The sign between two cells; blanks: one or more blanks or tabs.",
        examples=[";"],
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="The sign before the decimals.", examples=[","]
    )
    thousands: Literal[".", ",", "'", " ", "_"] | None = Field(
        default=None, description="The sign between thousands.", examples=["."]
    )
    encoding: Annotated[Text, AfterValidator(_encoding)] | None = Field(
        default=None, description="The encoding of the file.", examples=["windows-1252"]
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> TableForm:
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two signs: change one of them")
        return self

    @property
    def form(self) -> Form:
        """The same for the room that reads."""
        return Form(**dict(self))
