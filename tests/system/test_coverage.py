"""`python -m benchmarks.coverage`: what it says of studies with a known truth, and a short form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.coverage import RATES, REPEATS, RULES, Kept, Source, judge, run
from tests.support.paths import EXAMPLES

FOLDS, ROWS = 5, 100
FEW = RATES[:2]


def curve(rng: np.random.Generator, gain: float, noise: float) -> dict[str, np.ndarray]:
    """Contributions of which each rate gains as much more; true is what they are drawn around."""
    fold = np.array([rng.permutation(np.arange(ROWS) % FOLDS) for _ in range(REPEATS)])
    level = 0.5 + gain * np.arange(len(RATES))
    rows = noise * rng.standard_normal((len(RATES), 1, ROWS))
    fits = noise / 5 * rng.standard_normal((len(RATES), REPEATS, ROWS))
    found = level[:, None, None] + rows + fits
    scores = [
        [[v[own == k].mean() for k in range(FOLDS)] for v, own in zip(one, fold, strict=True)]
        for one in found
    ]
    true = np.broadcast_to(level[:, None, None], (len(RATES), REPEATS, FOLDS))
    return {
        "contributions": found,
        "fold": fold,
        "unit": np.arange(ROWS),
        "scores": np.array(scores),
        "ratio": np.array(0.25),
        "true": true,
    }


def test_it_tells_what_covers_and_what_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    plain = judge([curve(rng, 0.0, 0.1) for _ in range(40)], "maximize")
    for rule in RULES:
        assert plain[rule]["covers"] >= 0.85
        assert plain[rule]["told"] == plain[rule]["told wrongly"] == 1 - plain[rule]["covers"]
    assert plain["contributions"]["width"] < plain["fold scores"]["width"]


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_truth_is_the_mean_over_the_subsets_and_each_ones_own(direction: str) -> None:
    rng = np.random.default_rng(0)
    studies = [curve(rng, 0.1, 0.01) for _ in range(4)]
    found = judge(studies, direction)["contributions"]
    assert (found["covers"], found["covers own"]) == (1, 1)
    assert (found["told"], found["told wrongly"]) == (1, 0)
    away = [{**one, "true": -one["true"]} for one in studies]
    found = judge(away, direction)["contributions"]
    assert (found["covers"], found["covers own"], found["told wrongly"]) == (0, 0, 1)
    mixed = judge([*studies[:2], *away[2:]], direction)["contributions"]
    assert (mixed["covers"], mixed["covers own"]) == (0, 0.5)


def sentences(_: Path) -> dict[str, Any]:
    texts = {"path": str(EXAMPLES / "movie-sentences.csv"), "text": "text", "max_tokens": 3}
    return {"task": "classify", "target": "label", **texts}


def test_a_run_keeps_its_subsets_and_goes_on_from_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.coverage.REST", 500)
    monkeypatch.setattr("benchmarks.coverage.RATES", FEW)
    source = Source(sentences, 40, 1, {"hidden_size": 2, "embedding_size": 2})
    (study,), direction = run(source, tmp_path, 1)
    assert direction == "maximize"
    (file,) = tmp_path.iterdir()
    made = file.stat().st_mtime_ns
    assert study["contributions"].shape == (len(FEW), REPEATS, 40)
    assert study["true"].shape == study["scores"].shape == (len(FEW), REPEATS, FOLDS)
    assert_scores_of_folds(study)
    assert not np.array_equal(*study["fold"][:2])
    assert ((study["true"] > 0.3) & (study["true"] < 0.7)).all()
    (again,), _ = run(source, tmp_path, 1)
    assert all(np.array_equal(again[name], study[name]) for name in study)
    assert file.stat().st_mtime_ns == made


def assert_scores_of_folds(study: Kept) -> None:
    for at in np.ndindex(study["scores"].shape):
        own = study["contributions"][at[:2]][study["fold"][at[1]] == at[2]]
        assert own.mean() == pytest.approx(study["scores"][at])
