"""Folds: the gap rule by brute force, the kinds, the holdout, seeds and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.draw import Split, split

FEW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORECAST_FOLDS = [
    ("expanding", "auto"),
    ("expanding", "time"),
    ("expanding", "end"),
    ("blocked", "time"),
    ("blocked", "end"),
    ("kfold", "series"),
    ("group", "series"),
    ("column", "time"),
    ("column", "end"),
    ("column", "auto"),
]


def sequences(
    labels: Sequence[int] | None = None, *, size: int = 0, **changes: Any
) -> SequenceData:
    """One step per sequence; classes a, b, c ... or, without labels, a regression."""
    size = size if labels is None else len(labels)
    index = np.arange(size)
    target = index.astype(float) if labels is None else np.array(labels, dtype=np.int64)
    known: dict[str, Any] = {
        "task": "regress" if labels is None else "classify",
        "start": index,
        "length": np.ones(size, dtype=np.int64),
        "target": target,
        "series": index,
        "series_names": tuple(f"s{i}" for i in index),
        "classes": () if labels is None else tuple("abcdefgh"[: max(labels) + 1]),
        "window": 0,
        "horizon": 0,
        "row_series": index,
        "time": None,
    }
    return _data(known | changes)


def forecast(
    times: Iterable[Iterable[int]], window: int, horizon: int, **changes: Any
) -> SequenceData:
    """Series with rows at `times`; a window's input crosses no gap."""
    lists = [np.array(list(t), dtype=np.int64) for t in times]
    time = np.concatenate(lists)
    row_series = np.repeat(np.arange(len(lists)), [len(t) for t in lists])
    start = [
        r
        for r in range(len(time) - window - horizon + 1)
        if row_series[r] == row_series[r + window + horizon - 1]
        and time[r + window - 1] - time[r] == window - 1
    ]
    known: dict[str, Any] = {
        "task": "forecast",
        "start": np.array(start, dtype=np.int64),
        "length": np.full(len(start), window),
        "target": np.zeros(len(time)),
        "series": row_series[start] if start else np.array([], dtype=np.int64),
        "series_names": tuple(f"s{i}" for i in range(len(lists))),
        "classes": (),
        "window": window,
        "horizon": horizon,
        "row_series": row_series,
        "time": time,
    }
    return _data(known | changes)


def _data(known: dict[str, Any]) -> SequenceData:
    rows = len(known["row_series"])
    rest: dict[str, Any] = {
        "features": ("x",),
        "values": np.zeros((rows, 1)),
        "categories": (),
        "levels": (),
        "codes": np.zeros((rows, 0), dtype=np.int32),
        "stamps": None,
        "calendar": None,
        "group": None,
        "part": None,
        "held": None,
        "notes": (),
        "left_out": {},
        "fingerprint": "",
    }
    return SequenceData(**(rest | known))


def cut(data: SequenceData, **changes: Any) -> Split:
    usual: dict[str, Any] = {
        "kind": "auto",
        "count": 5,
        "across": "auto",
        "gap": 0,
        "holdout": 0.0,
        "seed": 0,
    }
    return split(data, **(usual | changes))


# The gap rule


def allowed(
    data: SequenceData,
    example: int,
    steps: set[tuple[int, int]],
    gap: int,
    common: bool,
    past: bool,
) -> bool:
    """The rule, from its words: does `example` keep clear of the target `steps` (series, time)?"""
    first = data.start[example]
    for row in range(first, first + data.window + data.horizon):
        for series, time in steps:
            if common or series == data.row_series[row]:
                away = time - data.time[row]
                if (away <= gap) if past else (abs(away) <= gap):
                    return False
    return True


def targets(data: SequenceData, examples: Iterable[int]) -> set[tuple[int, int]]:
    steps = set()
    for example in examples:
        first = data.start[example] + data.window
        for row in range(first, first + data.horizon):
            steps.add((int(data.row_series[row]), int(data.time[row])))
    return steps


