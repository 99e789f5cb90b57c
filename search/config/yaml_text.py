"""Reading YAML, on the safe side of its traps; `studies.recommend.yaml_text` writes it.

The reader builds plain values from PyYAML's events itself: no tag makes an object, keys must not
repeat, aliases cannot blow up, and `3e-4` is a number. Lines and words as written are kept for
the messages. What it takes is YAML 1.2's core plus yes, no, on and off as true and false.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from dropsearch.search.config.faults import YES_NO, Fault, KeyPath, Source
from dropsearch.search.errors import ConfigError
from dropsearch.studies.commands import command
from dropsearch.studies.recommend.yaml_text import FLOAT

DATA = (".csv", ".tsv", ".parquet")
LARGEST_FILE = 1_000_000  # bytes
MOST_VALUES = 20_000
DEEPEST = 20

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None,
    "true": True, "false": False, **YES_NO,
    ".nan": float("nan"), ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"),
}  # fmt: skip


def read_yaml(path: Path) -> Source:
    """The mapping in a YAML or JSON file. Raises ConfigError with line and column, or the mend."""
    text = _text(path)
    reader = _Reader(path)
    try:
        content = reader.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_syntax(path, error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            f"{path}, line {line}: holds the character U+{error.character:04X}, which "
            "YAML does not allow: take it out."
        ) from None
    if content is None:
        raise ConfigError(
            f"{path} is empty: write at least study and data, as in docs/study-yaml.md."
        )
    if not isinstance(content, dict):
        kind = "a list" if isinstance(content, list) else "a single value"
        raise ConfigError(
            f"{path} holds {kind} at the top: write keys there, such as study: and data:."
        )
    return Source(str(path), content, reader.lines, reader.written, tuple(reader.faults))


def read_value(text: str) -> Any:
    """What such a text means behind a key; itself where it is no YAML, as a mere comma."""
    try:
        content = _Reader(Path("a value")).document(yaml.parse(f"x: {text}", yaml.SafeLoader))
    except yaml.YAMLError:
        return text
    return content["x"] if isinstance(content, dict) and len(content) == 1 else text


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            near = _beside(path / "study.yaml")
            raise ConfigError(f"{path} is a folder: name the study.yaml in it.{near}")
        if not path.exists():
            raise ConfigError(f"{path} does not exist: mend the name.{_beside(path)}")
        if not path.is_file():
            raise ConfigError(f"{path} is not a plain file: name a study.yaml.")
        if path.suffix.lower() in DATA:
            written = command("init", str(path))
            raise ConfigError(f"{path} is data, and no study.yaml: {written} writes one for it.")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path} cannot be read ({reason}): mend its name or rights.") from None
    if len(content) > LARGEST_FILE:
        raise ConfigError(
            f"{path} is larger than 1 MB, which no study.yaml is: name the study, not the data."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: is not UTF-8: save the file as UTF-8.") from None


def _beside(path: Path) -> str:
    """Names the YAML files near a mistyped path, the most similar first."""
    folder = path.parent
    names = (
        sorted(file.name for file in folder.glob("*") if file.suffix in (".yaml", ".yml"))
        if folder.is_dir()
        else []
    )
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5) or names[:5]
    return f" Nearby: {', '.join(near)}." if near else ""


MENDS = (
    ("\\t", "indent with blanks, not with tabs"),
    ("mapping values are not allowed", "mend the indentation, or quote a text that holds a colon"),
    ("could not find expected ':'", "write a colon and a blank after the key"),
    ("expected <block end>", "indent keys of one section alike"),
    ("undefined alias", "define it above with & or write the value out"),
    ("cannot start any token", "put the text in quotes"),
    ("while scanning a quoted scalar", "close the quotes"),
    ("flow", "close the bracket, and put commas between its values"),
)


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    said = "; ".join(filter(None, [error.context, error.problem]))
    mend = next((mend for part, mend in MENDS if part in said), "mend that line")
    return f"{path}{where}: is not YAML ({said}): {mend}."


class _Reader:
    """Builds plain values from events; keeps lines, words as written, and faults by path."""

    def __init__(self, path: Path) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.written: dict[KeyPath, str] = {}
        self.faults: list[Fault] = []
        self._path = path
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._values = 0

    def document(self, events: Iterator[Any]) -> Any:
        """The one document of a file; None for an empty one."""
        content = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(event, "begins a second document", "keep one to a file")
                content = self._value(events, next(events), ())
        return content

    def _value(self, events: Iterator[Any], event: Any, at: KeyPath) -> Any:
        start, before = event, self._values
        self._count(event, 1)
        if len(at) > DEEPEST:
            raise self._refused(event, f"is nested deeper than {DEEPEST} levels", "flatten it")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._refused(
                    event, f"uses *{event.anchor} before it is complete", "write the value out"
                )
            value, size = self._anchors[event.anchor]
            self._count(event, size)
            return value
        if event.tag is not None:
            self.faults.append(
                Fault(at, f"has the tag {event.tag}, and tags are not read: write the plain value")
            )
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, at)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                place = (*at, len(value))
                self.lines[place] = event.start_mark.line + 1
                value.append(self._value(events, event, place))
        else:
            value = self._mapping(events, at)
        if start.anchor is not None:
            self._anchors[start.anchor] = (value, self._values - before)
        return value

    def _mapping(self, events: Iterator[Any], at: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            line: int = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refused(key, "has a key that is not a word", "write a name as the key")
            name = self._characters(key.value, at)
            place = (*at, name)
            if name == "<<":
                self.faults.append(Fault(place, "merging is not offered: write the keys out"))
            if name in mapping:
                first = self.lines[place]
                self.faults.append(
                    Fault(place, f"stands in line {first} and again in line {line}: keep one")
                )
            self.lines.setdefault(place, line)
            value = self._value(events, next(events), place)
            mapping.setdefault(name, value)
        return mapping

    def _scalar(self, event: Any, at: KeyPath) -> Any:
        if event.style is None:
            self.written[at] = event.value
            return plain_value(event.value)
        return self._characters(event.value, at)

    def _characters(self, text: str, at: KeyPath) -> str:
        """Joins the two halves in which JSON writes characters beyond U+FFFF."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.faults.append(
                Fault(at, "holds half a character (\\ud800 to \\udfff): take it out")
            )
            return ""

    def _count(self, event: Any, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise self._refused(
                event,
                f"the file has more than {MOST_VALUES} values, aliases written out",
                "shorten it",
            )

    def _refused(self, event: Any, what: str, mend: str) -> ConfigError:
        mark = event.start_mark
        return ConfigError(
            f"{self._path}, line {mark.line + 1}, column {mark.column + 1}: {what}: {mend}."
        )


def plain_value(text: str) -> Any:
    """What an unquoted word means: null, true, false, a number, or itself."""
    word = text if text.lower() not in WORDS else text.lower()
    if word in WORDS and text in (word, word.capitalize(), word.upper()):
        return WORDS[word]
    if INTEGER.fullmatch(text) and len(text) < 1000:
        return int(text)
    return float(text) if FLOAT.fullmatch(text) else text
