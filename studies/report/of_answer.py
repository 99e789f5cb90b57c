"""The report's parts on the answer: the curve, overfitting, folds and learning curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.words import count, metric_in_words, rate_in_words, sizes_in_words
from dropsearch.studies.intervals.statistics import Array
from dropsearch.studies.plots import choices as plots_choices
from dropsearch.studies.plots import fits as plots_fits
from dropsearch.studies.plots import overfitting as plots_overfitting
from dropsearch.studies.plots import response as plots
from dropsearch.studies.plots import search as plots_search
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.part import NONE_YET, Part, listed, lower
from dropsearch.studies.store.records import Claim


def response(evidence: Evidence) -> Part:
    slug, title = "response-curve", "Score by dropout rate"
    answer, best = evidence.answer, evidence.best
    if answer is not None:
        figure = plots.response_curve(answer, evidence.trials)
        width = plots_search.PANEL * len(answer.curve["sites"])
        return Part(slug, title, _of_curve(answer, evidence.complete), figure, width=width)
    if best is None or not any(key.startswith("dropout") for key in best.point or {}):
        return Part(slug, title, NONE_YET)
    why = (
        "The study leaves the curve out (confirm: null)"
        if evidence.record.config["confirm"] is None
        else "The curve at equal sizes has not been fitted"
    )
    said = (
        f"The {count(evidence.complete, 'complete trial')} of the search. {why}; these trials "
        "differ in sizes and learning rate too, so the cloud shows where to look, not what a rate "
        "does by itself."
    )
    figure = plots_search.search_rates(evidence.record, evidence.complete, best)
    width = plots_search.PANEL * len(plots_search.searched_rates(evidence.complete))
    return Part(slug, title, said, figure, width=width)


def _of_curve(answer: Answer, trials: Sequence[Claim]) -> str:
    unit = metric_in_words(answer.record)
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    said = [f"With {sizes_in_words(chosen.point)}, {unit} is {_scores(answer)}."]
    family = [
        answer.against_zero[place, answer.curve["zero"]]
        for place in answer.rates
        if (place, answer.curve["zero"]) in answer.against_zero
    ]
    if family:
        above, below = sum(d.low > 0 for d in family), sum(d.high < 0 for d in family)
        said.append(
            "Below, what each rate gains over none, with intervals that hold for "
            f"{'each by itself' if answer.of_each(answer.zero) else 'all at once'} at "
            f"{100 * answer.level:.4g} %: {above} of {len(family)} lie wholly above 0 (▲), {below} "
            "wholly below (▼)."
        )
    if not answer.rates:
        said.append("Each panel changes one rate, the others as recommended; it only describes.")
    low, high = plots.frame(answer, trials)
    outside = sum(not low <= (claim.value or 0.0) <= high for claim in trials)
    if outside:
        lie = "lies" if outside == 1 else "lie"
        said.append(f"{count(outside, 'trial')} of the search {lie} outside the picture.")
    return " ".join(said)


def _scores(answer: Answer) -> str:
    """`0.95 ± 0.01 as recommended (0.3), 0.93 ± 0.01 without dropout`"""
    parts = [(answer.recommended, f"as recommended ({_rate(answer)})")]
    parts += [
        (place, words)
        for place, words in (
            (answer.curve["zero"], "without dropout"),
            (answer.curve["half"], "at 0.5"),
        )
        if place in answer.observations and place != answer.recommended
    ]
    return listed(
        f"{answer.observations[place].mean():.4g} ± {_error(answer, place)} {words}"
        for place, words in parts
    )


def _error(answer: Answer, place: int) -> str:
    error, mean = answer.standard_error(place), answer.observations[place].mean()
    return f"{0.0 if error < 1e-9 * abs(mean) else error:.2g}"


def choices(evidence: Evidence) -> Part | None:
    """None where nothing but rates was searched, or no rivals were asked for."""
    answer = evidence.answer
    if answer is None or not answer.rivals:
        return None
    said = (
        "What the recommended configuration would gain by one other choice, all else as it is: for "
        "each the best other one that the search saw, on the same seeds and folds, with intervals "
        f"that hold for all choices and rates at once at {100 * answer.level:.4g} %."
    )
    if answer.worth:
        said += f" The band is the smallest difference worth having ({answer.worth:.2g})."
    return Part("choices", "What else could be chosen", said, plots_choices.choices(answer))


def overfitting(evidence: Evidence) -> Part:
    slug, title = "overfitting", "What dropout does to overfitting"
    answer = evidence.answer
    if answer is not None:
        said = [
            "Training loss, measured with dropout off, against validation loss, which is "
            f"{_gaps(answer)}."
        ]
        width = 0 if answer.rates else plots_fits.COLUMN * len(answer.family)
        figure = plots_overfitting.overfitting(answer)
        return Part(slug, title, " ".join(said), figure, width=width)
    best = evidence.best
    key = next(iter(plots_search.searched_rates(evidence.complete)), None)
    if best is None or key is None:
        return Part(slug, title, NONE_YET)
    train, validate = evidence.losses[best.id]
    said = [
        "Training loss, measured with dropout off, against validation loss of the search's "
        f"complete trials; in the best one validation is {_gap(validate - train)}."
    ]
    figure = plots_search.search_losses(evidence.complete, evidence.losses, key)
    return Part(slug, title, " ".join(said), figure)


def _gap(above: float) -> str:
    """`0.18 above training`"""
    return f"{abs(above):.2g} {'above' if above >= 0 else 'below'} training"


def _gaps(answer: Answer) -> str:
    names = {answer.curve["zero"]: "without dropout", answer.curve["half"]: "at 0.5"}
    names[answer.recommended] = "as recommended"
    parts = []
    for place, words in names.items():
        member = None if place is None else answer.members[place]
        if member is not None:
            gap = float(member.val_loss.mean() - member.train_loss.mean())
            parts.append(f"{_gap(gap)} {words}")
    return listed(parts)


def folds(evidence: Evidence) -> Part:
    slug, title = "folds", "Fold by fold"
    columns, chosen = _columns(evidence)
    if not columns:
        return Part(slug, title, NONE_YET)
    record = evidence.record
    sign = record.sign
    own = columns[chosen]
    what = "each a fold of one repeat" if _redrawn(evidence) else "each a fold"
    said = [
        f"{count(len(own), 'line')}, {what}.",
        f"The {lower(chosen)} lies between {own.min():.4g} and {own.max():.4g}.",
    ]
    said += [
        f"Against {lower(name)} it is {_won(sign * (own - other))}."
        for name, other in columns.items()
        if name != chosen
    ]
    figure = plots_fits.paired_folds(columns, record, chosen)
    return Part(slug, title, " ".join(said), figure, width=plots_fits.COLUMN * len(columns))


def _won(gains: Array) -> str:
    """`better in 5 folds, equal in 1, worse in 3`"""
    counts = {"better": (gains > 0).sum(), "equal": (gains == 0).sum(), "worse": (gains < 0).sum()}
    if len(gains) in counts.values():
        return next(f"{word} in all" for word, number in counts.items() if number)
    return ", ".join(f"{word} in {number}" for word, number in counts.items() if number)


def _redrawn(evidence: Evidence) -> bool:
    return evidence.answer is not None and is_redrawn(evidence.record)


def _columns(evidence: Evidence) -> tuple[dict[str, Array], str]:
    """Fold scores of the best and the controls, by name, and the name of the best."""
    answer = evidence.answer
    if answer is not None:
        curve = answer.curve
        names = {curve["control"]: "The best without dropout", curve["zero"]: "No dropout"}
        names[answer.recommended] = (
            f"Recommended ({_rate(answer)})" if answer.rates else "Recommended"
        )
        names.setdefault(curve["half"], "Dropout 0.5")
        found = network(answer)
        if found is not None:
            names[found.baselines[found.best]] = found.best.capitalize()
        columns = {
            name: answer.observations[place]
            for place, name in names.items()
            if place in answer.observations
        }
        return columns, names[answer.recommended]
    best = evidence.best
    if best is None:
        return {}, ""
    chosen = f"Best trial, dropout {rate_in_words(best.point or {})}"
    columns = {}
    for name, rate in (("No dropout", 0.0), ("Dropout 0.5", 0.5)):
        other = _best_at(evidence, rate)
        if other is not None and other is not best:
            columns[name] = np.array(evidence.scores_of(other))
    columns[chosen] = np.array(evidence.scores_of(best))
    return columns, chosen


def _rate(answer: Answer) -> str:
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    return rate_in_words(chosen.point)


def _best_at(evidence: Evidence, rate: float) -> Claim | None:
    """The best complete trial with every rate at `rate`."""
    sign = evidence.record.sign
    own = [
        claim
        for claim in evidence.complete
        if all(v == rate for k, v in (claim.point or {}).items() if k.startswith("dropout"))
    ]
    return max(own, key=lambda claim: sign * (claim.value or 0.0), default=None)


def learning(evidence: Evidence) -> Part:
    slug, title = "learning-curves", "Learning curves"
    chosen = evidence.chosen
    if chosen is None or not evidence.fits:
        return Part(slug, title, NONE_YET)
    tables = [plots_fits.as_table(rows, "val_loss") for rows in evidence.fits]
    shared = min(map(len, tables))
    loss = np.concatenate([table[:shared] for table in tables], axis=1).mean(1)
    lowest = int(loss.argmin())
    whose = "the recommended configuration" if evidence.answer else f"trial {chosen.trial}"
    folds = tables[0].shape[1]
    repeats = "" if len(tables) == 1 else f"{len(tables)} x "
    end = "" if lowest == shared - 1 else f" and {loss[-1]:.4g} after epoch {shared}"
    said = (
        f"Means over {repeats}{folds} folds of {whose}, with the range of the folds. Validation "
        f"loss is lowest after epoch {lowest + 1} ({loss[lowest]:.4g}){end}; the dotted line is "
        "the recommended length of training."
    )
    if max(map(len, tables)) > shared:
        said += " Thin lines: repeats that went on longer."
    figure = plots_fits.learning_curves(evidence.fits, evidence.record, chosen.epochs)
    return Part(slug, title, said, figure)