@st.composite
def many_series(draw: st.DrawFn, fewest: int = 1, most: int = 4) -> SequenceData:
    lists = []
    for _ in range(draw(st.integers(fewest, most))):
        start = draw(st.integers(0, 12))
        length = draw(st.integers(8, 30))
        gaps = draw(st.dictionaries(st.integers(1, length - 1), st.integers(2, 6), max_size=2))
        lists.append(start + np.cumsum([gaps.get(i, 1) for i in range(length)]))
    return forecast(lists, draw(st.integers(1, 4)), draw(st.integers(1, 4)))


@pytest.mark.parametrize(("kind", "across"), FORECAST_FOLDS)
@FEW
@given(st.data())
def test_no_target_step_of_validation_or_holdout_stands_in_training(
    kind: str, across: str, data: st.DataObject
) -> None:
    whole = across == "series"
    made = data.draw(many_series(5, 8) if whole else many_series())
    size = len(made.start)
    gap, count = data.draw(st.integers(0, 3)), data.draw(st.integers(2, 4))
    changes: dict[str, Any] = {}
    if kind == "column":
        stretch = data.draw(st.integers(3, 12))
        changes["part"] = np.arange(size) // stretch % 3
    if kind == "group":
        changes["group"] = made.series // 2
    holdout = data.draw(st.sampled_from(["auto", 0.0, 0.2, "predefined"]))
    if holdout == "predefined" and kind != "group":
        held = np.zeros(len(made.row_series), dtype=bool)
        low = data.draw(st.integers(0, len(held) - 1))
        held[low : low + data.draw(st.integers(1, 10))] = True
        changes["held"] = held
    share: Any = 0.2 if holdout == "predefined" else holdout
    made = SequenceData(**(vars(made) | changes))
    try:
        got = cut(made, kind=kind, across=across, gap=gap, count=count, holdout=share)
    except DataError as refusal:
        event(f"refused: {str(refusal)[:20]}")
        return
    event("split")
    many = len(np.unique(made.series)) > 1
    if across != "auto" and many:
        assert got.across == across
    common = got.across == "time"

    everything = set(range(size))
    held_steps = targets(made, got.holdout)
    if made.held is not None:
        rows = np.flatnonzero(made.held)
        assert held_steps <= {(made.row_series[r], made.time[r]) for r in rows}
        held_steps = {(int(made.row_series[r]), int(made.time[r])) for r in rows}
        common_held, past = False, False
    else:
        common_held, past = common, not (whole and many)
    assert set(got.rest) == {
        e for e in everything if allowed(made, e, held_steps, gap, common_held, past)
    }

    for fold in got.folds:
        assert len(fold.train)
        assert len(fold.validate)
        assert set(fold.validate) <= set(got.rest)
        steps = targets(made, fold.validate)
        fitting = {e for e in got.rest if allowed(made, e, steps, gap, common, kind == "expanding")}
        assert set(fold.train) == fitting
        if kind == "expanding" and common:
            first = min(time for _, time in steps)
            last = made.time[made.start[fold.train] + made.window + made.horizon - 1].max()
            assert last < first
    for one, other in combinations(got.folds, 2):
        assert not set(one.validate) & set(other.validate)
    if kind in ("blocked", "kfold", "group") and got.across != "end":
        assert set(got.rest) == {e for fold in got.folds for e in fold.validate}


@pytest.mark.parametrize(("window", "horizon", "gap"), [(4, 3, 0), (1, 1, 0), (6, 2, 2), (2, 5, 1)])
def test_purge_is_tight(window: int, horizon: int, gap: int) -> None:
    data = forecast([range(120)], window, horizon)
    for fold in cut(data, kind="blocked", gap=gap).folds:
        first, last = fold.validate[0], fold.validate[-1]
        before, after = fold.train[fold.train < first], fold.train[fold.train > last]
        if len(before):
            assert first - before[-1] - 1 == horizon - 1 + gap
        if len(after):
            assert after[0] - last - 1 == window + horizon - 1 + gap
        assert len(before) or len(after)
    got = cut(data, kind="expanding", gap=gap, holdout=0.2)
    for fold in got.folds:
        assert fold.validate[0] - fold.train[-1] - 1 == horizon - 1 + gap
    assert got.holdout[0] - got.rest[-1] - 1 == horizon - 1 + gap


