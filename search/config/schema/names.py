"""Names in study.yaml: the study, the file, columns and the values of cells."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag

from dropsearch.models.names import Cycle
from dropsearch.search.config.schema.forms import LIST, LISTED, VALUE, list_or_value
from dropsearch.search.config.values import Number, Text

# Unicode's categories of controls, format and direction, line breaks, and what is no character
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def _clean(text: str) -> str:
    if any(ord(sign) < 32 or 127 <= ord(sign) < 160 or sign in "\u2028\u2029" for sign in text):
        raise ValueError("holds a line break or another control character: take it out")
    return text


def _study_name(name: str) -> str:
    for sign in name:
        if unicodedata.category(sign) in UNSEEN:
            raise ValueError(
                f"holds a sign that is not seen (U+{ord(sign):04X}), such as a line break or one "
                "that turns the direction of writing: take it out"
            )
    if "/" in name or "\\" in name:
        raise ValueError("holds a slash, and files are named after the study: write - or _ instead")
    if name != name.strip():
        raise ValueError("begins or ends with a blank: take it out")
    if name.startswith(("-", ".")):
        raise ValueError("begins with a dash or a dot: begin it with a letter or a digit")
    own = name.removesuffix("-best")  # as `dropsearch export` names its file's study
    if len(own) > 100 or len(own.encode()) > 200:
        raise ValueError("is too long for the names of files: take at most 100 letters")
    return name


def _scalar(value: Any) -> Any:
    if isinstance(value, str | bool | int) or (isinstance(value, float) and value - value == 0):
        return value
    raise ValueError("is not a value of one cell: write a word or a finite number")


Column = Annotated[Text, Field(max_length=1000)]
Cell = Annotated[
    str | int | float | bool,
    PlainValidator(_scalar, json_schema_input_type=str | int | float | bool),
]
Columns = Annotated[tuple[Column, ...], *LISTED]
Cycles = Annotated[tuple[Cycle, ...], *LISTED]
Codes = Annotated[tuple[Number, ...], *LISTED]


def _several(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) < 2:
        raise ValueError(f"is a list of one: write {names[0]}" if names else "is an empty list")
    return names


_OneOrMore = Annotated[
    Annotated[Column, Tag(VALUE)]
    | Annotated[tuple[Column, ...], *LISTED, AfterValidator(_several), Tag(LIST)],
    Discriminator(list_or_value),
]
TimeColumns = _OneOrMore
TargetColumns = _OneOrMore

StudyName = Annotated[Text, AfterValidator(_study_name)]
FilePath = Annotated[Text, AfterValidator(_clean)]
