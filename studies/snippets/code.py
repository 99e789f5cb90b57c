"""The recommended network with its numbers as plain PyTorch and Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from dropsearch.studies.answer.words import ARGS, scaling_in_words, sites_of, sizes_in_words
from dropsearch.studies.claims.predictions import width
from dropsearch.studies.store.records import StudyRecord

LIBRARIES = {"PyTorch": "pytorch.jinja", "Keras": "keras.jinja"}
VECTORS = 300  # numbers of a word, where only the user's file knows how many


@dataclass(frozen=True)
class Plain:
    """A network and its training as code needs them.

    features: channels of numbers; categories: columns of words, whose channels come on top. padded:
    whether sequences differ in length. sites: where a shared rate acts. static: columns with one
    value for each series. known: columns that are known ahead, as are the cycles of the calendar.
    """

    point: Mapping[str, Any]
    task: str
    features: int
    categories: tuple[str, ...]
    outputs: int
    vocabulary: int | None
    embedding: int
    padded: bool
    scaling: str
    epochs: int
    clip: float | None
    sites: tuple[str, ...]
    static: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    cycles: tuple[str, ...] = ()
    targets: int = 1
    averaging: float | None = None

    @classmethod
    def of(cls, record: StudyRecord, point: Mapping[str, Any], epochs: int) -> Plain:
        found, config = record.summary, record.config
        text, lengths = found.get("text"), found["lengths"]
        size = point.get("embedding_size") or config["model"].get("embedding_size")
        cycles = tuple(found.get("cycles", ()))
        return cls(
            point=point,
            task=found["task"],
            features=len(found["features"]) + 2 * len(cycles),
            categories=tuple(found["categories"]),
            outputs=width(record),
            vocabulary=text["vocabulary"] if text else None,
            embedding=size or VECTORS,
            padded=found["task"] != "forecast" and lengths["min"] != lengths["max"],
            scaling=scaling_in_words(found["scaling"]) if "scaling" in found else "",
            epochs=epochs,
            clip=config["training"].get("clip"),
            averaging=config["training"].get("averaging"),
            sites=sites_of(record),
            static=tuple(found.get("static", ())),
            known=tuple(found.get("known", ())),
            cycles=cycles,
            targets=max(1, len(found.get("targets", ()))),
        )

    @property
    def ahead(self) -> int:
        """Channels that are known ahead, but for those of words."""
        numbers = [name for name in self.known if name not in self.categories]
        return len(numbers) + 2 * len(self.cycles)

    @property
    def steps(self) -> int:
        """Of a forecast."""
        return self.outputs // self.targets

    @property
    def known_words(self) -> tuple[str, ...]:
        return tuple(name for name in self.known if name in self.categories)

    @cached_property
    def rates(self) -> dict[str, str]:
        """By site, those above 0 that the network has."""
        found = {
            key.removeprefix("dropout."): r for key, r in self.point.items() if "dropout." in key
        }
        if "dropout" in self.point:
            found = dict.fromkeys(self.sites, self.point["dropout"])
        if self.point["layers"] == 1:
            found.pop("between", None)
        return {site: f"{rate:.6g}" for site, rate in found.items() if rate > 0}

    @property
    def sizes(self) -> str:
        return sizes_in_words(self.point)

    @property
    def cell(self) -> str:
        """The name of its layers in both libraries."""
        return str(self.point.get("cell", "lstm")).upper()

    @property
    def locked(self) -> bool:
        return bool(self.point.get("mask") == "locked")

    @property
    def recurrent(self) -> str | None:
        """The kind of recurrent dropout, where it has a rate."""
        kind = self.point.get("recurrent", "none")
        acts = {"recurrent", "recurrent_hidden"} & self.rates.keys()
        return kind if kind != "none" and acts else None

    @property
    def own_words(self) -> bool:
        """Whether the embedding starts from vectors of the user's."""
        return "embedding" in self.point


def own_code(record: StudyRecord, point: Mapping[str, Any]) -> str:
    """The call of the user's own class."""
    module, _, name = str(record.config["model"].get("network")).partition(":")
    found, text = record.summary, record.summary.get("text")
    arguments = {
        key.removeprefix("dropout.").removeprefix(ARGS): value
        for key, value in point.items()
        if key.startswith((ARGS, "dropout"))
    }
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    features = 0 if text else len(found["features"])
    return (
        f"from {module} import {name}\n\n"
        f"network = {name}({features}, {width(record)}, {given})\n"
        f"# batches of {point['batch_size']}, learning rate {point['learning_rate']:.6g}, weight "
        f"decay {point['weight_decay']:.6g}\n"
    )


def code(network: Plain, library: str) -> str:
    """Code that runs; library: of `LIBRARIES`."""
    text: str = _page(library).render(n=network, p=network.point)
    return text


@cache
def _page(library: str) -> Template:
    loader = PackageLoader("dropsearch.studies.snippets")
    templates = Environment(loader=loader, trim_blocks=True, lstrip_blocks=True)
    return templates.get_template(LIBRARIES[library])
