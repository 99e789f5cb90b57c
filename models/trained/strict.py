"""JSON of files that anybody may have changed: each value of its type, or the key that is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from dropsearch.models.cells.columns import quote

_MOST_FAULTS = 1000  # of which the first is told; more take memory
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def model_of(kind: Any, **others: Any) -> Any:
    """The fields of a dataclass as strict reading takes them, from a mapping."""
    hints = get_type_hints(kind, include_extras=True) | others
    named: Any = {
        own.name: (hints[own.name], ... if own.default is MISSING else own.default)
        for own in fields(kind)
    }
    return create_model(kind.__name__, __config__=STRICT, **named)


M = TypeVar("M", bound=BaseModel)


def valid(kind: type[M], text: bytes) -> M:
    """What JSON holds, each value of its type. Raises ValueError with the first key that is not,
    or RecursionError."""
    content = _tuples(json.loads(text))  # pydantic's own reader copies all of it for each fault
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        if error.error_count() > _MOST_FAULTS:
            raise ValueError("it has keys by the thousand that no such file has") from None
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"] if not str(part).startswith("<"))
        raise ValueError(f"{quote(key)}: {first['msg']}") from None


def _tuples(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _tuples(value) for key, value in content.items()}
    return tuple(map(_tuples, content)) if isinstance(content, list) else content


def check(fits: Mapping[str, bool]) -> None:
    """Raises ValueError naming what does not fit."""
    wrong = [name for name, right in fits.items() if not right]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} cannot be as it is there")