def test_gap_is_counted_in_calendar_steps_of_the_same_series() -> None:
    data = forecast([[*range(10), *range(14, 40)]], 2, 1)
    fold = cut(data, kind="expanding", count=2, gap=3, holdout=0).folds[0]
    first = data.time[data.start[fold.validate[0]] + 2]
    last = data.time[data.start[fold.train] + 2].max()
    assert first - last == 4


# The kinds


@pytest.mark.parametrize("length", [20, 61, 97])
@pytest.mark.parametrize("count", [2, 5])
def test_expanding_is_the_scheme_of_time_series_split(length: int, count: int) -> None:
    data = forecast([range(length + 4)], 2, 3)
    got = cut(data, kind="expanding", count=count)
    scheme = TimeSeriesSplit(count, gap=2).split(data.start)
    for fold, (train, validate) in zip(got.folds, scheme, strict=True):
        assert fold.train.tolist() == train.tolist()
        assert fold.validate.tolist() == validate.tolist()


def test_one_cut_in_time_for_all_series_and_ends_of_their_own() -> None:
    data = forecast([range(60), range(5, 60), range(10, 55)], 3, 2)
    for fold in cut(data, across="time").folds:
        begins = data.time[data.start[fold.validate] + 3].min()
        assert data.time[data.start[fold.train] + 4].max() < begins
        assert len(np.unique(data.series[fold.validate])) == 3
    apart = forecast([range(40), range(100, 140), range(200, 240)], 3, 2)
    got = cut(apart, holdout=0.2)
    assert got.across == "end"
    for fold in got.folds:
        assert len(np.unique(apart.series[fold.validate])) == 3
    assert np.bincount(apart.series[got.holdout]).tolist() == [7, 7, 7]


def test_expanding_blocks_hold_about_equally_many_windows_when_series_start_late() -> None:
    data = forecast([range(100)] + [range(70, 100)] * 9, 2, 1)
    sizes = [len(f.validate) for f in cut(data, across="time", count=3).folds]
    assert max(sizes) - min(sizes) <= 20


def test_a_time_that_most_series_share_empties_no_fold() -> None:
    data = forecast([range(40)] + [range(10, 13)] * 200, 2, 1)
    for kind in ("expanding", "blocked"):
        got = cut(data, kind=kind, across="time", count=5, holdout=0.0)
        assert all(len(f.validate) for f in got.folds)


def test_short_series_are_trained_on_only_and_named() -> None:
    data = forecast([range(50), range(50), range(6)], 3, 1)
    got = cut(data, across="end", kind="expanding")
    assert any("1 series" in note for note in got.notes)
    assert all((data.series[f.validate] != 2).all() for f in got.folds)
    assert all((data.series[f.train] == 2).sum() == 3 for f in got.folds)


