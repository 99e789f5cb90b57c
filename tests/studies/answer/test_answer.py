"""An answer never contradicts itself: one interval and one word for each pair of configurations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropsearch.studies.answer.answer import Answer, Missing
from dropsearch.studies.answer.comparing import ByExamples
from dropsearch.studies.answer.members import Member
from dropsearch.studies.answer.outlook import goes_on
from dropsearch.studies.answer.reading import _recommended
from dropsearch.studies.intervals.crossed import Crossed, crossed
from dropsearch.studies.intervals.statistics import tie
from dropsearch.studies.recommend.answer_table import answer_rows
from dropsearch.studies.recommend.recommend import _row
from dropsearch.studies.sentences import headline
from dropsearch.studies.sentences.lead import of_curve
from dropsearch.studies.store.records import StudyRecord
from tests.support.answers import answered, rate

TURNED = {"better": "worse", "worse": "better"}
SPACES = [(0.7,), (0.0, 0.7), (0.5, 0.7), (0.0, 0.5, 0.7), (0.0,), (0.5,)]
LEVELS = list(product((0, 1, 2), repeat=4))  # of 0, 0.5, 0.7 and the control


def member(point: Mapping[str, Any], mean: float, noise: float, seed: int) -> Member:
    scores = mean + noise * np.random.default_rng(seed).standard_normal((1, 8))
    epochs = np.full(scores.shape, 3)
    return Member(dict(point), (), 100, scores, epochs, scores, scores)


def answer_of(
    plan: Mapping[str, Any],
    members: Sequence[Member | None],
    examples: Crossed | Missing = "not kept",
    **changed: Any,
) -> Answer:
    summary = {
        "fold_ratio": 0.25, "fold_kind": "group", "persistence": None, "folds": [[]] * 8,
        "bounded": False, "baselines": {}, "holdout": 0, "holdout_baselines": {},
    }  # fmt: skip
    record = StudyRecord(
        name="made", metric="rmse", direction="minimize",
        config={"confirm": {"repeats": 1}, "model": {}}, summary=summary | changed,
    )  # fmt: skip
    recommended = _recommended(plan, tuple(members), record)
    assert recommended is not None
    zero = members[plan["zero"]]
    worth = None if zero is None else 0.01 * zero.mean
    return Answer(
        record, plan, tuple(members), (), recommended, worth, 1, (), 0, examples or "not kept"
    )


def by_examples(members: Sequence[Member | None], noise: float, size: int = 10) -> Crossed:
    """Each fold's score as that many examples make it, which differ about as much as the folds."""
    fold = np.tile(np.arange(8), size)[None]
    rng = np.random.default_rng(9)
    contributions = []
    for own in members:
        assert own is not None
        apart = noise * rng.normal(size=(size, 8))
        contributions.append((own.scores + apart - apart.mean(0)).reshape(1, -1))
    return crossed(contributions, fold, np.arange(fold.size))


def made(
    levels: Sequence[int],
    noise: float,
    space: Sequence[float],
    curve: bool = True,
    examples: bool = False,
    **changed: Any,
) -> Answer:
    """RMSE 1 + 0.1 * level of 0, 0.5, 0.7 and the control; without a curve 0.7 is two sites."""
    base = {"layers": 1, "hidden_size": 8, "learning_rate": 0.01}
    points = [base | {"dropout": rate} for rate in (0.0, 0.5, 0.7)]
    points.append(base | {"hidden_size": 32, "dropout": 0.0})
    plan = {
        "rates": [[rate, place] for place, rate in enumerate((0.0, 0.5, 0.7))] if curve else [],
        "zero": 0,
        "half": 1,
        "winner": 2 if curve or 0.7 in space else int(0.5 in space),
        "control": 3,
        "members": points,
        "allowed": [rate in space for rate in (0.0, 0.5, 0.7, 0.0)],
    }
    members = [
        member(point, 1 + 0.1 * level, noise, seed)
        for seed, (point, level) in enumerate(zip(points, levels, strict=True))
    ]
    return answer_of(
        plan, members, by_examples(members, noise) if examples else "not kept", **changed
    )


