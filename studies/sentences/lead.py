"""The answer in sentences that a person who knows no statistics can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from dropsearch.studies.answer.answer import Answer, Standing
from dropsearch.studies.answer.behind import Behind
from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.words import (
    best_baseline,
    epochs_in_words,
    metric_in_words,
    placed,
    rate_in_words,
    sizes_in_words,
)
from dropsearch.studies.sentences import holdout as of_holdout
from dropsearch.studies.sentences import network as of_network
from dropsearch.studies.sentences.choices import of_choices
from dropsearch.studies.sentences.dropout import against_half, against_zero, listed
from dropsearch.studies.sentences.headline import splits_in_words
from dropsearch.studies.store.records import Claim, StudyRecord


def of_search(
    record: StudyRecord, best: Claim, trials: int, scores: Sequence[float], error: float
) -> tuple[str, ...]:
    """What the search alone says."""
    assert best.point is not None
    assert best.value is not None
    trained = epochs_in_words((best.best_epoch or 0) + 1)
    said = [
        f"Best of {trials} {'trial' if trials == 1 else 'trials'} (number {best.trial}): dropout "
        f"{rate_in_words(best.point)}, "
        f"{sizes_in_words(best.point)}.",
        f"Its {metric_in_words(record)} over {len(scores)} folds is {best.value:.4g} "
        f"± {error:.2g}, after {trained}.",
        *_baseline(record, best.value, np.asarray(scores), error),
        "This rests on the search alone: the best of many scores is lucky, so it is likely too "
        "good.",
    ]
    return tuple(said)


def of_curve(answer: Answer, worst: Behind | None = None) -> tuple[str, ...]:
    """What the curve, the rivals, the baselines and the holdout say, in four to ten sentences.

    worst: where the network is worst beside the best baseline, if that is known.
    Where it is not sure that a network is worth it, that comes before what is said of dropout.
    """
    record, place = answer.record, answer.recommended
    member = answer.members[place]
    assert member is not None
    point = member.point
    scores = answer.observations[place]
    error = answer.standard_error(place)
    found = network(answer)
    needed = "" if found is None else of_network.in_words(answer, found)
    where = "" if worst is None else of_network.of_worst(worst, metric_in_words(record))
    first = found is not None and found.word != "worth it"
    said = [
        f"Use dropout {rate_in_words(point)}{placed(record, point)} with {sizes_in_words(point)} "
        f"(learning rate {point['learning_rate']:.2g}, {epochs_in_words(member.training_epochs)}).",
        f"Its {metric_in_words(record)} is {member.mean:.4g} ± {error:.2g} on "
        f"{splits_in_words(answer)}.",
        needed if first else "",
        where if first else "",
        against_zero(answer),
        against_half(answer),
        _near(answer),
        of_choices(answer),
        needed if not first else "",
        where if not first else "",
        *(_baseline(record, member.mean, scores, error) if found is None else ()),
        of_holdout.in_words(answer),
    ]
    return tuple(sentence for sentence in said if sentence)


def _near(answer: Answer) -> str:
    """How the others stand: those that are better, and the rates that are not worse."""
    said = []
    for where, allowed in (
        ("Outside the space that was searched, better", False),
        ("Better", True),
    ):
        own = [p for p in answer.family if answer.curve["allowed"][p] == allowed]
        better = _standing(answer, "better", own)
        if better:
            said.append(f"{where} than it: {listed(answer, better)}.")
    rates = [place for place in answer.rates if place != answer.recommended]
    if rates and rates == _standing(answer, "worse", rates):
        said.append("Every other rate tried is worse.")
    near, good = (_standing(answer, word, rates) for word in ("not told apart", "as good"))
    if near:
        said.append(f"No clear difference from it: {listed(answer, near)}.")
    if good:
        said.append(f"As good as it: {listed(answer, good)}.")
    return " ".join(said)


def _standing(answer: Answer, word: Standing, places: Iterable[int]) -> list[int]:
    """Those of the places that stand so against the recommended one."""
    return [place for place in places if answer.standings.get(place) == word]


def _baseline(
    record: StudyRecord, score: float, scores: np.ndarray[Any, Any], error: float
) -> list[str]:
    name, baseline = best_baseline(record)
    if name is None or baseline is None:
        return []
    per_fold = np.asarray(record.summary["baselines"][name])
    if not is_redrawn(record) and len(per_fold) == len(scores):
        spread = float(np.std(scores - per_fold, ddof=1))
        error = float(np.sqrt(1 / len(scores) + record.summary["fold_ratio"])) * spread
    clear = record.sign * (score - baseline) > stdtrit(len(scores) - 1, 0.975) * error
    verdict = "" if clear else " The network is no better than that, as far as these folds show."
    return [f"With no network, {name} has {baseline:.4g} on such folds." + verdict]
