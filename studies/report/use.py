"""What comes after the answer: the commands that use it, and its network as code."""

from __future__ import annotations

from dataclasses import dataclass

from dropsearch.studies.commands import command
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.snippets.code import LIBRARIES, Plain, code, own_code


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
    own = evidence.record.config["model"].get("network")
    if own is None:
        network = Plain.of(evidence.record, chosen.point, chosen.epochs)
        snippets = {library: code(network, library) for library in LIBRARIES}
    else:
        snippets = {"PyTorch": own_code(evidence.record, chosen.point)}
    return Use(
        steps=(
            (
                "The answer as a study.yaml of one network",
                command("export", name, storage=evidence.store.shown, o="best.yaml"),
            ),
            ("Train it on all data", command("train", "best.yaml", o="model")),
            (
                "Predict new data",
                command("predict", "model", "new.csv", o="predictions.csv", network=own),
            ),
        ),
        snippets=snippets,
    )
