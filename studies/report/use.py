"""What comes after the answer: the commands that use it, and its network as code."""

from __future__ import annotations

from dataclasses import dataclass

from dropsearch.studies.commands import command
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.snippets.code import LIBRARIES, Plain, code


@dataclass(frozen=True)
class Use:
    """steps: what each command does, and the command; snippets: code by the library's name."""

    steps: tuple[tuple[str, str], ...]
    snippets: dict[str, str]


def use(evidence: Evidence) -> Use | None:
    """None without an answer."""
    chosen, name = evidence.chosen, evidence.record.name
    if chosen is None:
        return None
    network = Plain.of(evidence.record, chosen.point, chosen.epochs)
    return Use(
        steps=(
            (
                "The answer as a study.yaml of one network",
                command("export", name, storage=evidence.store.shown, o="best.yaml"),
            ),
            ("Train it on all data", command("train", "best.yaml", o="model")),
            ("Predict new data", command("predict", "model", "new.csv", o="predictions.csv")),
        ),
        snippets={library: code(network, library) for library in LIBRARIES},
    )
