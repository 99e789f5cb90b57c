"""What a scenario of benchmarks.faults found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """broken: promises that were not kept, in words; facts: what else was counted."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def check(self, kept: bool, said: str) -> None:
        if not kept:
            self.broken.append(said)

    def __str__(self) -> str:
        facts = ", ".join(f"{key} {value}" for key, value in self.facts.items())
        return f"{'kept' if not self.broken else 'BROKEN':7} {self.name:24} {facts}" + "".join(
            f"\n        - {said}" for said in self.broken[:10]
        )