# What the sentences say of a pair, by places.

BETWEEN = r"between [\d.e-]+ (better|worse) and [\d.e-]+ (better|worse)"
NAMES = {"0": 0, "no dropout": 0, "0.5": 1, "dropout 0.5": 1, "0.7": 2, "dropout 0.7": 2}


def signed(found: re.Match[str] | None) -> str:
    assert found is not None
    low, high = found.groups()[-2:]
    return low if low == high else "open"


def places(answer: Answer, text: str) -> list[int]:
    control = "best without dropout, sizes free"
    found = [3] if control in text else []
    names = [name for name in re.split(r", (?!sizes)", text.replace(control, "")) if name]
    return found + [
        answer.recommended if name == "recommended" else NAMES[name.strip(", ")]
        for name in names
        if name.strip(", ")
    ]


def claims(answer: Answer, sentences: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """(first, how it is, second): better, worse, open or as good."""
    text, own = " ".join(sentences), answer.recommended
    rates = list(answer.rates) or [0, 1, 2]
    if re.search(r"Dropout helps here: ", text):
        yield own, "better", 0
    if found := re.search(
        r"Dropout helps here at (.+?): .*?\)(.*?)\.(?: So do (.*?)\.)? Not", text
    ):
        helping = places(answer, found[1]) + places(answer, found[3] or "")
        for place in helping:
            yield place, "better", 0
            if "best network" in found[2]:
                yield place, "better", 3
        assert own not in helping
    if "that is without dropout" in text:
        assert own == 0
    if found := re.search(rf"(?:there it is|with this rate RMSE is) {BETWEEN} than without", text):
        yield own, signed(found), 0
    if "is better than none at the same sizes" in text:
        found = re.search(
            r"(\S+) is better than none at the same sizes, but .* is " + BETWEEN, text
        )
        assert found is not None
        first = own if found[1] in ("that", "rate") else places(answer, found[1])[0]
        yield first, "better", 0
        yield 3, signed(found), first
    if "Dropout helps: use" in text:
        yield own, "better", 0
    if re.search(r"Dropout [\d.]+ hurts here", text):
        yield own, "worse", 0
    if "with the sizes that are best without it" in text:
        yield own, "worse", 3
    for found in re.finditer(r"Dropout helps(?:, surely so)? at ([\d.]+)[,:]", text):
        yield places(answer, found[1])[0], "better", 0
    for found in re.finditer(r"that matters: (.*?) are as good", text):
        low, to, high = found[1].partition(" to ")
        good = range(NAMES[low], NAMES[high] + 1) if to else places(answer, found[1])
        yield from ((place, "as good", own) for place in good if place != own)
    if "every rate tried scores worse than none" in text:
        yield from ((rate, "worse", 0) for rate in rates if rate)
    if "As recommended dropout hurts here" in text:
        yield own, "worse", 0
    if "The recommended configuration is worse than the best network" in text:
        yield own, "worse", 3
        found = re.search(rf"and {BETWEEN} than without dropout at the same sizes", text)
        yield own, signed(found), 0
    for found in re.finditer(r"Worse than none(?:, too)?: (.*?)\.(?: |$)", text):
        yield from ((place, "worse", 0) for place in places(answer, found[1]))
    if "The habit of 0.5 scored best" in text:
        assert own == 1
        assert all(not answer.gain(place) > 0 for place in answer.family)
    if "which scored best" in text:
        assert all(not answer.gain(place) > 0 for place in answer.family)
    if "It is better than the habit" in text:
        yield own, "better", 1
    if "Every other rate is worse than the habit" in text:
        yield from ((rate, "worse", 1) for rate in rates if rate != 1)
    if "It is worse than the habit" in text:
        yield own, "worse", 1
    if "Whether it is better than the habit" in text:
        yield own, "open", 1
    if "The habit of 0.5 would do as well" in text:
        yield own, "as good", 1
    if "Every other rate tried is worse" in text:
        yield from ((rate, "worse", own) for rate in rates if rate != own)
    if "network has no rate that could act" in text:
        assert own == 0
    for words, how in {
        r"[Bb]etter than it": "better",
        "No clear difference from it": "open",
        "As good as it": "as good",
    }.items():
        for found in re.finditer(words + r": (.*?)\.(?: |$)", text):
            yield from ((place, how, own) for place in places(answer, found[1]))


def contradictions(answer: Answer) -> list[str]:
    """What sentences, table, verdicts and JSON say of a pair and do not agree on."""
    said: dict[tuple[int, int], set[str]] = defaultdict(set)
    lead = headline.of_curve(answer)
    sentences = (lead.said, lead.because, *of_curve(answer))
    table = [_row(answer, place) for place in answer.family]
    for first, how, second in claims(answer, sentences):
        turn = first > second
        pair = (second, first) if turn else (first, second)
        said[pair].add(TURNED.get(how, how) if turn else how)
    for place, row, shown in zip(answer.family, table, answer_rows(table), strict=True):
        how = row["standing"]
        if place == answer.recommended:
            assert (how, shown["said"]) == (None, "recommended")
            continue
        assert shown["said"] == {"not told apart": "no clear difference"}.get(how, how)
        pair = tuple(sorted((place, answer.recommended)))
        how = {"not told apart": "open"}.get(how, how)
        said[pair].add(TURNED.get(how, how) if pair[0] != place else how)
    wrong = [
        f"{pair}: {sorted(how)}"
        for pair, how in said.items()
        if len(how - {"open"} if "as good" in how else how) > 1
    ]
    own = table[answer.family.index(answer.recommended)]
    for key, part in (("over_zero", "zero"), ("over_half", "half")):
        place = answer.curve[part]
        if place not in answer.family or place == answer.recommended:
            continue
        row = table[answer.family.index(place)]
        if own[key] != row["behind_recommended"]:
            wrong.append(f"{key}: {own[key]} and {row['behind_recommended']}")
    return [f"{one} in {' '.join(sentences)}" for one in wrong]


@pytest.mark.parametrize("examples", [False, True])
@pytest.mark.parametrize(
    ("curve", "space"), [*product([True], SPACES), *product([False], [(0.7,), (0.0,), (0.5,)])]
)
@pytest.mark.usefixtures("coarse")
def test_no_order_of_the_configurations_makes_an_answer_contradict_itself(
    curve: bool, space: tuple[float, ...], examples: bool
) -> None:
    for noise, orders in ((0.002, LEVELS), (0.03, LEVELS[::4]), (0.06, LEVELS[1::8])):
        for levels in orders:
            answer = made(levels, noise, space, curve, examples)
            assert not contradictions(answer), (levels, noise)


@pytest.mark.parametrize(
    ("word", "levels", "noise", "space", "said"),
    [
        ("helps", (2, 1, 0, 1), 0.002, (0.0, 0.7), "Dropout helps: use 0.7"),
        (
            "helps elsewhere",
            (1, 0, 2, 1),
            0.002,
            (0.7,),
            "Dropout helps at 0.5: widen the space, which leaves it out",
        ),
        (
            "helps elsewhere",
            (2, 0, 1, 1),
            0.002,
            (0.7,),
            "Dropout helps at 0.5: widen the space, which leaves it out",
        ),
        (
            "helps elsewhere",
            (1, 0, 2, 2),
            0.002,
            (0.0,),
            "Dropout helps at 0.5: widen the space, which leaves it out",
        ),
        (
            "hurts",
            (0, 1, 2, 0),
            0.002,
            (0.7,),
            "Dropout hurts here: use none, which the space leaves out",
        ),
        (
            "worse",
            (1, 1, 2, 0),
            0.002,
            (0.7,),
            "Dropout 0.7 hurts here: use none, which the space leaves out",
        ),
        (
            "worse",
            (2, 2, 1, 0),
            0.02,
            (0.7,),
            "Dropout hurts here: use none, with the sizes that are best without it",
        ),
        (
            "does not help",
            (0, 0, 0, 0),
            0.002,
            (0.0, 0.5, 0.7),
            "Dropout makes no difference here that matters: 0 to 0.7 are as good; use 0.7",
        ),
        (
            "not decided",
            (0, 0, 0, 0),
            0.03,
            (0.0, 0.5, 0.7),
            "Undecided whether dropout helps: use 0.7 for now, the best rate of the space at the "
            "sizes chosen",
        ),
    ],
)
def test_each_word(
    word: str, levels: tuple[int, ...], noise: float, space: tuple[float, ...], said: str
) -> None:
    for examples in (False, True):
        answer = made(levels, noise, space, examples=examples)
        assert answer.zero.word == word
        assert headline.of_curve(answer).said == f"{said}."


def test_what_is_said_of_every_rate_rests_on_the_interval_that_each_has_by_itself() -> None:
    """And these are the ones that are shown."""
    answer = made((0, 1, 2, 0), 0.088, (0.7,), examples=True)
    together, alone = answer.comparing.against([0, 1, 2], [0], answer.level)
    assert together[1, 0].high > 0 > alone[1, 0].high
    assert answer.zero.word == "hurts"
    assert answer.against_zero[1, 0] == alone[1, 0]
    assert "95 % for each rate" in " ".join(of_curve(answer))
    assert not contradictions(answer)


def test_none_and_a_half_have_one_interval() -> None:
    answer = made((0, 1, 2, 0), 0.03, (0.0, 0.5, 0.7))
    assert answer.against_zero[1, 0] == answer.against_half[0, 1].turned


def test_whether_to_go_on_is_asked_of_the_verdicts_that_are_said() -> None:
    """The tuned control is held against none, and is no rate beside 0.5."""
    for levels in LEVELS[::5]:
        answer = made(levels, 0.05, (0.0, 0.5, 0.7), examples=True)
        assert isinstance(answer.comparing, ByExamples)
        zero, half = answer.questions
        again = replace(answer, look=2)
        for found in (answer, again):
            assert not goes_on(found) or "not decided" in (found.zero.word, found.half.word)
        assert zero.verdict(answer.comparing.of(zero.labels)).word == answer.zero.word
        assert (half.reference, half.labels, half.control) == (1, (0, 1, 2), None)


@pytest.mark.parametrize("levels", LEVELS[::16])
def test_nothing_is_told_apart_where_intervals_are_descriptive(levels: tuple[int, ...]) -> None:
    answer = made(levels, 0.002, (0.7,), fold_kind="expanding", persistence=0.99)
    assert set(answer.standings.values()) == {"not told apart"}
    assert not contradictions(answer)


def test_a_network_without_a_rate_that_acts_is_told_to_be_one() -> None:
    answer = made((0, 0, 0, 1), 0.002, (0.0,), curve=False)
    plan = answer.curve | {"half": None, "winner": 0, "members": answer.curve["members"][:1]}
    for control in (None, 1):
        members = (answer.members[0], answer.members[3])
        allowed = {"control": control, "allowed": [True, True]}
        found = answer_of(plan | allowed, members)
        said = " ".join(of_curve(found))
        assert "the recommended network has no rate that could act" in said
        assert "there is no score" not in said


@pytest.mark.parametrize("unit", [1e-30, 1e-6, 1.0, 1e6, 1e30])
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_means_tie_when_equal_to_a_millionth_whatever_the_unit(unit: float, direction: str) -> None:
    plan = {"rates": [[0.1, 0], [0.3, 1], [0.6, 2]], "allowed": [True] * 3, "winner": 0}
    record = StudyRecord(direction=direction)

    def chosen(*means: float) -> int | None:
        found = tuple(member({}, unit * mean, 0.0, 0) for mean in means)
        return _recommended(plan, found, record)

    worse = 1.1 if direction == "minimize" else 0.9
    assert chosen(1.0, 1 + 2e-7, worse) == chosen(1 + 2e-7, 1.0, worse) == 1
    better = 1 - 1e-4 if direction == "minimize" else 1 + 1e-4
    assert chosen(better, 1.0, worse) == 0
    assert tie(unit, unit * (1 + 2e-7))


def test_what_ties_is_not_told_apart() -> None:
    answer = made((0, 0, 0, 0), 0.0, (0.0, 0.5, 0.7))
    tied = [member(one.point, 1 + 1e-8 * n, 0, 0) for n, one in enumerate(answer.members) if one]
    answer = answer_of(answer.curve, tied)
    assert answer.curve["rates"][answer.recommended][0] == 0.7
    assert set(answer.standings.values()) == {"as good"}
    assert answer.zero.word == "does not help"


# Whole studies


def test_none_that_is_better_than_the_only_rate_allowed(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 3}, confirm={"rivals": None}, model={"dropout": 0.7})
    found = answered(asked, tmp_path, truth=lambda p: 0.9 - 0.5 * rate(p), noise=0.002)
    assert (rate(found.point), found.verdict) == (0.7, "hurts")
    said = " ".join(found.sentences)
    assert "Outside the space that was searched, better than it: 0, 0.5." in said
    assert "It is worse than the habit of 0.5" in said
    standing = {row["rate"]: row["standing"] for row in found.table}
    assert standing == {0.0: "better", 0.5: "better", 0.7: None}
    assert [row[-1] for row in found.rows()[1]] == ["better", "better", "recommended"]


