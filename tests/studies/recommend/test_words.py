"""The answer in words: each verdict and warning on studies whose truth is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest

from dropsearch.models.names import Site
from dropsearch.search.config.load import config_from
from dropsearch.studies.answer.words import choice_in_words
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.store import open_store
from tests.support.answers import answered, rate
from tests.support.filled import fill

Truth = Callable[[Mapping[str, Any]], float]
SEARCH = {"trials": 20}


@pytest.mark.parametrize(
    ("verdict", "said", "truth", "noise"),
    [
        ("helps", "Dropout helps here: accuracy is", lambda p: 0.8 - (rate(p) - 0.4) ** 2, 0.002),
        ("hurts", "Dropout hurts here", lambda p: 0.9 - 0.3 * rate(p), 0.002),
        ("does not help", "Dropout does not help here", lambda _: 0.8, 0.001),
        ("not decided", "is not decided", lambda p: 0.8 - 0.01 * rate(p), 0.1),
    ],
)
def test_each_verdict(
    study: Any, tmp_path: Path, verdict: str, said: str, truth: Truth, noise: float
) -> None:
    asked = study(search=SEARCH, confirm={})
    found = answered(asked, tmp_path, truth=truth, noise=noise)
    assert found.verdict == verdict
    assert said in " ".join(found.sentences)
    if verdict == "helps":
        assert abs(rate(found.point) - 0.4) < 0.15
        assert "better" in " ".join(found.sentences)
    if verdict == "hurts":
        assert rate(found.point) == 0.0
        assert "better than the habit of 0.5" in " ".join(found.sentences)
    if verdict == "not decided":
        assert re.search(r"would (not )?decide it", " ".join(found.sentences))


def test_other_choices_are_called_each_by_a_name_of_its_own() -> None:
    """With zoneout none of the kind and a rate of 0 are two networks."""
    rates = {f"dropout.{site}": 0.0 for site in get_args(Site)}
    point = rates | {"recurrent": "none", "mask": "standard", "embedding": "tuned", "layers": 1}
    assert len({choice_in_words(key, point) for key in point}) == len(point)


def test_it_is_said_which_folds_the_answer_rests_on(study: Any, tmp_path: Path) -> None:
    asked = study(search=SEARCH, confirm={"repeats": 2})
    assert "on 6 fresh train/validation splits" in answered(asked, tmp_path).sentences[1]
    frame = pl.read_csv(asked["data"]["path"]).with_columns(who=pl.col("series") // 2 % 6)
    frame.write_csv(tmp_path / "grouped.csv")
    data = {"path": str(tmp_path / "grouped.csv"), "group": "who", "features": ["x"]}
    (tmp_path / "grouped").mkdir()
    found = answered(study(search=SEARCH, confirm={}, data=data), tmp_path / "grouped")
    assert "on the 3 folds of the search, 3 times each on new seeds" in found.sentences[1]


def test_a_best_rate_at_the_end_of_its_range_is_told(study: Any, tmp_path: Path) -> None:
    asked = study(search=SEARCH, confirm={}, model={"dropout": {"low": 0.1, "high": 0.6}})
    found = answered(asked, tmp_path, truth=lambda p: 0.6 + 0.3 * rate(p), noise=0.002)
    assert rate(found.point) == 0.6
    assert any("highest of its range, 0.6: widen model.dropout" in w for w in found.warnings)


@pytest.mark.parametrize("until", ["search", "done"])
def test_a_feature_that_measures_nothing_is_told(study: Any, tmp_path: Path, until: str) -> None:
    asked = study(search=SEARCH, confirm={} if until == "done" else None)
    frame = pl.read_csv(asked["data"]["path"]).with_row_index("n")
    frame.write_csv(tmp_path / "counted.csv")
    asked["data"] |= {"path": str(tmp_path / "counted.csv"), "features": ["x", "n"]}
    found = answered(asked, tmp_path)
    assert found.rests_on == {"search": "search", "done": "curve"}[until]
    assert "The feature 'n' only counts the rows, and is seen" in found.warnings[0]


def test_a_better_control_outside_the_space_is_told(study: Any, tmp_path: Path) -> None:
    asked = study(search=SEARCH, confirm={}, model={"dropout": {"low": 0.2, "high": 0.6}})
    found = answered(asked, tmp_path, truth=lambda p: 0.9 - 0.5 * rate(p), noise=0.002)
    assert rate(found.point) == 0.2
    assert found.verdict == "hurts"
    assert any(w.startswith("Outside the space") and "dropout 0 " in w for w in found.warnings)


def test_a_finalist_that_was_better_and_larger_is_told(study: Any, tmp_path: Path) -> None:
    asked = study(search=SEARCH, confirm={}, model={"hidden_size": [8, 16, 32]})
    asked["training"]["learning_rate"] = {"low": 0.001, "high": 0.01}
    found = answered(asked, tmp_path, truth=lambda p: 0.8 + 1e-5 * p["hidden_size"], noise=0.02)
    (said,) = [warning for warning in found.warnings if warning.startswith("Of the finalists")]
    assert "scored best" in said
    assert found.sentences[0].split(" with ")[1].split(" (")[0] not in said  # the sizes taken


def test_a_control_that_scores_higher_than_what_was_chosen_before_is_told(
    study: Any, tmp_path: Path
) -> None:
    sites = {"input": {"low": 0.0, "high": 0.8}, "output": {"low": 0.0, "high": 0.8}}
    asked = study(
        search={"trials": 8, "sampler": "random"},
        confirm={},
        model={"dropout": sites},
        training={"learning_rate": {"low": 0.001, "high": 0.01}},
    )

    def truth(point: Mapping[str, Any]) -> float:
        return 0.9 - abs(point["dropout.input"] - 0.5) - abs(point["dropout.output"] - 0.5)

    found = answered(asked, tmp_path, truth=truth, noise=0.002)
    assert any(said.startswith("It is worse than the habit") for said in found.sentences)
    assert any("dropout 0.5 (0.8" in w and "scored higher than" in w for w in found.warnings)


@pytest.mark.parametrize(("epochs", "told"), [(4, True), (200, False)])
def test_a_training_that_was_cut_off_is_told(
    study: Any, tmp_path: Path, epochs: int, told: bool
) -> None:
    confirm = {"rates": [0.3], "repeats": 1}
    asked = study(search={"trials": 4}, confirm=confirm, training={"epochs": epochs})
    found = answered(asked, tmp_path, noise=0.0005)
    assert any("cut off" in warning for warning in found.warnings) == told


def test_rates_that_the_search_ended_early_are_told(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 40, "sampler": "random"}, confirm={})
    made = answered(asked, tmp_path, fate=lambda n: "pruned" if n >= 20 else "complete")
    assert not any("ended" in warning for warning in made.warnings)
    (tmp_path / "other").mkdir()
    asked["study"] = "other"
    pruned = answered(asked, tmp_path / "other", fate=lambda n: "pruned" if n > 8 else "complete")
    assert any("The search ended" in warning for warning in pruned.warnings)


def test_sites_are_held_against_none_and_a_half_with_all_else_equal(
    study: Any, tmp_path: Path
) -> None:
    sites = {"input": {"low": 0.0, "high": 0.4}, "output": {"low": 0.0, "high": 0.8}}
    asked = study(
        search=SEARCH,
        confirm={},
        model={"dropout": sites},
        training={"learning_rate": {"low": 0.001, "high": 0.01}},
    )

    def truth(point: Mapping[str, Any]) -> float:
        return 0.8 - (point["dropout.output"] - 0.4) ** 2 - 0.5 * point["dropout.input"]

    found = answered(asked, tmp_path, truth=truth, noise=0.002)
    assert found.rate.startswith("input ")
    assert {row["configuration"] for row in found.table} >= {"recommended", "no dropout"}
    assert found.verdict in ("helps", "helps elsewhere", "not decided")


def test_where_none_is_best_of_several_sites_too_little_was_tried_to_say_that_dropout_hurts(
    study: Any, tmp_path: Path
) -> None:
    asked = study(
        search=SEARCH,
        confirm={},
        model={"dropout": {site: {"low": 0.0, "high": 0.8} for site in ("input", "output")}},
        training={"learning_rate": {"low": 0.001, "high": 0.01}},
    )

    def truth(point: Mapping[str, Any]) -> float:
        return 0.8 - point["dropout.output"] - point["dropout.input"]

    found = answered(asked, tmp_path, truth=truth, noise=0.002)
    assert found.rate == "0"
    assert found.verdict == "not decided"
    assert any("only 0.5 at every site was compared" in said for said in found.sentences)


def test_a_target_near_a_random_walk_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, values in {
        "walk": np.cumsum(rng.normal(size=400)),
        "noise": rng.normal(size=400),
    }.items():
        frame = pl.DataFrame({"t": np.arange(400), "y": values})
        frame.write_csv(tmp_path / f"{name}.csv")
        asked = {
            "study": name,
            "data": {"path": f"{name}.csv", "task": "forecast", "time": "t", "target": "y",
                     "window": 6, "horizon": 2},
            "model": {"hidden_size": 4, "layers": 1},
            "search": {"trials": 10},
        }  # fmt: skip
        (tmp_path / name).mkdir()
        store = open_store(str(tmp_path / name / "s.db"), create=True)
        found = recommend(store, fill(store, config_from(asked, tmp_path)))
        assert found is not None
        assert any("random walk" in w for w in found.warnings) == (name == "walk")
        assert any("data.scale: window" in w for w in found.warnings) == (name == "walk")
        if name == "walk":
            assert found.verdict == found.verdict_against_half == "not decided"
            assert any("not decided: the target moves" in said for said in found.sentences)


@pytest.mark.parametrize(
    ("window", "asked", "runs"),
    [(1, "auto", "by mean and spread"), (1, "window", "by mean"), (6, "window", "each window by")],
)
def test_the_scaling_that_runs_is_told_and_no_other_advised(
    tmp_path: Path, window: int, asked: str, runs: str
) -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=400))
    pl.DataFrame({"t": np.arange(400), "y": walk}).write_csv(tmp_path / "walk.csv")
    mapping = {
        "study": "walk",
        "data": {"path": "walk.csv", "task": "forecast", "time": "t", "target": "y",
                 "window": window, "horizon": 2, "scale": asked},
        "model": {"hidden_size": 4, "layers": 1},
        "search": {"trials": 4},
        "confirm": None,
    }  # fmt: skip
    store = open_store(str(tmp_path / "s.db"), create=True)
    record = fill(store, config_from(mapping, tmp_path))
    found = recommend(store, record)
    assert found is not None
    assert not any("data.scale: window" in w for w in found.warnings)
    assert f"Scaling: {runs}" in report_html(store, record)
