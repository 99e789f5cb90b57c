"""What things of a study are called, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

from dropsearch.studies.answer.answer import Answer, Standing
from dropsearch.studies.store.contract import BASELINE, Lengths, Texts
from dropsearch.studies.store.records import StudyRecord

ARGS = "args."  # before the arguments of a network of the user's own
BY_ITSELF = ("between", "output")  # sites of a shared rate where a study names none


def rate_in_words(point: Mapping[str, Any]) -> str:
    """`0.31`, or `input 0.1, recurrent 0.25 (update)` with the sites that have a rate."""
    if "dropout" in point:
        return f"{point['dropout']:.3g}"
    kind = point.get("recurrent", "none")
    rates = {
        key.removeprefix("dropout."): f"{rate:.3g}"
        for key, rate in point.items()
        if key.startswith("dropout.") and rate > 0
    }
    if "recurrent" in rates:
        rates["recurrent"] += f" ({kind})"
    return ", ".join(f"{site} {rate}" for site, rate in rates.items()) or "0"


def sites_of(record: StudyRecord) -> tuple[str, ...]:
    """Where a shared rate acts; in older studies between layers and at the output."""
    model: Mapping[str, Any] = record.config["model"]
    return tuple(model.get("sites", BY_ITSELF))


def placed(record: StudyRecord, point: Mapping[str, Any]) -> str:
    """` at embedding, input and output`, where a shared rate acts elsewhere than it does by itself;
    empty for none."""
    *others, last = sites_of(record)
    if point.get("dropout", 0) == 0 or {*others, last} <= {*BY_ITSELF}:
        return ""
    return f" at {', '.join(others)} and {last}" if others else f" at {last}"


def sizes_in_words(point: Mapping[str, Any]) -> str:
    """`2 layers of 64 units`, `1 bidirectional layer of 32 GRU units, mean pooling`"""
    if "hidden_size" not in point:
        return _arguments_in_words(point)
    both = "bidirectional " if point.get("bidirectional") else ""
    layers = f"1 {both}layer" if point["layers"] == 1 else f"{point['layers']} {both}layers"
    pooling = point.get("pooling", "last")
    pooled = "" if pooling == "last" else f", {pooling} pooling"
    vectors = f", {point['embedding']} word vectors" if "embedding" in point else ""
    units = "GRU units" if point.get("cell") == "gru" else "units"
    return f"{layers} of {point['hidden_size']} {units}{pooled}{vectors}"


def _arguments_in_words(point: Mapping[str, Any]) -> str:
    """`channels 16, kernel 5`, of a network of the user's own."""
    own = [f"{key.removeprefix(ARGS)} {v}" for key, v in point.items() if key.startswith(ARGS)]
    return ", ".join(own) or "your own network"


def choice_in_words(key: str, point: Mapping[str, Any]) -> str:
    """What a point has chosen: `hidden size 64`, `1 layer`, `no dropout at the site between`."""
    value = point[key]
    if key.startswith("dropout."):
        site = key.removeprefix("dropout.").replace("_", " ").removesuffix("dropout").strip()
        named = f"{site} dropout".strip()
        return f"{named} {value:.3g}" if value else f"no {named}"
    return {
        "cell": f"{str(value).upper()} cells",
        "hidden_size": f"{value} units",
        "layers": f"{value} layer{'' if value == 1 else 's'}",
        "bidirectional": "both directions" if value else "one direction",
        "pooling": "the last step" if value == "last" else f"{value} pooling",
        "embedding_size": f"{value} numbers a word",
        "embedding": f"{value} word vectors",
        "recurrent": f"recurrent kind {value}",
        "mask": f"{value} mask",
    }.get(key, f"{key.removeprefix(ARGS)} {value}")


def standing_in_words(standing: Standing | None) -> str:
    """`better`, `worse`, `as good`, `no clear difference`; empty where nothing was compared."""
    return "no clear difference" if standing == "not told apart" else standing or ""


def epochs_in_words(epochs: int) -> str:
    return f"{epochs} epoch{'' if epochs == 1 else 's'}"


def metric_in_words(record: StudyRecord) -> str:
    """`MASE`, `balanced accuracy`, of targets with weights `weighted MASE`."""
    return ("weighted " if "weights" in record.summary else "") + metric_of_each(record)


def metric_of_each(record: StudyRecord) -> str:
    """As `metric_in_words`, of a target by itself."""
    return metric_spelt(record.metric)


def metric_spelt(metric: str) -> str:
    """A key of study.yaml as people write it: `MASE`, `balanced accuracy`."""
    short = {name: name.upper() for name in ("f1", "auroc", "rmse", "mae", "mase")}
    short["smape"] = "sMAPE"
    return short.get(metric, metric.replace("_", " "))


def count(things: int | Sized, noun: str) -> str:
    """`1 trial`, `1,303 examples`."""
    number = things if isinstance(things, int) else len(things)
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def scaling_in_words(scaling: str) -> str:
    """How inputs are scaled; scaling: of Preparation."""
    return {
        "train": "by mean and spread of the training part",
        "window": "each window by its own mean and spread; a feature that stands still in it by "
        "those of the training part",
        "none": "none",
    }[scaling]


def ahead_in_words(columns: Sequence[str], cycles: Sequence[str]) -> str:
    """`price, holiday, and of the calendar hour`; empty where nothing is known ahead."""
    calendar = f"of the calendar {', '.join(cycles)}" if cycles else ""
    return ", and ".join(part for part in (", ".join(columns), calendar) if part)


def targets_in_words(targets: Sequence[str], weights: Mapping[str, float]) -> str:
    """`load (weight 1), price (weight 0.2)`"""
    return ", ".join(f"{name} (weight {weights[name]:g})" if weights else name for name in targets)


def texts_in_words(text: Texts, lengths: Lengths, examples: int) -> str:
    """What texts a study has."""
    unit = {"words": "words and marks", "bpe": "byte-pair tokens"}[text["tokens"]]
    said = f"{lengths['min']:,} to {lengths['max']:,} {unit} each, median {lengths['median']:g}"
    if text["cut"]:
        said += f", {text['cut']:,} cut at {text['max_tokens']:,}"
    if text["wordless"]:
        said += f", {text['wordless']:,} blank"
    return f"{examples:,} texts of column {text['column']}: {said}"


def best_baseline(record: StudyRecord) -> tuple[str, float] | tuple[None, None]:
    """Name and mean score of the best baseline on the study's folds."""
    means = {
        name: sum(scores) / len(scores) for name, scores in record.summary["baselines"].items()
    }
    if not means:
        return None, None
    best = (max if record.direction == "maximize" else min)(means, key=means.__getitem__)
    return best, means[best]


def name_of(answer: Answer, place: int) -> str:
    """What a configuration is called in tables."""
    curve, rate = answer.curve, answer.rates.get(place)
    if rate is not None:
        return f"dropout {rate:.3g}"
    if place == curve["control"] and place != curve["zero"]:
        return "best without dropout, sizes free"
    names = {
        curve["zero"]: "no dropout",
        curve["half"]: "dropout 0.5",
        curve["winner"]: "recommended",
    }
    member = answer.members[place]
    if place in names or member is None:
        return names.get(place, "")
    if BASELINE in member.point:
        return str(member.point[BASELINE])
    rival = next((key for key, other in answer.rivals.items() if other == place), None)
    return rate_in_words(member.point) if rival is None else choice_in_words(rival, member.point)