def test_a_half_that_helps_outside_the_space(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 3}, confirm={}, model={"dropout": 0.0})
    found = answered(asked, tmp_path, truth=lambda p: 0.7 + 0.2 * rate(p), noise=0.002)
    assert (rate(found.point), found.verdict) == (0.0, "helps elsewhere")
    assert "Dropout helps here at 0.5: accuracy is 0.1 better than without" in found.sentences[2]
    assert "Not so as recommended: that is without dropout." in found.sentences[2]


def test_a_rate_between_none_and_a_half_that_are_both_outside(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 3}, confirm={}, model={"dropout": 0.7})
    means = {0.0: 0.8, 0.5: 0.9, 0.7: 0.7}
    found = answered(asked, tmp_path, truth=lambda p: means[rate(p)], noise=0.002)
    assert found.verdict == "helps elsewhere"
    assert re.search(r"Not so as recommended: there it is between [\d.]+ worse", found.sentences[2])
    means = {0.0: 0.8, 0.5: 0.8, 0.7: 0.7}
    (tmp_path / "worse").mkdir()
    found = answered(asked, tmp_path / "worse", truth=lambda p: means[rate(p)], noise=0.005)
    assert found.verdict == "worse"
    assert "As recommended dropout hurts here" in found.sentences[2]


