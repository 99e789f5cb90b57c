"""The model card: README.md of a model folder, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dropsearch.models.fold.scores import SCORES
from dropsearch.search.config.schema import Selected, StudyConfig
from dropsearch.search.final import intervals
from dropsearch.search.final.markdown import plain
from dropsearch.studies.answer.words import (
    duration,
    rate_in_words,
    scaling_in_words,
    sizes_in_words,
    targets_in_words,
)

_WHAT = {
    "forecast": "the next {horizon} steps of `{target}` from the last {window}",
    "classify": "the class (`{target}`) of a sequence",
    "regress": "a number (`{target}`) for a sequence",
}


def card(config: StudyConfig, about: Mapping[str, Any]) -> str:
    """What the model is, how well its configuration did in the study, and how it is used."""
    return "\n".join(_lines(config, about)) + "\n"


def _lines(config: StudyConfig, about: Mapping[str, Any]) -> Iterator[str]:
    data, point = about["data"], about["point"]
    number = len(about["seeds"])
    what = _WHAT[config.data.task].format(
        target=plain(" and ".join(config.data.targets)),
        horizon=config.data.horizon,
        window=config.data.window,
    )
    if config.data.text is not None:
        what = what.replace("a sequence", "a text")
    yield from (f"# {plain(about['study'])}", "")
    ours = {"lstm": "An LSTM", "gru": "A GRU network"}[point.get("cell", "lstm")]
    own = config.model.network
    network = ours if own is None else f"A network of the class `{own}`"
    version = about["versions"]["dropsearch"]
    yield f"{network} that predicts {what}. Trained by dropsearch {version}."
    yield from ("", "## Network", "")
    mask = f", mask {point['mask']}" if "mask" in point else ""
    yield f"- {sizes_in_words(point)}, dropout {rate_in_words(point)}{mask}"
    yield f"- {about['parameters']:,} parameters" + (
        f" in each of {number} networks, whose predictions are averaged" if number > 1 else ""
    )
    yield f"- trained for {about['epochs']} epochs in {duration(about['seconds'])}; seeds " + (
        ", ".join(map(str, about["seeds"]))
    )
    yield from ("", "## Data", "")
    series = "" if config.data.text else f", {data['series']:,} series"
    yield f"- file `{plain(data['path'])}`: {data['rows']:,} rows{series}"
    if "first" in data:
        yield f"- {data['calendar']}, {plain(data['first'])} to {plain(data['last'])}"
    if config.data.vectors is not None:
        yield f"- word vectors, {point['embedding']}: `{plain(config.data.vectors)}`"
    if config.data.text is None:
        yield f"- scaling: {scaling_in_words(data['scaling'])}"
    yield (
        f"- {about['training']['examples']:,} of {data['examples']:,} examples were trained on"
        + ("; the holdout was not" if about["holdout"] else ", the newest among them")
    )
    yield f"- SHA-256 of its content: `{data['fingerprint']}`"
    yield from (f"- **Note:** {plain(note)}" for note in about["notes"])
    yield from ("", "## Scores", "")
    if config.search.weights:
        counted = targets_in_words(config.data.targets, config.search.weights)
        yield from (f"A weighted score is the mean over the targets: {plain(counted)}.", "")
    if config.selected is not None:
        yield "Of the study that chose this configuration, by cross-validation:"
        yield from ("", *_of_study(config, config.selected), "")
    yield "Of this model, dropout off:"
    metrics = " | ".join(_label(config, metric) for metric in about["training"]["scores"])
    yield from ("", f"| | examples | {metrics} |")
    yield "| --- | ---: |" + " ---: |" * len(about["training"]["scores"])
    yield _row("data it was trained on: no measure of new data", about["training"])
    if about["holdout"]:
        yield _row("holdout, which it has not seen", about["holdout"])
    yield from ("", "## How to predict", "", "```sh")
    yield "dropsearch predict THIS_FOLDER NEW.csv -o predictions.csv"
    yield from ("```", "", f"The file needs {_needs(config)}; other columns are not read.")
    yield from (
        "",
        "With `--samples 100` Monte Carlo dropout adds mean, standard deviation and the",
    )
    yield "5 % and 95 % quantiles. They show the model's uncertainty, not the noise of the data."
    coverage = (about["holdout"] or {}).get("coverage")
    if coverage:
        yield f"Between them lay {coverage['share']:.0%} of the holdout's true values."
    yield from intervals.of_card(config, about)
    yield from ("", "## Versions", "")
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items())


def _of_study(config: StudyConfig, chosen: Selected) -> Iterator[str]:
    metric = _label(config, chosen.metric or "score")
    yield f"| {metric} | |"
    yield "| --- | ---: |"
    error = "" if chosen.standard_error is None else f" ± {chosen.standard_error:.2g}"
    if chosen.score is not None:
        scores = len(chosen.fold_scores)
        yield f"| mean of {scores} fold scores ± standard error | {chosen.score:.4g}{error} |"
    if chosen.baseline is not None:
        name = plain(chosen.baseline.name)
        yield f"| baseline without a network: {name} | {chosen.baseline.score:.4g} |"
    if chosen.holdout is not None:
        held = f"{chosen.holdout:.4g}{_between(chosen.holdout_interval)}"
        yield f"| holdout, by a model trained on the rest | {held} |"


def _row(name: str, part: Mapping[str, Any]) -> str:
    found = part.get("intervals", {})
    scores = " | ".join(
        f"{score:.4g}{_between(found.get(metric))}" for metric, score in part["scores"].items()
    )
    return f"| {name}{_by_target(part)} | {part['examples']:,} | {scores} |"


def _by_target(part: Mapping[str, Any]) -> str:
    """` (load 0.93, price 1.2)`; empty where there is one target."""
    each = ", ".join(
        f"{plain(name)} {score:.4g}" for name, score in part.get("targets", {}).items()
    )
    return each and f" ({each})"


def _between(interval: Sequence[float] | None) -> str:
    """` (0.884 to 0.977 at 95 %)`"""
    return "" if interval is None else f" ({interval[0]:.4g} to {interval[1]:.4g} at 95 %)"


def _label(config: StudyConfig, metric: str) -> str:
    label = SCORES[metric].label if metric in SCORES else plain(metric)
    return f"weighted {label}" if config.search.weights else label


def _needs(config: StudyConfig) -> str:
    data = config.data
    if data.text is not None:
        return f"the column `{plain(data.text)}`"
    named = [data.series, *data.times, *(data.targets if data.task == "forecast" else ())]
    columns = ", ".join(f"`{plain(name)}`" for name in named if name is not None)
    known = ", ".join(f"`{plain(name)}`" for name in data.known)
    ahead = f", and at the steps to be forecast {known}" if known else ""
    return f"the columns {columns} and the features (see preparation.json){ahead}"


def in_words(config: StudyConfig, about: Mapping[str, Any]) -> list[str]:
    """What a training says at its end."""
    number = len(about["seeds"])
    trained = (
        f"Trained {number} network{'s' if number > 1 else ''} ({sizes_in_words(about['point'])}"
    )
    lines = [
        f"{trained}, dropout {rate_in_words(about['point'])}) for {about['epochs']} epochs in "
        f"{duration(about['seconds'])}."
    ]
    parts = [(about["training"], "it was trained on"), (about["holdout"], "held out")]
    for part, where in parts:
        for metric, score in part["scores"].items() if part else ():
            name = _label(config, metric)
            lines.append(
                f"{name[0].upper() + name[1:]} on the {part['examples']:,} examples {where}, "
                f"dropout off: {score:.6g}{_between(part.get('intervals', {}).get(metric))}"
                f"{_by_target(part)}"
            )
    lines += intervals.in_words(about)
    chosen = config.selected
    if chosen is not None and chosen.score is not None:
        error = "" if chosen.standard_error is None else f" ± {chosen.standard_error:.2g}"
        held = _between(chosen.holdout_interval)
        held = "" if chosen.holdout is None else f"; holdout {chosen.holdout:.4g}{held}"
        beside = chosen.baseline
        without = "" if beside is None else f" ({beside.name}: {beside.score:.4g})"
        metric = _label(config, chosen.metric or "score")
        lines.append(
            f"The study's, by cross-validation: {metric} {chosen.score:.4g}{error}{without}{held}"
        )
    return lines
