"""The rules between keys that a configuration breaks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dropsearch.search.config.faults import YES_NO, Fault, KeyPath, Source, as_read
from dropsearch.search.config.rules import of_data, of_folds, of_network, of_search, of_text
from dropsearch.search.config.schema import StudyConfig

RULES = [*of_text.RULES, *of_data.RULES, *of_folds.RULES, *of_network.RULES, *of_search.RULES]


def broken_rules(config: StudyConfig, source: Source, faulty: Sequence[Fault] = ()) -> list[Fault]:
    """The faults between keys, but for rules over keys that `faulty` names."""
    paths = [fault.path for fault in faulty]
    found = _unquoted_holdout(source)
    of_points = of_search.OF_POINTS if of_network.is_sound(config) else ()
    for keys, rule in (*RULES, *of_points):
        if not _touched(keys, paths):
            found += [Fault(tuple(key.split(".")), text) for key, text in rule(config)]
    return [fault for fault in found if not _touched([fault.path], paths)]


def _touched(keys: Collection[KeyPath], faulty: Collection[KeyPath]) -> bool:
    """Whether one of the keys, or one above or below it, is at fault."""
    return any(key[: len(path)] == path[: len(key)] for key in keys for path in faulty if path)


def _unquoted_holdout(source: Source) -> list[Fault]:
    path = ("folds", "holdout", "value")
    written = source.written.get(path, "")
    if written.lower() not in YES_NO:
        return []
    return [Fault(path, f'{as_read(written)}: write "{written}" in quotes, or true or false')]