@pytest.mark.parametrize(("best", "noise"), [(0.0, 0.012), (0.3, 0.0065), (0.5, 0.018)])
def test_a_pair_with_none_or_a_half_has_the_interval_that_was_fixed_beforehand(
    study: Any, tmp_path: Path, best: float, noise: float
) -> None:
    rates = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    asked = study(search={"trials": 20}, confirm={"rates": rates})
    found = answered(asked, tmp_path, truth=lambda p: 0.8 - 0.1 * abs(rate(p) - best), noise=noise)
    assert rate(found.point) == best
    rows = {row["rate"]: row for row in found.table}
    if best in (0.0, 0.5):
        over = "over_zero" if best == 0 else "over_half"
        for row in found.table:
            if row["rate"] not in (None, best):
                assert row["behind_recommended"]["low"] == -row[over]["high"]
                assert (row["standing"] == "worse") == (row[over]["high"] < 0)
    else:
        assert rows[0.0]["behind_recommended"] == rows[0.3]["over_zero"]
        assert rows[0.0]["standing"] == "worse"
    near = " ".join(said for said in found.sentences if "No clear difference from it: " in said)
    named = {float(one) for one in re.findall(r"\d\.\d+|\b0\b", near)}
    assert named == {
        r for r, row in rows.items() if row["standing"] == "not told apart" and r is not None
    }
