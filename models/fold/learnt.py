"""Baselines that learn: what a few lines of scikit-learn make of a fold's training part.

Whatever they choose, they choose inside the training part. N examples trained on, n predicted, L
steps of a sequence, F numeric features, C classes, H steps of a forecast, or 1.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.names import BASELINES

Index = NDArray[np.int64]
Numbers = NDArray[np.float64]
Learner = Callable[["Part", Index], Numbers]

MOST_EXAMPLES = 20_000  # of a training part; of more so many are drawn
MOST_NUMBERS = 20_000_000  # inputs of those, so that fewer are drawn where each has many
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)  # inverse, of the penalty
ALPHAS = np.logspace(-3, 4, 15)
LEAVES = (1, 5)  # examples in a leaf, at least
TREES = 100
INNER = 3  # folds in the training part
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Part:
    """What a baseline learns from: the examples `train` (N,) of a fold."""

    data: SequenceData
    preparation: Preparation
    train: Index
    seed: int
    balanced: bool  # whether all classes count as much, whatever their size

    @property
    def target(self) -> NDArray[Any]:
        found: NDArray[Any] = self.data.target[self.train]
        return found

    def inner(self) -> list[tuple[Index, Index]] | None:
        """Folds of the training part in which whole groups stay together; None: too few for any."""
        from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

        data, size = self.data, len(self.train)
        kept = data.series if data.streams and data.group is None else data.group
        groups = None if kept is None or len(np.unique(kept)) < 2 else kept[self.train]
        if groups is not None:
            if len(np.unique(groups)) < INNER:
                return None
            return list(GroupKFold(INNER).split(np.zeros(size), groups=groups))
        if data.streams:
            return list(KFold(INNER).split(np.zeros(size))) if size >= INNER else None  # in time
        if data.task == "classify" and np.unique(self.target, return_counts=True)[1].min() >= INNER:
            dealt = StratifiedKFold(INNER, shuffle=True, random_state=self.seed)
            return list(dealt.split(np.zeros(size), self.target))
        if data.task == "classify" or size < 2 * INNER:
            return None
        return list(KFold(INNER, shuffle=True, random_state=self.seed).split(np.zeros(size)))


def learnt(
    name: str,
    data: SequenceData,
    preparation: Preparation,
    train: Index,
    index: Index,
    *,
    seed: int,
    balanced: bool = False,
) -> Numbers:
    """What the baseline `name`, learnt from `train`, says of `index`.

    (n, C) logarithms of probabilities, or (n, H) numbers in the user's unit. Equal arguments give
    equal numbers.
    """
    part = Part(data, preparation, _drawn(data, train, seed), seed, balanced)
    with warnings.catch_warnings():  # of steps that did not do for the last digit
        warnings.simplefilter("ignore")
        return LEARNERS[name](part, index)


def most_examples(data: SequenceData) -> int:
    """From how many of a training part a baseline learns, where it has more."""
    width = 1
    if data.task == "forecast":
        ahead = len(data.known) + 2 * len(data.cycles)
        width = data.window * (len(data.features) + 2 * len(data.cycles)) + data.horizon * ahead
    return min(MOST_EXAMPLES, max(MOST_NUMBERS // width, INNER))


def _drawn(data: SequenceData, train: Index, seed: int) -> Index:
    most = most_examples(data)
    if len(train) <= most:
        return train
    return np.sort(np.random.default_rng([seed, 0xB1]).choice(train, most, replace=False))


def summaries(data: SequenceData, index: Index) -> Numbers:
    """(n, 6 F + shares + 1): of each feature mean, spread, extremes, first and last; of each column
    of words the shares of its levels; the length; the static features."""
    length = data.length[index]
    begins = length.cumsum() - length
    rows = np.repeat(data.start[index] - begins, length) + np.arange(length.sum())
    values, number = data.values[rows], length[:, None].astype(np.float64)
    centre = np.add.reduceat(values, begins) / number
    apart = values - np.repeat(centre, length, axis=0)
    spread = np.sqrt(np.add.reduceat(apart**2, begins) / number)
    extremes = np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins)
    found = [centre, spread, *extremes, values[begins], values[begins + length - 1], number]
    for codes, levels in zip(data.codes[rows].T, data.levels, strict=True):
        known = np.arange(len(levels)) == codes[:, None]
        found.append(np.add.reduceat(known.astype(np.float64), begins) / number)
    if data.statics is not None:
        own = data.statics.of(data.series[index])
        words = zip(own.codes.T, own.levels, strict=True)
        found += [own.values, *(np.eye(len(levels))[codes] for codes, levels in words)]
    return np.concatenate(found, axis=1)


def _logistic(part: Part, index: Index) -> Numbers:
    return _classified(part, *_summarised(part, index))


def _ridge(part: Part, index: Index) -> Numbers:
    return _fitted_ridge(part, *_summarised(part, index))


def _text_logistic(part: Part, index: Index) -> Numbers:
    return _classified(part, *_weighted(part, index))


def _text_ridge(part: Part, index: Index) -> Numbers:
    return _fitted_ridge(part, *_weighted(part, index))


def _summarised(part: Part, index: Index) -> tuple[Numbers, Numbers]:
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    own = scaler.fit_transform(summaries(part.data, part.train))
    return own, scaler.transform(summaries(part.data, index))


def _weighted(part: Part, index: Index) -> tuple[Any, Any]:
    """tf-idf of words and of pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = part.data.texts
    assert texts is not None
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+|[^\w\s]", max_features=200_000
    )
    own = vectorizer.fit_transform([texts[i] for i in part.train])
    return own, vectorizer.transform([texts[i] for i in index])