@pytest.mark.parametrize(
    ("data", "kind", "across"),
    [
        (sequences([0, 1] * 20), "stratified", None),
        (sequences(size=40), "kfold", None),
        (sequences([0, 1] * 20, group=np.arange(40) // 4), "group", None),
        (sequences(size=40, group=np.arange(40) // 4), "group", None),
        (forecast([range(60)], 3, 2), "expanding", None),
        (forecast([range(60), range(60)], 3, 2), "expanding", "time"),
        (forecast([range(60), range(90, 150), range(200, 260)], 3, 2), "expanding", "end"),
    ],
)
def test_auto_chooses_by_task_and_says_why(
    data: SequenceData, kind: str, across: str | None
) -> None:
    got = cut(data)
    assert (got.kind, got.across) == (kind, across)
    assert got.why.startswith(f"{kind}: ")
    assert got.why.endswith(".")


def test_groups_of_series_stay_together_in_forecasts() -> None:
    data = forecast([range(30)] * 6, 3, 2)
    data = SequenceData(**(vars(data) | {"group": data.series // 2}))
    got = cut(data)
    assert (got.kind, got.across, len(got.folds)) == ("group", "series", 3)
    for fold in got.folds:
        assert not set(data.group[fold.train]) & set(data.group[fold.validate])


@FEW
@given(
    labels=st.lists(st.integers(0, 2), min_size=12, max_size=80),
    count=st.integers(2, 6),
    holdout=st.sampled_from(["auto", 0.0, 0.25]),
    seed=st.integers(0, 5),
    repeat=st.integers(0, 2),
)
def test_stratified_folds_and_holdout_keep_the_classes(
    labels: list[int], count: int, holdout: Any, seed: int, repeat: int
) -> None:
    data = sequences(labels)
    try:
        got = cut(data, count=count, holdout=holdout, seed=seed, repeat=repeat)
    except DataError:
        sizes = np.bincount(labels)
        nothing_spare = (sizes <= count).all() and holdout == 0.25
        assert (sizes[sizes > 0] < count).any() or nothing_spare
        return
    rest = np.bincount(data.target[got.rest], minlength=3)
    for fold in got.folds:
        assert sorted([*fold.train, *fold.validate]) == got.rest.tolist()
        inside = np.bincount(data.target[fold.validate], minlength=3)
        assert (np.abs(inside - rest / count) < 1).all()
    assert sorted(i for f in got.folds for i in f.validate) == got.rest.tolist()
    assert sorted([*got.rest, *got.holdout]) == list(range(len(labels)))
    sizes = np.bincount(labels, minlength=3)
    share = 0.15 if holdout == "auto" else holdout
    kept = np.bincount(data.target[got.holdout], minlength=3)
    assert (kept <= share * sizes + 1).all()
    roomy = sizes - count >= share * sizes + 1
    assert (kept[roomy] >= np.floor(share * sizes)[roomy]).all()


@FEW
@given(
    groups=st.lists(st.integers(0, 11), min_size=20, max_size=80),
    classify=st.booleans(),
    count=st.integers(2, 6),
    holdout=st.sampled_from(["auto", 0.0, 0.3]),
    seed=st.integers(0, 5),
)
def test_groups_are_never_split(
    groups: list[int], classify: bool, count: int, holdout: Any, seed: int
) -> None:
    labels = [i % 2 for i in range(len(groups))] if classify else None
    data = sequences(labels, size=len(groups), group=np.array(groups))
    try:
        got = cut(data, count=count, holdout=holdout, seed=seed)
    except DataError:
        assert len(set(groups)) < 2 or holdout == 0.3
        return
    left = len(set(data.group[got.rest]))
    assert len(got.folds) == min(count, left)
    assert any("folds instead of" in note for note in got.notes) == (left < count)
    assert not set(data.group[got.holdout]) & set(data.group[got.rest])
    assert sorted(i for f in got.folds for i in f.validate) == got.rest.tolist()
    if holdout == "auto":
        assert (len(got.holdout) > 0) == (len(set(groups)) >= 8)
    for fold in got.folds:
        assert len(fold.train)
        assert len(fold.validate)
        assert not set(data.group[fold.train]) & set(data.group[fold.validate])


def test_groups_inside_one_series_are_kept_whole_and_purged_on_both_sides() -> None:
    data = forecast([range(124)], 3, 2)
    data = SequenceData(**(vars(data) | {"group": np.arange(120) // 10}))
    got = cut(data, holdout=0.1, seed=1)
    assert (got.kind, got.across) == ("group", None)
    low, high = got.holdout[0], got.holdout[-1]
    assert got.holdout.tolist() == list(range(low, low + 10))
    assert got.rest.tolist() == [*range(low - 1), *range(high + 5, 120)]
    assert 0 < low < 110
    for fold in got.folds:
        assert not set(data.group[fold.train]) & set(data.group[fold.validate])


def test_column_gives_the_folds_as_they_are() -> None:
    part = np.array([2, 0, 1, 2, 0, 1, 2, 0])
    got = cut(sequences(size=8, part=part), kind="column")
    assert [f.validate.tolist() for f in got.folds] == [[1, 4, 7], [2, 5], [0, 3, 6]]
    held = part == 2
    got = cut(sequences(size=8, part=part, held=held), kind="column", holdout="auto")
    assert got.holdout.tolist() == [0, 3, 6]
    assert [f.validate.tolist() for f in got.folds] == [[1, 4, 7], [2, 5]]


@pytest.mark.parametrize(("kind", "across"), FORECAST_FOLDS[:6])
def test_the_independent_parts_of_forecasts(kind: str, across: str) -> None:
    data = forecast([range(30), range(5, 35)], 3, 2)
    got = cut(data, kind=kind, across=across, count=2)
    origin = [*range(3, 29), *range(8, 34)]
    assert got.unit.tolist() == (data.series.tolist() if across == "series" else origin)


def test_the_independent_parts_of_sequences() -> None:
    """Each sequence, a group, or, since it may stand for anything, the part of a fold."""
    group, part = np.arange(12) // 3, np.arange(12) % 3
    assert cut(sequences([0, 1] * 6)).unit.tolist() == list(range(12))
    assert cut(sequences(size=12), kind="kfold").unit.tolist() == list(range(12))
    assert cut(sequences(size=12, group=group)).unit.tolist() == group.tolist()
    assert cut(sequences(size=12, part=part), kind="column").unit.tolist() == part.tolist()
    both = sequences(size=12, group=part * 2, part=part)
    assert cut(both, kind="column").unit.tolist() == (part * 2).tolist()


# The holdout


def test_holdout_by_share() -> None:
    got = cut(sequences([0] * 60 + [1] * 40), holdout="auto")
    assert np.bincount(got.holdout >= 60).tolist() == [9, 6]
    series = forecast([range(104)], 3, 2)
    got = cut(series, holdout="auto")
    assert got.holdout.tolist() == list(range(85, 100))
    assert not len(cut(sequences(size=40), holdout=0.0).holdout)
    few = cut(sequences(size=7), holdout="auto")
    assert not len(few.holdout)
    assert "fewer than 8" in few.notes[0]


def test_holdout_takes_whole_series_and_whole_groups() -> None:
    data = forecast([range(30)] * 10, 3, 2)
    got = cut(data, across="series", holdout=0.3)
    assert len(np.unique(data.series[got.holdout])) == 3
    assert not set(data.series[got.holdout]) & set(data.series[got.rest])
    one_giant = sequences(size=30, group=np.array([0] * 26 + [1, 2, 3, 4]))
    assert cut(one_giant, holdout=0.01, count=2).holdout.tolist() in [[26], [27], [28], [29]]


def test_a_rare_class_keeps_a_member_for_each_fold() -> None:
    got = cut(sequences([0] * 40 + [1] * 5), holdout=0.3)
    assert (got.holdout < 40).all()
    labels = [*([0, 1] * 18), *([2] * 5)]
    grouped = sequences(labels, group=np.array([*(np.arange(36) // 4), *[9] * 5]))
    for seed in range(10):
        taken = cut(grouped, holdout=0.7, seed=seed).holdout
        assert len(taken)
        assert (taken < 36).all()


def test_predefined_holdout_of_forecast_rows() -> None:
    held = np.zeros(60, dtype=bool)
    held[40:50] = True
    data = forecast([range(60)], 4, 3, held=held)
    got = cut(data, kind="blocked", count=3)
    assert got.holdout.tolist() == list(range(36, 44))
    assert got.rest.tolist() == [*range(34), *range(50, 54)]


# Seeds


@pytest.mark.parametrize(
    ("data", "kind", "redrawn"),
    [
        (sequences(size=40), "kfold", True),
        (sequences([0, 1] * 20), "kfold", True),
        (sequences([0, 1] * 20), "stratified", True),
        (forecast([range(30)] * 12, 3, 2), "kfold", True),
        (sequences([0, 1] * 20, group=np.arange(40) // 2), "group", False),
        (sequences(size=40, group=np.arange(40) // 2), "group", False),
        (sequences(size=40, part=np.arange(40) % 4), "column", False),
        (forecast([range(80)], 3, 2), "expanding", False),
        (forecast([range(80)], 3, 2), "blocked", False),
    ],
)
def test_repeats_redraw_random_folds_and_never_the_holdout(
    data: SequenceData, kind: str, redrawn: bool
) -> None:
    def drawn(**changes: int) -> tuple[list[int], list[list[int]]]:
        got = cut(data, kind=kind, holdout="auto", **changes)
        return got.holdout.tolist(), [f.validate.tolist() for f in got.folds]

    first, again = drawn(seed=3), drawn(seed=3)
    assert first == again
    later = drawn(seed=3, repeat=1)
    assert later[0] == first[0]
    assert len(first[0])
    assert (later[1] != first[1]) == redrawn
    if kind not in ("expanding", "blocked"):
        assert drawn(seed=4)[0] != first[0]


# Refusals

LONG = forecast([range(60)], 3, 2)
PAIR = forecast([range(60), range(60)], 3, 2)
GROUPED = sequences([0, 1] * 10, group=np.arange(20) // 2)


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (GROUPED, {"kind": "kfold"}, "kind: group or auto"),
        (GROUPED, {"kind": "stratified"}, "kind: group or auto"),
        (sequences(size=20), {"kind": "stratified"}, "kind: kfold or auto"),
        (sequences(size=20), {"kind": "group"}, "data.group"),
        (sequences(size=20), {"kind": "column"}, "folds.column"),
        (sequences(size=20), {"kind": "expanding"}, "for forecasts"),
        (sequences(size=20), {"across": "time"}, "for forecasts"),
        (LONG, {"across": "series"}, "the data has one"),
        (LONG, {"kind": "kfold"}, "expanding, blocked or auto"),
        (LONG, {"kind": "stratified"}, "needs classes"),
        (PAIR, {"kind": "blocked", "across": "series"}, "across: time or end"),
        (PAIR, {"kind": "kfold", "across": "time"}, "across: auto"),
    ],
)
def test_unsuited_kinds_are_refused(
    data: SequenceData, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        cut(data, **changes)


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (sequences(size=3), {}, "3 sequences are fewer than the 5 folds"),
        (sequences([0] * 20 + [1] * 3), {}, "'b' has 3"),
        (sequences([0] * 20 + [1] * 3), {"kind": "kfold"}, "'b' has 3"),
        (sequences(size=9, group=np.zeros(9, dtype=int)), {}, "of 1 groups"),
        (sequences(size=9, part=np.zeros(9, dtype=int)), {"kind": "column"}, "has 1 value"),
        (sequences(size=9), {"holdout": 0.01}, "folds.holdout: 0.01 of 9"),
        (sequences(size=5), {"holdout": 0.4}, "need all of the 5 examples; lower folds.count"),
        (sequences(size=9, held=np.zeros(9, dtype=bool)), {}, "no sequence is held out"),
        (
            sequences(size=9, group=np.arange(9) // 3, held=np.arange(9) > 6),
            {},
            "1 groups lie partly in the holdout .*'s6'",
        ),
        (
            sequences(size=9, group=np.arange(9) // 3, part=np.arange(9) % 2),
            {"kind": "column"},
            "3 groups into several folds .*'s",
        ),
        (
            forecast([range(30)], 12, 12),
            {"gap": 1},
            "Fold 1 of 5 .expanding. has no training example.*30 steps of 1 series make 7 windows",
        ),
        (forecast([range(15)], 6, 6), {}, "No fold can be cut.*make 4 windows"),
        (
            forecast([range(30)], 3, 4, held=np.arange(30) > 26),
            {},
            "3 of 30 rows are held out, but no forecast has all its 4 target steps",
        ),
        (
            forecast([range(30)], 3, 2, part=np.arange(26) % 2),
            {"kind": "column"},
            "Fold 1 of 2 .column. has no training example",
        ),
    ],
)
def test_too_little_data_is_refused_with_numbers(
    data: SequenceData, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        cut(data, **changes)


def test_a_class_that_a_fold_never_trains_on_is_said() -> None:
    labels = [0, 1] * 10 + [2] * 5
    data = sequences(labels, group=np.array([*(np.arange(20) // 4), *[9] * 5]))
    got = cut(data)
    assert any("does not train on: 'c'" in note for note in got.notes)
