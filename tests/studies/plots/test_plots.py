"""The figures show the numbers of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import optuna
import pytest
import yaml

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.words import choice_in_words, standing_in_words
from dropsearch.studies.plots import fits as plots_fits
from dropsearch.studies.plots import response as plots
from dropsearch.studies.plots import search as plots_search
from dropsearch.studies.plots import split as plots_split
from dropsearch.studies.plots import timeline as plots_timeline
from dropsearch.studies.plots.choices import choices
from dropsearch.studies.plots.importance import importance_of
from dropsearch.studies.plots.overfitting import overfitting
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.tables import curve_table, folds_table, trials_table
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.paths import EXAMPLES


def config(name: str, example: str = "japanese-vowels", **sections: Any) -> StudyConfig:
    mapping = yaml.safe_load((EXAMPLES / f"{example}.yaml").read_text())
    mapping["study"] = name
    mapping["training"]["epochs"] = 6
    for key, section in sections.items():
        mapping[key] = {**mapping.get(key, {}), **section}
    return config_from(mapping, EXAMPLES)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(str(tmp_path_factory.mktemp("shelf") / "studies.db"), create=True)
    yield store
    store.close()


@pytest.fixture(scope="module")
def evidence(shelf: Store) -> Evidence:
    """A study whose scores are best at a rate of 0.3, by far more than their noise."""
    return Evidence(shelf, fill(shelf, config("helps", search={"trials": 60}), noise=0.002))


@pytest.fixture(scope="module")
def answer(evidence: Evidence) -> Answer:
    assert evidence.answer is not None
    return evidence.answer


def named(figure: Any, name: str) -> Any:
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def test_each_rival_has_its_interval_in_its_color(answer: Answer) -> None:
    figure = choices(answer)
    drawn = {
        (name, trace.name): (x, x - minus, x + plus)
        for trace in figure.data
        for name, x, minus, plus in zip(
            trace.y, trace.x, trace.error_x.arrayminus, trace.error_x.array, strict=True
        )
    }
    assert set(answer.rivals) == {"hidden_size", "bidirectional", "pooling"}
    assert len(drawn) == len(answer.rivals)
    for key, place in answer.rivals.items():
        gain = answer.beside[place].turned
        name = choice_in_words(key, answer.curve["members"][place])
        found = drawn[name, standing_in_words(answer.standings[place])]
        assert found == pytest.approx((gain.mean, gain.low, gain.high))


def test_the_response_curve_has_means_errors_and_marks(evidence: Evidence, answer: Answer) -> None:
    figure = plots.response_curve(answer, evidence.trials)
    curve = named(figure, "mean ± standard error")
    places = sorted(answer.rates, key=answer.rates.__getitem__)
    assert list(curve.x) == [answer.rates[place] for place in places]
    assert list(curve.y) == pytest.approx([answer.observations[p].mean() for p in places])
    assert list(curve.customdata) == pytest.approx([answer.standard_error(p) for p in places])
    band = next(trace for trace in figure.data if trace.fill == "toself")
    assert max(np.array(band.y[: len(places)]) - curve.y) == pytest.approx(max(curve.customdata))
    assert 0.2 < named(figure, "recommended").x[0] < 0.45
    assert named(figure, "no dropout").x[0] == 0
    assert named(figure, "0.5, the habit").x[0] == 0.5
    control = answer.members[answer.curve["control"]]
    assert control is not None
    assert named(figure, "best without dropout").y[0] == pytest.approx(control.mean)
    assert len(named(figure, "trials of the search").x) == len(evidence.complete)


def test_below_it_stand_the_simultaneous_intervals(evidence: Evidence, answer: Answer) -> None:
    figure = plots.response_curve(answer, evidence.trials)
    drawn = {
        x: (y, low, high, up)
        for trace in figure.data
        if trace.error_y.array is not None
        for x, y, (low, high), up in zip(
            trace.x, trace.y, trace.customdata, trace.error_y.array, strict=True
        )
    }
    assert 0.0 not in drawn
    for place, rate in answer.rates.items():
        if rate > 0:
            found = answer.against_zero[place, answer.curve["zero"]]
            wanted = (found.mean, found.low, found.high, found.high - found.mean)
            assert drawn[rate] == pytest.approx(wanted)
    marks = {
        (trace.error_y.color, trace.marker.symbol)
        for trace in figure.data
        if trace.error_y.array is not None
    }
    assert {plots.SURE, plots.HURTS} <= marks  # 0.3 helps, 0.8 hurts
    assert named(figure, f"worth having: {answer.worth:.2g}").y[0] == answer.worth


def test_an_interval_that_reaches_further_on_one_side_is_drawn_so(
    evidence: Evidence, answer: Answer
) -> None:
    """As those of scores that change by steps do."""
    skewed = replace(answer)
    family = {pair: replace(one, low=one.low - 0.1) for pair, one in answer.against_zero.items()}
    vars(skewed).update(against_zero=family, zero=answer.zero)
    figure = plots.response_curve(skewed, evidence.trials)
    bars = [trace for trace in figure.data if trace.error_y.array is not None]
    assert bars
    for trace in bars:
        reach = zip(trace.y, trace.error_y.arrayminus, trace.error_y.array, strict=True)
        ends = [(y - down, y + up) for y, down, up in reach]
        assert ends == [pytest.approx(tuple(both)) for both in trace.customdata]
        assert trace.error_y.symmetric is False


def test_hopeless_trials_do_not_flatten_the_curve(evidence: Evidence, answer: Answer) -> None:
    low, high = plots.frame(answer, evidence.complete)
    evidence.complete[0].value, before = -100.0, evidence.complete[0].value
    try:
        framed = plots.frame(answer, evidence.complete)
    finally:
        evidence.complete[0].value = before
    assert framed[1] == pytest.approx(high, abs=0.1)
    assert low - 0.2 < framed[0] <= low


def test_the_overfitting_picture_has_the_losses(answer: Answer) -> None:
    figure = overfitting(answer)
    members = [answer.members[place] for place in sorted(answer.rates, key=answer.rates.get)]  # type: ignore[arg-type]
    for name, column in (("training, dropout off", "train_loss"), ("validation", "val_loss")):
        wanted = [getattr(member, column).mean() for member in members]
        assert list(named(figure, name).y) == pytest.approx(wanted)


def test_the_dashboard_can_hold_both(evidence: Evidence, answer: Answer) -> None:
    for figure in (plots.response_curve(answer, evidence.trials), overfitting(answer)):
        text = figure.to_json()
        assert len(text) < 20_000
        assert "bdata" not in text  # older plotly.js, as in optuna-dashboard, reads lists alone


def test_several_rates_have_a_panel_each(shelf: Store) -> None:
    sites = {"dropout": {"input": {"low": 0.0, "high": 0.4}, "output": {"low": 0.0, "high": 0.6}}}
    record = fill(shelf, config("sites", model=sites, search={"trials": 20}))
    found = Evidence(shelf, record)
    assert found.answer is not None
    figure = plots.response_curve(found.answer, found.trials)
    titles = {figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text}
    assert titles == {"dropout rate,<br>input", "dropout rate,<br>output"}
    assert len(overfitting(found.answer).data[0].x) == len(found.answer.family)


def test_paired_folds_are_lines_of_one_fold_each(evidence: Evidence) -> None:
    scores = {"a": np.array([1.0, 2.0, 4.0]), "b": np.array([2.0, 2.0, 3.0])}
    figure = plots_fits.paired_folds(scores, evidence.record, "b")
    assert list(figure.data[0].y) == [1, 2, None, 2, 2, None, 4, 3, None]
    assert list(figure.data[1].y) == pytest.approx([7 / 3, 7 / 3])


def test_learning_curves_end_where_the_first_repeat_ends(evidence: Evidence) -> None:
    short, long, *_ = evidence.fits
    short = [row for row in short if row.epoch < 4]
    figure = plots_fits.learning_curves([short, long], evidence.record, 5)
    validation = named(figure, "validation")
    assert list(validation.x) == [1, 2, 3, 4]
    last = [row.val_loss for row in [*short, *long] if row.epoch == 3]
    assert validation.y[-1] == pytest.approx(np.mean(last))
    thin = [trace for trace in figure.data if trace.line.width == 1]
    assert all(list(trace.x) == [4, 5, 6] for trace in thin)
    assert len(thin) == 3
    assert figure.layout.xaxis.dtick == figure.layout.xaxis2.dtick == 1  # no half epochs


def test_importance_finds_what_decides(evidence: Evidence) -> None:
    found = evidence.importance
    assert found is not None
    assert next(iter(found.shares)) == "dropout"
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.trials == len(evidence.complete)
    assert 5 <= found.best < found.trials / 2
    bars = plots_search.importance(found.shares).data[0]
    assert bars.y[-1] == "dropout"


def test_no_importance_from_few_trials_or_equal_scores() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=9)
    assert importance_of(study, "minimize") is None
    equal = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    equal.optimize(lambda t: 0 * (t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1)), 12)
    assert importance_of(equal, "minimize") is None


def test_parallel_coordinates_show_the_best_of_many(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots_search, "MOST_LINES", 10)
    assert evidence.optuna_study is not None
    figure = plots_search.parallel(evidence.optuna_study, evidence.record)
    scale, *lines = figure.data
    assert len(lines) == 10
    assert lines[-1].y[0] == 1  # the best is nearest to the eye
    assert list(figure.layout.xaxis.ticktext)[:2] == ["accuracy", "bidirectional"]
    assert scale.marker.colorscale[-1] == (1.0, plots.BLUE)
    assert scale.marker.colorbar.title.text == "accuracy<br>(higher is better)"


def test_axes_of_parallel_coordinates_are_named_whole_and_have_ticks_that_a_trial_can_have(
    shelf: Store,
) -> None:
    rates = {site: {"low": 0.0, "high": 0.5} for site in ("recurrent", "recurrent_hidden")}
    model = {"layers": {"low": 1, "high": 2}, "dropout": rates, "recurrent": ["update", "zoneout"]}
    found = Evidence(shelf, fill(shelf, config("kinds", model=model, search={"trials": 30})))
    assert found.optuna_study is not None
    figure = plots_search.parallel(found.optuna_study, found.record)
    axes = [str(name).replace("<br>", " ") for name in figure.layout.xaxis.ticktext]
    assert axes[2:4] == ["dropout recurrent", "dropout recurrent hidden"]
    assert axes[5] == "layers"
    ticks = {axis: [a.text for a in figure.layout.annotations if a.x == axis] for axis in (3, 5)}
    assert ticks[3][0] == "not drawn"
    assert ticks[5] == ["1", "2"]
    names = {line.customdata[3][0] for line in figure.data[1:]}
    values = {line.customdata[3][1] for line in figure.data[1:]}
    assert names == {"dropout.recurrent hidden"}
    assert "not drawn" in values
    assert "None" not in values


def test_the_better_end_of_parallel_coordinates_is_on_top(shelf: Store) -> None:
    record = fill(shelf, config("errors", "sunspots", search={"trials": 12}), noise=0.001)
    found = Evidence(shelf, record)
    assert found.optuna_study is not None
    figure = plots_search.parallel(found.optuna_study, record)
    scale, *lines = figure.data
    values = sorted(claim.value or 0.0 for claim in found.complete)
    assert [float(line.customdata[0][1]) for line in lines] == pytest.approx(values[::-1], rel=1e-2)
    assert [line.y[0] for line in lines] == sorted(line.y[0] for line in lines)
    ends = {a.y: float(a.text) for a in figure.layout.annotations if a.x == 0 and a.y in (0, 1)}
    assert ends == pytest.approx({0: values[-1], 1: values[0]}, rel=1e-2)
    assert scale.marker.colorscale[0] == (0.0, plots.BLUE)
    assert lines[-1].line.color != lines[0].line.color


def test_a_search_shows_the_rates_that_differ(shelf: Store) -> None:
    site = {"dropout": {"output": {"low": 0.0, "high": 0.6}}}
    record = fill(shelf, config("a site", model=site, search={"trials": 8}), until="finalists")
    found = Evidence(shelf, record)
    assert found.best is not None
    assert plots_search.searched_rates(found.complete) == ["dropout.output"]
    figure = plots_search.search_rates(record, found.complete, found.best)
    assert figure.layout.xaxis.title.text == "dropout rate,<br>output"
    assert "xaxis2" not in figure.layout


def test_the_pareto_front_is_not_beaten(shelf: Store) -> None:
    search = {"objectives": ["score", "parameters"], "trials": 30}
    record = fill(shelf, config("pareto", search=search, model={"hidden_size": [8, 16, 32, 64]}))
    found = Evidence(shelf, record)
    front = named(plots_search.pareto(record, found.complete), "front")
    for size, score in zip(front.x, front.y, strict=True):
        better = [c for c in found.complete if c.value > score and c.parameters <= size]  # type: ignore[operator]
        assert not better
    others = named(plots_search.pareto(record, found.complete), "others")
    assert len(front.x) + len(others.x) == len(found.complete)


def test_the_timeline_has_a_row_for_each_worker(evidence: Evidence) -> None:
    figure = plots_timeline.timeline(evidence.claims, evidence.spent)
    assert {row for trace in figure.data for row in trace.y} == {"1: host0", "2: host1"}
    assert sum(len(trace.x) for trace in figure.data) == len(evidence.claims)
    assert {trace.name for trace in figure.data} >= {"complete trial", "pruned trial", "curve"}
    assert named(figure, "curve").customdata[0] == 3.5


def test_a_fit_that_was_cut_off_is_no_bar_over_the_pause(evidence: Evidence) -> None:
    claims = plots_timeline.begun(evidence.claims)
    cut = next(claim for claim in claims if plots_timeline.kind_of(claim) == "curve")
    before = cut.started
    assert before is not None
    cut.started = before - timedelta(hours=9)
    try:
        figure = plots_timeline.timeline(claims, evidence.spent)
    finally:
        cut.started = before
    bars = named(figure, "curve")
    assert bars.customdata[0] == pytest.approx(evidence.spent[cut.id])
    assert bars.base[0] + timedelta(milliseconds=bars.x[0]) == cut.ended
    pause = named(figure, "cut off, gone on with later")
    assert list(pause.x) == [before - timedelta(hours=9), bars.base[0], None]


def test_the_split_of_a_forecast_lies_over_time(shelf: Store) -> None:
    record = fill(shelf, config("time", "sunspots"), fate=lambda _: "waiting", until="search")
    figure = plots_split.split(record.summary)
    train, validate = figure.data
    assert list(train.y) == [*(f"fold {number}" for number in range(1, 6)), "holdout"]
    assert figure.layout.xaxis.type == "date"
    assert all(first < second for first, second in zip(train.base, validate.base, strict=True))
    assert train.customdata[0][0] == record.summary["folds"][0]["train_times"][0]


def test_the_split_of_sequences_shows_sizes(evidence: Evidence) -> None:
    summary = evidence.record.summary
    bars = {trace.name: list(trace.x) for trace in plots_split.split(summary).data}
    assert bars["validation"] == [fold["validate"] for fold in summary["folds"]]
    assert bars["holdout"] == [summary["holdout"]] * len(summary["folds"])


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("1749-03", datetime(1749, 3, 1)),
        ("2020/4", datetime(2020, 4, 1)),
        ("2020-04-05 06:30", datetime(2020, 4, 5, 6, 30)),
        ("2020-04-05T06:30:00+02:00", datetime(2020, 4, 5, 6, 30)),
        ("20200405", datetime(2020, 4, 5)),
        ("17", 17.0),
        ("-0.5", -0.5),
        ("03/04/2020", None),
        ("Q1 2020", None),
    ],
)
def test_times_are_read_only_where_they_are_certain(label: str, wanted: Any) -> None:
    assert plots_split.position(label) == wanted


def test_the_tables_hold_every_fit(evidence: Evidence, answer: Answer) -> None:
    folds = folds_table(evidence.store, evidence.record)
    epochs = 6 * len(answer.networks) + len(answer.curve["baselines"])
    assert folds.filter(folds["phase"] == "curve").height == epochs * 3 * 5
    assert set(folds["fold"]) == {1, 2, 3, 4, 5}
    trials = trials_table(evidence.store, evidence.record)
    assert trials.height == 60
    assert trials.filter(trials["state"] == "complete").height == len(evidence.complete)
    curve = curve_table(answer)
    chosen = curve.filter(curve["recommended"]).row(0, named=True)
    found = answer.against_zero[answer.recommended, answer.curve["zero"]]
    assert (chosen["over_zero_low"], chosen["over_zero_high"]) == (found.low, found.high)