def _classified(part: Part, own: Any, asked: Any) -> Numbers:
    """Logistic regression, its penalty by log loss in the inner folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    if len(np.unique(part.target)) < 2:
        return _of_classes(part, part.target[:1], np.ones((asked.shape[0], 1)))
    model = LogisticRegression(max_iter=300, class_weight="balanced" if part.balanced else None)
    inner = [fold for fold in part.inner() or () if len(np.unique(part.target[fold[0]])) > 1]
    if inner:
        model = GridSearchCV(model, {"C": STRENGTHS}, scoring=_log_loss, cv=inner)
    model.fit(own, part.target)
    return _of_classes(part, model.classes_, model.predict_proba(asked))


def _log_loss(model: Any, inputs: Any, target: Any) -> float:
    """Mean log probability of the classes that are there; an inner fold may lack one."""
    shares = model.predict_proba(inputs)
    place = np.searchsorted(model.classes_, target).clip(max=len(model.classes_) - 1)
    known = model.classes_[place] == target
    own = np.where(known, np.take_along_axis(shares, place[:, None], axis=1)[:, 0], 0.0)
    return float(np.log(np.maximum(own, TINY)).mean())


def _of_classes(part: Part, classes: NDArray[Any], shares: Numbers) -> Numbers:
    """(n, C) logarithms of shares (n, fewer) of the classes that training has."""
    found = np.zeros((len(shares), len(part.data.classes)))
    found[:, classes] = shares
    return np.log(np.maximum(found, TINY))


def _fitted_ridge(part: Part, own: Any, asked: Any) -> Numbers:
    """Ridge regression, its penalty by the inner folds, of ungrouped summaries by leaving each
    example out: of texts that takes the cube of their number."""
    from sklearn.linear_model import RidgeCV

    centre, data = part.target.mean(), part.data
    one_by_one = data.texts is None and data.group is None and not data.streams
    model = RidgeCV(ALPHAS, cv=None if one_by_one else part.inner())
    model.fit(own, part.target - centre)
    found: Numbers = model.predict(asked)[:, None] + centre
    return found


def _trees(part: Part, index: Index) -> Numbers:
    """Extra trees (Geurts, Ernst & Wehenkel 2006) on the summaries.

    Their leaves by the loss on the examples that each tree has not drawn (Breiman 2001, sec. 3.1).
    """
    own, asked = _summarised(part, index)  # scaled, since trees count in float32
    losses, forests = zip(*(_forest(part, own, leaf) for leaf in LEAVES), strict=True)
    forest = forests[int(np.argmin(losses))]
    if part.data.task == "classify":
        return _of_classes(part, forest.classes_, forest.predict_proba(asked))
    found: Numbers = forest.predict(asked)[:, None]
    return found


def _forest(part: Part, own: Numbers, leaf: int) -> tuple[float, Any]:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    how: dict[str, Any] = {
        "n_estimators": TREES,
        "min_samples_leaf": leaf,
        "bootstrap": True,
        "oob_score": True,
        "random_state": part.seed % 2**32,
    }
    if part.data.task == "classify":
        weight = "balanced" if part.balanced else None
        forest = ExtraTreesClassifier(**how, class_weight=weight).fit(own, part.target)
        place = np.searchsorted(forest.classes_, part.target)[:, None]
        shares = np.take_along_axis(forest.oob_decision_function_, place, axis=1)
        return float(-np.log(np.fmax(shares, TINY)).mean()), forest
    forest = ExtraTreesRegressor(**how).fit(own, part.target)
    return float(np.nanmean((forest.oob_prediction_ - part.target) ** 2)), forest


def _window_ridge(part: Part, index: Index) -> Numbers:
    """Ridge on all values of the window and on what is known ahead, every step of the horizon at
    once, scaled as networks'.

    From the examples whose targets are all known; the mean of the training where there are none.
    """
    from sklearn.linear_model import RidgeCV

    own, target, known, _, _ = _windows(part, part.train)
    asked, _, _, centre, spread = _windows(part, index)
    whole, outputs = known.all(axis=1), part.data.outputs
    if whole.sum() < 2:
        return np.broadcast_to(centre, (len(index), outputs)).astype(np.float64)
    model = RidgeCV(ALPHAS, alpha_per_target=outputs > 1)
    model.fit(own[whole], target[whole])
    predicted: Numbers = model.predict(asked).reshape(len(index), outputs)
    return centre + spread * predicted


def _windows(part: Part, index: Index) -> tuple[Numbers, Numbers, NDArray[np.bool_], Any, Any]:
    """(n, inputs), (n, C) targets, which of them are known, centre and spread (n, 1 or C)."""
    from dropsearch.models.fold.batches import EVALUATED_AT_ONCE, Examples

    inputs, targets, known, centres, spreads = [], [], [], [], []
    for batch in Examples(part.data, part.preparation, index).batches(EVALUATED_AT_ONCE):
        beside = [part for part in (batch.static, batch.ahead) if part is not None]
        given = [part.flatten(1).double().numpy() for part in (batch.inputs, *beside)]
        inputs.append(np.concatenate(given, axis=1))
        targets.append(batch.target.double().numpy())
        seen = batch.observed
        known.append(np.ones(batch.target.shape, bool) if seen is None else seen.numpy())
        assert batch.centre is not None
        assert batch.spread is not None
        centres.append(batch.centre.numpy())
        spreads.append(batch.spread.numpy())
    return tuple(map(np.concatenate, (inputs, targets, known, centres, spreads)))  # type: ignore[return-value]


LEARNERS: dict[str, Learner] = {
    "logistic regression on summaries": _logistic,
    "ridge regression on summaries": _ridge,
    "extra trees on summaries": _trees,
    "logistic regression on tf-idf": _text_logistic,
    "ridge regression on tf-idf": _text_ridge,
    "ridge regression on the window": _window_ridge,
}
assert {baseline.name for baseline in BASELINES} == set(LEARNERS)
