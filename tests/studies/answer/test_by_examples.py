"""Answers by what each example contributed: sharper, repeated until decided, without the files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropsearch.search.config.load import config_from
from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.comparing import basis
from dropsearch.studies.answer.outlook import outlook
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.validated import validated_file
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.records import CURVE, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.pages import sentences

RATES = [0.0, 0.3, 0.5, 0.7]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


def helps(gain: float) -> Any:
    def truth(point: Mapping[str, Any]) -> float:
        return 0.8 + gain * (float(point["dropout"]) == 0.3)

    return truth


def answered(
    study: Any, store: Store, repeats: Any = 3, name: str = "s", gain: float = 0.02, **how: Any
) -> tuple[Answer, StudyRecord]:
    asked = study(study=name, search={"trials": 12}, confirm={"rates": RATES, "repeats": repeats})
    how = {"noise": 0.02, "examples": 0.1} | how
    record = fill(store, config_from(asked, Path.cwd()), truth=helps(gain), **how)
    found = read_answer(store, record)
    assert found is not None
    return found, record


def repeats_of(store: Store, record: StudyRecord) -> set[int]:
    return {claim.repeat for claim in claims_of(store, record.uuid, CURVE)}


def test_their_intervals_have_the_same_means_and_are_narrower(study: Any, store: Store) -> None:
    found, record = answered(study, store)
    assert found.by_examples
    files = [validated_file(store, record.uuid, c.id) for c in claims_of(store, record.uuid, CURVE)]
    assert all(path.exists() for path in files)
    files[0].unlink()
    without = read_answer(store, record)
    assert without is not None
    assert not without.by_examples
    for pair, one in without.against_zero.items():
        own = found.against_zero[pair]
        assert own.mean == pytest.approx(one.mean, abs=1e-9)
        if one.high > one.low:
            assert own.high - own.low < 0.8 * (one.high - one.low)


def test_an_answer_without_them_says_so(study: Any, store: Store) -> None:
    _, record = answered(study, store)
    chosen = recommend(store, record)
    assert chosen is not None
    assert chosen.intervals == "examples"
    assert "corrected" not in " ".join(chosen.sentences)
    assert not any("wide" in said for said in chosen.warnings)
    assert "its standard error" in sentences(report_html(store, record))
    claim = claims_of(store, record.uuid, CURVE)[-1]
    validated_file(store, record.uuid, claim.id).write_bytes(b"damaged")
    chosen = recommend(store, record)
    assert chosen is not None
    assert chosen.intervals == "folds"
    assert any("what the fits said of each example is not there" in w for w in chosen.warnings)


def test_repeats_are_added_until_the_study_is_decided(study: Any, store: Store) -> None:
    found, record = answered(study, store, "auto", gain=0.02)
    done = repeats_of(store, record)
    assert done == set(range(len(done)))
    assert 3 < len(done) < 10
    assert found.zero.word == "helps"
    assert found.repeats == len(done)
    assert found.level > 0.95  # the price of the looks


def test_no_repeat_is_added_where_it_is_decided_or_more_could_not(study: Any, store: Store) -> None:
    clear, record = answered(study, store, "auto", gain=0.2)
    assert clear.zero.word == "helps"
    assert repeats_of(store, record) == {0, 1, 2}
    asked = study(
        study="hopeless", search={"trials": 12}, confirm={"rates": RATES, "repeats": "auto"}
    )
    record = fill(
        store,
        config_from(asked, Path.cwd()),
        truth=helps(0.0),
        noise=0.0005,
        examples=0.1,
    )
    hopeless = read_answer(store, record)
    assert hopeless is not None
    assert repeats_of(store, record) == {0, 1, 2}


def test_so_many_repeats_are_the_most(study: Any, store: Store) -> None:
    _, record = answered(study, store, "auto", gain=0.004, noise=0.03)
    assert len(repeats_of(store, record)) <= 10
    assert np.all(np.diff(sorted(repeats_of(store, record))) == 1)


@pytest.mark.parametrize(("gain", "noise"), [(0.012, 0.02), (0.0, 0.02)])
def test_what_would_decide_is_told_with_numbers(
    study: Any, store: Store, gain: float, noise: float
) -> None:
    """As many repeats or examples as are told do decide, by the same figures; fewer do not."""
    found, record = answered(study, store, gain=gain, noise=noise)
    assert found.zero.word == "not decided"
    needed = outlook(found)
    chosen = recommend(store, record)
    assert chosen is not None
    (said,) = [one for one in chosen.sentences if "not decided" in one and "dropout helps" in one]
    assert "What would decide it, if all else stayed as it is: " in said
    assert needed.effect is not None
    assert needed.effect > (found.worth or 0.0)
    told = re.search(r"confirm.smallest_effect: ([\d.]*\d)", said)
    assert told is not None
    assert replace(found, worth=float(told[1])).zero.word == "does not help"
    for count, words in (
        (needed.repeats, r"about (\d+) repeats"),
        (needed.examples, r"about ([\d,]+) examples like these"),
    ):
        told = re.search(words, said)
        assert (told is None) == (count is None)
        if told is not None and count is not None:
            assert count <= float(told[1].replace(",", "")) <= 1.1 * count + 1


@pytest.mark.parametrize(
    ("slope", "examples", "descriptive"),
    [(0.85, 300, False), (0.93, 300, True), (0.93, 2000, False)],
)
def test_a_long_memory_leaves_descriptive_what_the_series_is_too_short_for(
    study: Any, store: Store, slope: float, examples: int, descriptive: bool
) -> None:
    found, record = answered(study, store)
    lags = (slope ** np.arange(5)).tolist()
    known = {
        "fold_kind": "expanding",
        "autocorrelation": lags,
        "persistence": lags[1],
        "examples": examples,
        "series": 1,
    }
    record.summary = record.summary | known  # type: ignore[typeddict-item]
    assert replace(found, record=record).descriptive is descriptive


@pytest.mark.parametrize(
    ("kind", "persistence", "rests_on"),
    [
        ("kfold", None, "contributions"),
        ("expanding", None, "contributions"),
        ("expanding", 0.5, "fold scores"),
        ("expanding", 0.94, "fold scores"),
        ("expanding", 0.96, "nothing"),
    ],
)
def test_a_study_of_an_earlier_version_tells_less_of_its_memory(
    study: Any, store: Store, kind: str, persistence: float | None, rests_on: str
) -> None:
    _, record = answered(study, store)
    summary = record.summary | {"fold_kind": kind, "persistence": persistence}
    summary.pop("autocorrelation")
    assert basis(summary) == rests_on


def test_a_study_of_an_earlier_version_keeps_its_intervals(study: Any, store: Store) -> None:
    """Scores changed by no steps, and blocks of time knew no horizon."""
    _, record = answered(study, store)
    new = {"step": 1.0, "horizon": 12, "fold_kind": "blocked"}
    before = {key: value for key, value in record.summary.items() if key not in new}
    found = []
    for known in (new, {"step": 1.0, "fold_kind": "blocked"}, {"fold_kind": "blocked"}):
        record.summary = before | known  # type: ignore[assignment]
        answer = read_answer(store, record)
        assert answer is not None
        assert not isinstance(answer.crossed, str)
        found.append((answer.crossed.step > 0, answer.interval(answer.recommended)))
    (stepped, far), (_, near), (plain, old) = found
    assert (stepped, plain) == (True, False)
    assert far.high - far.low != near.high - near.low == old.high - old.low
