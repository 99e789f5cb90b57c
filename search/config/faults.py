"""Faults of study.yaml in words: where, what stands there, what is wrong, and the mend."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dropsearch.search.config.values import Section
from dropsearch.search.errors import ConfigError

KeyPath = tuple[str | int, ...]

MOST_SHOWN = 20  # faults of one file

# The words of YAML 1.1 for true and false, which look like names.
YES_NO = {"yes": True, "on": True, "no": False, "off": False}


@dataclass(frozen=True)
class Fault:
    """One fault; `text` goes on after the key's path."""

    path: KeyPath
    text: str

    def under(self, faults: Sequence[Fault]) -> bool:
        """Whether one of `faults` is about the same key or one above it."""
        return any(self.path[: len(fault.path)] == fault.path for fault in faults if fault.path)


@dataclass(frozen=True)
class Source:
    """What a configuration was read from: content, and by path its lines and words as written."""

    name: str
    content: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    written: Mapping[KeyPath, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def raise_faults(faults: Sequence[Fault], source: Source) -> NoReturn:
    """Raises ConfigError with the faults, a line each, in the order of the file, the first ones."""
    unique = list(dict.fromkeys(faults))
    unique.sort(key=lambda fault: _line(fault.path, source))
    counted = "1 error" if len(unique) == 1 else f"{len(unique):,} errors"
    lines = [f"{source.name} has {counted}:"]
    for fault in unique[:MOST_SHOWN]:
        line = _line(fault.path, source)
        where = f"line {line}, " if line else ""
        lines.append(f"  {where}{dotted(fault.path) or 'the top'}: {fault.text}")
    if len(unique) > MOST_SHOWN:
        lines.append(f"  and {len(unique) - MOST_SHOWN:,} more")
    raise ConfigError("\n".join(lines))


def _line(path: KeyPath, source: Source) -> int:
    """The line of the key, or of the nearest one above it; 0 where there is none."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in source.lines:
            return source.lines[path[:depth]]
    return 0


def dotted(path: KeyPath) -> str:
    """`data.features[2]`"""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text.replace("\n", " ")


def shown(value: Any) -> str:
    """A value as one would write it in YAML, on one line, shortened."""
    text = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in _flow(value)
    )
    return text if len(text) <= 80 else text[:76] + " ..."


def written(spec: object) -> str:
    """A value, list or range as in study.yaml."""
    return shown(spec.model_dump() if hasattr(spec, "model_dump") else spec)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value - value != 0:
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return str(value)


def one_of(choices: Sequence[str]) -> str:
    """`a, b or c`"""
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def explained(error: ValidationError, schema: type[Section], source: Source) -> Iterator[Fault]:
    """Pydantic's errors as faults, in the order of the file; only the first ones have a text."""
    details = [(_key_of(detail), detail) for detail in error.errors(include_url=False)]
    details.sort(key=lambda found: _line(found[0], source))
    for place, (path, detail) in enumerate(details):
        if place >= MOST_SHOWN:
            yield Fault(path, "")
        elif detail["type"] in ("extra_forbidden", "invalid_key"):
            yield Fault(path, _unknown_key(path, schema))
        elif detail["type"] == "missing":
            yield Fault(path, _missing(path, schema))
        else:
            yield Fault(path, _wrong_value(path, detail, schema, source))


def _key_of(detail: ErrorDetails) -> KeyPath:
    path = tuple(part for part in detail["loc"] if not str(part).startswith("<"))
    unknown = detail["type"] in ("extra_forbidden", "invalid_key")
    return (*path[:-1], str(path[-1])) if unknown else path


def _wrong_value(path: KeyPath, detail: ErrorDetails, schema: type[Section], source: Source) -> str:
    written, value, kind = source.written.get(path), detail["input"], detail["type"]
    ctx = detail.get("ctx", {})
    if isinstance(value, bool) and written and written.lower() in YES_NO:
        if kind == "string_type":
            return f'{as_read(written)}: write "{written}" in quotes'
        if kind == "literal_error":
            return f"{as_read(written)}: write {_choices(ctx)}"
    text = written if written and not isinstance(value, str) else shown(value)
    if kind == "value_error":
        return f"{text} {ctx['error']}"
    what, mend = WORDS[kind](ctx) if kind in WORDS else ("cannot be read", "see the documentation")
    if kind == "string_type" and isinstance(value, int | float):
        mend = f'write "{text}" in quotes if it is one'
    elif kind == "int_type" and isinstance(value, float) and value.is_integer():
        mend = f"write {int(value)}"
    elif kind in ("int_type", "float_type") and (example := _example(path, schema)) is not None:
        mend = f"write one, such as {example}"
    nullable = kind.endswith("_type") and type(None) in get_args(_annotation(path, schema))
    return f"{text} {what}: {mend}{', or null' if nullable else ''}"


def as_read(written: str) -> str:
    """What YAML makes of yes, no, on and off."""
    return f"{written} without quotes is read as {shown(YES_NO[written.lower()])}"


def _choices(ctx: Mapping[str, Any]) -> str:
    """Pydantic's `'a', 'b' or 'c'` without the quotes."""
    return str(ctx["expected"]).replace("'", "")


def _bound(sign: str, limit: str) -> Callable[[Mapping[str, Any]], tuple[str, str]]:
    def words(ctx: Mapping[str, Any]) -> tuple[str, str]:
        bound = int(ctx[limit])
        return f"is not {sign} {bound}", f"write a number {sign} {bound}"

    return words


# Pydantic's type of error -> what is wrong, and the mend.
WORDS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "int_type": lambda _: ("is not a whole number", "write one, such as 3"),
    "float_type": lambda _: ("is not a number", "write one, such as 0.5"),
    "string_type": lambda _: ("is not a name", "write one"),
    "bool_type": lambda _: ("is neither true nor false", "write true or false"),
    "literal_error": lambda ctx: ("is not offered", f"write {_choices(ctx)}"),
    "finite_number": lambda _: ("is not a finite number", "write one, such as 0.5"),
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("below", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "tuple_type": lambda _: ("is not a list", "write one, such as [a, b]"),
    "too_short": lambda _: ("is an empty list", "write at least one value"),
    "string_too_short": lambda _: ("is empty", "write a name"),
    "string_too_long": lambda ctx: ("is too long", f"write at most {ctx['max_length']} letters"),
    "model_type": lambda _: ("is not a mapping", "write its keys below it, indented"),
    "dict_type": lambda _: ("is not a mapping", "write its keys below it, indented"),
}


def _example(path: KeyPath, schema: type[Section]) -> Any:
    for model in _models(path[:-1], schema):
        info = model.known_keys().get(str(path[-1]))
        if info is not None and info.examples:
            return info.examples[0]
    return None


def _missing(path: KeyPath, schema: type[Section]) -> str:
    example = _example(path, schema)
    return "is missing: write it" + (
        "" if example is None else f", for example {path[-1]}: {example}"
    )


def _unknown_key(path: KeyPath, schema: type[Section]) -> str:
    """Names the nearest key here, or else the nearest anywhere, or else all that are known here."""
    key, above = str(path[-1]), path[:-1]
    here = [(*above, name) for model in _models(above, schema) for name in model.known_keys()]
    anywhere = list(every_key(schema))
    same = [place for place in anywhere if place[-1] == key]
    near = _nearest(key, here, 0.6) or (same and same[0]) or _nearest(key, anywhere, 0.6)
    if near:
        return f"is an unknown key: did you mean {dotted(near)}?"
    known = one_of([str(place[-1]) for place in here])
    nearest = _nearest(key, here, 0.0)
    return f"is an unknown key: known here are {known}; the nearest is {dotted(nearest or here[0])}"


def _nearest(key: str, places: Sequence[KeyPath], cutoff: float) -> KeyPath | None:
    names = [str(place[-1]) for place in places]
    near = difflib.get_close_matches(key, names, n=1, cutoff=cutoff)
    return places[names.index(near[0])] if near else None


def every_key(model: type[Section], above: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of all keys, those of sections inside it, too."""
    for name, info in model.known_keys().items():
        yield (*above, name)
        for inner in _nested(info.annotation):
            yield from every_key(inner, (*above, name))


def _models(path: KeyPath, schema: type[Section]) -> list[type[Section]]:
    """The models that may stand at `path`."""
    models = [schema]
    for part in path:
        if isinstance(part, str):
            models = [
                inner
                for model in models
                if part in model.known_keys()
                for inner in _nested(model.known_keys()[part].annotation)
            ]
    return models


def _annotation(path: KeyPath, schema: type[Section]) -> Any:
    for model in _models(path[:-1], schema):
        if path[-1] in model.known_keys():
            return model.known_keys()[str(path[-1])].annotation
    return None


def _nested(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _nested(inner)]
