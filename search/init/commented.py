"""The text of a study.yaml with the reason of each guess, for people to mend."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from dropsearch.search.init.features import one_line
from dropsearch.search.init.sizing import UPDATES, Sized
from dropsearch.studies.commands import command
from dropsearch.studies.recommend.yaml_text import write_yaml

WIDTH = 100


def commented(
    mapping: Mapping[str, Any], why: Mapping[str, str], plan: Sized, time: str, name: str
) -> str:
    """mapping: the study, section by section; why: by key, as "data.task"; name: of its file."""
    lines = [
        *_wrapped("Written by dropsearch init: guesses, each with its reason. Mend what is wrong."),
        *_wrapped(f"{time[0].upper()}{time[1:]}."),
        f"# Next: {one_line(command('check', name))}; {one_line(command('launch', name))}",
        *_entry("study", mapping["study"]),
    ]
    reasons = {**why, **_reasons(plan)}
    for section in ("data", "folds", "model", "training", "search", "confirm"):
        content = mapping[section]
        if content is None:
            lines += ["", *_entry(section, None, reasons.get(section, ""))]
            continue
        lines += ["", f"{section}:"]
        for key, value in content.items():
            lines += _indented(_entry(key, value, reasons.get(f"{section}.{key}", "")))
        for hint in _hints(section, mapping, plan):
            lines += _indented(_wrapped(hint))
    return "\n".join(lines) + "\n"


def _reasons(plan: Sized) -> dict[str, str]:
    """Of the keys that the time decides."""
    split = plan.inputs.split
    redrawn = split.kind in ("kfold", "stratified")
    texts = plan.inputs.data.texts is not None
    return {
        "model.hidden_size": "the largest that fit the time",
        "model.bidirectional": "read in both directions" if texts else "in one direction, or both",
        "model.pooling": "what the head sees of all steps",
        "model.sites": "where the rate acts: on whole words, on their vectors and behind the layer",
        "model.dropout": "one rate for all of these"
        if texts
        else "one rate, at the output: between layers, too, where there are several",
        "training.epochs": f"at most; {UPDATES} steps of training, less where the time is short",
        "training.batch_size": f"for {max(len(f.train) for f in split.folds):,} examples",
        "training.averaging": "the weights, averaged over the ends of the epochs, are steadier",
        "search.trials": "as many as fit the time",
        "confirm": "the time does not suffice for more than the search, whose answer is likely "
        "too good",
        "confirm.repeats": "each on new folds and seeds" if redrawn else "each on new seeds",
    }


def _hints(section: str, mapping: Mapping[str, Any], plan: Sized) -> Iterator[str]:
    """Defaults that a user may want to change, and what they come to here."""
    data = mapping["data"]
    if section == "data":
        if "text" in data:
            yield "tokens: words  # or bpe: pieces of words, learnt from the texts"
        elif "features" not in data:
            yield "features: null  # every other column of numbers"
        if data["task"] != "forecast" and "group" not in data:
            yield "group: null  # a column whose values must stay in one fold, such as a person"
        if data["task"] == "forecast" and data.get("layout", "long") == "long":
            yield "known: []  # columns known in advance for the steps forecast: a price, a holiday"
    elif section == "model":
        yield "mask: standard  # or locked: one mask for all steps; [standard, locked] tries both"
    elif section == "training":
        yield "patience: 6  # epochs without a better score"
    elif section == "search":
        yield f"metric: auto  # {plan.inputs.metric}"
        yield "timeout: null  # seconds for the search"
    elif section == "confirm":
        yield "smallest_effect: auto  # the smallest difference worth having, in the metric's unit"


def _entry(key: str, value: Any, why: str = "") -> list[str]:
    """A key with its reason beside it, or above where the line would be too long."""
    text = f"{key}: {_flow(value)}" if _is_flow(value) else write_yaml({key: value}).rstrip("\n")
    lines = text.split("\n")
    if not why:
        return lines
    if len(lines) == 1 and len(text) + len(why) + 6 <= WIDTH:
        return [f"{text}  # {one_line(why)}"]
    return [*_wrapped(why), *lines]


def _is_flow(value: Any) -> bool:
    """Whether it is written on one line: values of the search, which need no quotes."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(values) and not any(isinstance(item, str) for item in values)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrapped(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(one_line(text), WIDTH - 4)]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
