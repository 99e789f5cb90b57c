"""What a rule between keys of study.yaml is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dropsearch.search.config.faults import KeyPath, shown
from dropsearch.search.config.schema import StudyConfig

Faults = Iterator[tuple[str, str]]  # key, and what is wrong with its mend
Rule = Callable[[StudyConfig], Faults]


class Rules(list[tuple[tuple[KeyPath, ...], Rule]]):
    """Rules with the keys that each reads, in the order in which their faults are told."""

    def reads(self, *keys: str) -> Callable[[Rule], Rule]:
        """Registers a rule, as a decorator."""

        def register(rule: Rule) -> Rule:
            self.append((tuple(tuple(key.split(".")) for key in keys), rule))
            return rule

        return register


def forecast_only(key: str, value: object, default: str = "") -> Faults:
    write = f", or write {default}" if default else ""
    yield key, f"{shown(value)} is for task: forecast alone: leave it out{write}"
