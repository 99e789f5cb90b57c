"""What study.yaml refuses key by key and between keys, and in which words."""

# One fault a row:
# ruff: noqa: E501
from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.errors import ConfigError
from tests.support.config_samples import changed, classify, forecast, refused

BASE = Path("/data")


def faults(mapping: dict[str, Any]) -> list[str]:
    """The lines of the error, without the first; none where the mapping is taken."""
    try:
        config_from(mapping, BASE)
    except ConfigError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []


# Single values

SINGLE = [
    ("study", "", 'study: "" is empty: write a name'),
    ("study", 7, 'study: 7 is not a name: write "7" in quotes'),
    ("study", "a/b", 'study: "a/b" holds a slash'),
    ("study", "a\\b", "holds a slash"),
    ("study", "a\nb", r'study: "a\nb" holds a sign that is not seen (U+000A)'),
    ("study", "a\u202eb", "holds a sign that is not seen (U+202E), such as a line break or one"),
    *(("study", f"a{sign}b", "is not seen") for sign in "\u200b\u2066\ufeff\u2028\u2029\ue000\x85"),
    ("study", " a", "begins or ends with a blank: take it out"),
    ("study", "-a", "begins with a dash or a dot"),
    ("study", "..", "begins with a dash or a dot"),
    ("study", "x" * 101, "is too long for the names of files: take at most 100 letters"),
    ("study", "ü" * 101, "is too long for the names of files"),
    ("data.path", None, "data.path: null is not a name: write one"),
    ("data.path", "a\0b", "holds a line break or another control character: take it out"),
    ("data.task", "guess", 'data.task: "guess" is not offered: write forecast, classify or regress'),
    ("data.target", ["y"], 'data.target: ["y"] is a list of one: write y'),
    ("data.features", "a", 'data.features: "a" is not a list: write one, such as [a, b], or null'),
    ("data.features", ["a", "b", "a"], "names a twice: drop one of them"),
    ("data.features", ["a", 3], 'data.features[1]: 3 is not a name: write "3" in quotes'),
    ("data.window", "twelve", 'data.window: "twelve" is not a whole number: write one, such as 48'),
    ("data.window", 8.0, "data.window: 8.0 is not a whole number: write 8"),
    ("data.window", True, "data.window: true is not a whole number"),
    ("data.horizon", 0, "data.horizon: 0 is not at least 1: write a number at least 1"),
    ("data.horizon", 2**31, "is not at most 2147483647"),
    ("folds.count", 1, "folds.count: 1 is not at least 2"),
    ("folds.gap", -1, "folds.gap: -1 is not at least 0"),
    ("folds.holdout", 1.0, "folds.holdout: 1.0 is not below 1"),
    ("folds.holdout", None, "folds.holdout: null is no share: write 0 to hold nothing out"),
    ("folds.holdout", False, "folds.holdout: false is no share: write 0 to hold nothing out"),
    ("folds.holdout", "some", 'folds.holdout: "some" is not offered: write auto'),
    ("folds.holdout", {"column": "c"}, "folds.holdout.value: is missing: write it, for example value: test"),
    ("folds.holdout", {"column": "c", "value": None}, "null is not a value of one cell"),
    ("folds.holdout", {"column": "c", "value": math.inf}, ".inf is not a value of one cell"),
    ("model.hidden_size", 0, "model.hidden_size: 0 is not at least 1"),
    ("model.hidden_size", True, "model.hidden_size: true is not a whole number"),
    ("model.hidden_size", [], "model.hidden_size: [] is an empty list: write at least one value"),
    ("model.hidden_size", [32, 64, 32], "[32, 64, 32] names 32 twice: drop one of them"),
    ("model.hidden_size", [32, 1.5], "model.hidden_size[1]: 1.5 is not a whole number"),
    ("model.hidden_size", {"low": 8}, "model.hidden_size.high: is missing: write it"),
    ("model.layers", {"low": 3, "high": 1}, "{low: 3, high: 1} low 3 is above high 1: exchange them"),
    ("model.layers", {"low": 1, "high": 4, "step": 2}, "do not meet high 4: write high: 3"),
    ("model.layers", {"low": 1, "high": 3, "log": 1}, "model.layers.log: 1 is neither true nor false"),
    ("model.dropout", 1.0, "model.dropout: 1.0 is not below 1: write a number below 1"),
    ("model.dropout", -0.1, "model.dropout: -0.1 is not at least 0"),
    ("model.dropout", "0.3", 'model.dropout: "0.3" is not a number: write one, such as 0.2'),
    ("model.dropout", True, "model.dropout: true is not a number"),
    ("model.dropout", [0, 0.0], "twice: drop one of them"),
    ("model.dropout", {"low": 0, "high": 1}, "model.dropout.high: 1 is not below 1"),
    ("model.dropout", {"low": 0, "high": 0.5, "log": True}, "log: true needs low above 0, not 0.0"),
    ("model.dropout", {"low": 0.1, "high": 0.5, "log": True, "step": 0.1}, "exclude each other: drop one"),
    ("model.dropout", {"low": 0, "high": 0.8, "step": 0.3}, "do not meet high 0.8: write high: 0.6"),
    ("model.dropout", {"low": 0, "high": 0.8, "step": 1e-300}, "makes more than 1000000 values: enlarge it"),
    ("model.dropout", {"output": 2}, "model.dropout.output: 2 is not below 1"),
    ("model.mask", ["standard", "lockt"], 'model.mask[1]: "lockt" is not offered: write standard or locked'),
    ("training.epochs", {"low": 1, "high": 9}, "training.epochs: {low: 1, high: 9} is not a whole number"),
    ("training.patience", "off", 'training.patience: "off" is not a whole number: write one, such as 3, or null'),
    ("training.learning_rate", math.nan, "training.learning_rate: .nan is not a finite number"),
    ("training.learning_rate", {"low": 0, "high": 1}, "training.learning_rate.low: 0 is not above 0"),
    ("training.learning_rate", {"low": 1, "high": math.inf}, "training.learning_rate.high: .inf is not a finite"),
    ("training.learning_rate", None, "training.learning_rate: null is not a number"),
    ("training.weight_decay", -1, "training.weight_decay: -1 is not at least 0"),
    ("training.clip", 0, "training.clip: 0 is not above 0"),
    ("training.accelerator", "tpu", 'training.accelerator: "tpu" is not offered: write auto, cpu or gpu'),
    ("search.trials", 0, "search.trials: 0 is not at least 1"),
    ("search.timeout", "1h", 'search.timeout: "1h" is not a number: write one, such as 3600, or null'),
    ("search.try", {"dropout": 0.3}, "search.try: {dropout: 0.3} is not a list: write one"),
    ("search.try", [0.3], "search.try[0]: 0.3 is not a mapping: write its keys below it"),
    ("search.try", [{"dropout": [0.3]}], "search.try[0].dropout: [0.3] is not a value of one cell"),
    ("search.try", [{"dropout": 0.3}, {"dropout": 0.3}], "twice: drop one of them"),
    ("search.start_from", 7, 'search.start_from: 7 is not a name: write "7" in quotes'),
    ("search.seed", -1, "search.seed: -1 is not at least 0"),
    ("search.sampler", "gp", 'search.sampler: "gp" is not offered: write tpe, random or grid'),
    ("confirm", 3, "confirm: 3 is not a mapping: write its keys below it, indented, or null"),
    ("confirm.finalists", 0, "confirm.finalists: 0 is not at least 1"),
    ("confirm.rates", "some", 'confirm.rates: "some" is not offered: write auto'),
    ("confirm.rates", [0.2, 1.0], "confirm.rates[1]: 1.0 is not below 1"),
    ("confirm.repeats", 1.5, "confirm.repeats: 1.5 is not a whole number"),
    ("confirm.smallest_effect", 0, "confirm.smallest_effect: 0 is not above 0"),
    ("search.objectives", ["cost"], 'search.objectives: ["cost"] is not offered: write [score], [score, parameters] or [score, cost]'),
    ("selected", {"score": "good"}, 'selected.score: "good" is not a number'),
    ("search", 5, "search: 5 is not a mapping: write its keys below it, indented"),
    ("data", ["a"], 'data: ["a"] is not a mapping'),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "said"), SINGLE)
def test_a_wrong_value_is_refused_in_words(key: str, value: Any, said: str) -> None:
    section, _, name = key.partition(".")
    found = faults(forecast(**{section: {name: value} if name else value}))
    assert len(found) == 1
    assert found[0].startswith(key)
    assert said in found[0]
    assert ": " in found[0]


UNKNOWN = [
    ({"modle": {}}, "modle: is an unknown key: did you mean model?"),
    ({"data": {"windw": 3}}, "data.windw: is an unknown key: did you mean data.window?"),
    ({"search": {"epochs": 3}}, "search.epochs: is an unknown key: did you mean training.epochs?"),
    ({"trials": 9}, "trials: is an unknown key: did you mean search.trials?"),
    ({"model": {"layers": {"low": 1, "hihg": 2}}}, "model.layers.hihg: is an unknown key: did you mean model.layers.high?"),
    ({"model": {"dropout": {"outptu": 0.1}}}, "model.dropout.outptu: is an unknown key: did you mean model.dropout.output?"),
    ({"model": {"poolin": "last"}}, "model.poolin: is an unknown key: did you mean model.pooling?"),
    ({"data": {"txt": "t"}}, "data.txt: is an unknown key: did you mean data.text?"),
    ({"search": {"objective": ["score"]}}, "search.objective: is an unknown key: did you mean search.objectives?"),
    ({"training": {"zzz": 1}}, "training.zzz: is an unknown key: known here are epochs,"),
    ({5: 1}, "5: is an unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "said"), UNKNOWN)
def test_an_unknown_key_names_its_nearest(sections: dict[Any, Any], said: str) -> None:
    found = faults(changed(forecast(), sections))
    assert any(fault.startswith(said) for fault in found), found


# Keys that do not fit together

TOGETHER = [
    (forecast(data={"time": None}), "data.time: is missing: a forecast needs it, for example time"),
    (forecast(data={"window": None}), "data.window: is missing: a forecast needs it"),
    (forecast(data={"horizon": None}), "data.horizon: is missing: a forecast needs it"),
    (classify(data={"series": None}), "data.series: is missing: classify needs it, for example"),
    (classify(data={"task": "regress", "series": None}), "data.series: is missing: regress needs"),
    (classify(data={"stride": 5}), "data.stride: 5 is for windows of streams, with task: classify"),
    (classify(data={"horizon": 5}), "data.horizon: 5 is for task: forecast alone: leave it out"),
    (forecast(data={"missing": "linear"}), 'data.missing: "linear" looks ahead'),
    (forecast(data={"repeated": "group"}), 'data.repeated: "group" is for classify and regress'),
    (classify(data={"scale": "window"}), 'data.scale: "window" is for task: forecast alone'),
    (forecast(data={"time": "y"}), 'data.time: "y" is data.target already: name another column'),
    (classify(data={"group": "label"}), 'data.group: "label" is data.target already'),
    (forecast(data={"features": ["a", "y"]}), 'data.features: "y" is data.target; its own past'),
    (classify(data={"features": ["id"]}), 'data.features: "id" is data.series: take it out'),
    (classify(data={"features": ["a"], "categories": ["a"]}), 'data.categories: "a" is in data.fe'),
    (classify(data={"features": []}), "data.features: [] leaves the network nothing to see"),
    (classify(data={"features": ["p"]}, folds={"holdout": {"column": "p", "value": 1}}),
     'data.features: "p" is folds.holdout'),
    (forecast(folds={"kind": "stratified"}), 'folds.kind: "stratified" is not for task: forecast'),
    (classify(folds={"kind": "expanding"}), 'folds.kind: "expanding" is not for task: classify'),
    (classify(folds={"kind": "blocked"}), 'folds.kind: "blocked" is not for task: classify'),
    (classify(data={"task": "regress"}, folds={"kind": "stratified"}), "is not for task: regress"),
    (forecast(folds={"kind": "kfold"}), 'folds.kind: "kfold" holds out whole series'),
    (classify(folds={"kind": "column"}), "folds.column: is missing: kind: column needs it"),
    (classify(folds={"kind": "kfold", "column": "f"}), 'folds.column: "f" is not read with kind'),
    (classify(folds={"kind": "group"}), 'folds.kind: "group" needs data.group: name that column'),
    (classify(data={"group": "g"}, folds={"kind": "kfold"}), '"kfold" would split the groups'),
    (classify(folds={"across": "time"}), 'folds.across: "time" is for task: forecast alone'),
    (forecast(folds={"across": "series"}), 'folds.across: "series" needs data.series'),
    (forecast(data={"series": "s"}, folds={"kind": "blocked", "across": "series"}),
     'folds.across: "series" holds out whole series'),
    (forecast(data={"series": "s"}, folds={"kind": "kfold", "across": "time"}),
     'folds.across: "time" cuts series in time'),
    (classify(folds={"gap": 3}), "folds.gap: 3 is for task: forecast alone: leave it out, or wri"),
    (classify(model={"layers": 1, "dropout": {"between": 0.2}}),
     "model.dropout.between: 0.2 does nothing with layers: 1"),
    (classify(model={"recurrent": ["none", "update"], "dropout": 0.2}),
     'model.recurrent: ["none", "update"] needs a rate'),
    (classify(model={"dropout": {"recurrent": 0.2}}),
     "model.dropout.recurrent: 0.2 does nothing with recurrent: none"),
    (classify(model={"cell": ["lstm", "gru"], "recurrent": "zoneout",
                     "dropout": {"recurrent": 0.2, "recurrent_hidden": 0.1}}),
     "model.dropout.recurrent_hidden: 0.1 is a rate of LSTM cells alone"),
    (classify(model={"cell": "rnn"}), "model.cell: "),
    (classify(model={"recurrent": "update", "dropout": {"recurrent": 0.2, "recurrent_hidden": 0.1}}),
     "model.dropout.recurrent_hidden: 0.1 is a rate of zoneout alone"),
    (classify(model={"dropout": {"embedding": 0.2}}),
     "model.dropout.embedding: 0.2 drops words, and data.text names no text"),
    (classify(model={"sites": ["embedding", "output"]}),
     "model.sites: embedding drops words, and data.text names no column"),
    (classify(model={"sites": ["input"], "dropout": {"output": 0.2}}),
     'model.sites: ["input"] is where a shared rate acts, and model.dropout has a rate for each'),
    (classify(model={"sites": ["between"]}), "model.sites: between alone is model.dropout.between"),
    (classify(search={"try": [{"drop_out": 0.3}]}), "search.try: {drop_out: 0.3}: drop_out is no key of this search: did you mean dropout?"),
    (classify(search={"try": [{"colour": 1}]}), "colour is no key of this search: there are hidden_size, layers, bidirectional"),
    (classify(search={"try": [{"dropout": 0.95}]}), "search.try: {dropout: 0.95}: dropout 0.95 does not lie in model.dropout: {low: 0.0, high: 0.8}"),
    (classify(search={"try": [{"hidden_size": "big"}]}), 'hidden_size "big" does not lie in model.hidden_size: ['),
    (classify(model={"hidden_size": [8, 16], "dropout": 0.2}, training={"learning_rate": 0.01}, search={"sampler": "grid", "try": [{"hidden_size": 8}]}), "search.try: has no meaning with sampler: grid"),
    (classify(model={"hidden_size": [8, 16], "dropout": 0.2}, training={"learning_rate": 0.01}, search={"sampler": "grid", "start_from": "s"}), "search.start_from: has no meaning with sampler: grid"),
    (classify(model={"dropout": 0.3}, confirm={"rates": [0.2]}), "confirm.rates: [0.2] has no rate of model.dropout: 0.3"),
    (classify(model={"dropout": {"output": {"low": 0.6, "high": 0.9}}}, confirm={"rates": [0.1, 0.2]}), "confirm.rates: [0.1, 0.2] has no rate of model.dropout.output: {low: 0.6, high: 0.9}"),
    (classify(model={"dropout": [0.1, 0.3]}, confirm={"rates": [0.2]}), "confirm.rates: [0.2] has no rate of model.dropout: [0.1, 0.3]"),
    *[
        (classify(model={"network": "a:B", **model}, search=search), said)
        for model, said in (
            ({"dropout": {"output": 0.3}}, "model.dropout: a rate for each site is of dropsearch's own network"),
            ({"rates": ["rate"]}, "model.rates: rate is no argument"),
        )
        for search in ({"sampler": "grid"}, {"try": [{"rate": 0.3}]})
    ],
    (classify(search={"metric": "rmse"}), 'search.metric: "rmse" is not for task: classify: write'),
    (forecast(search={"metric": "accuracy"}), "write auto, rmse, mae, mase or smape"),
    (classify(data={"task": "regress"}, search={"metric": "mase"}), "write auto, rmse, mae or smape"),
    (classify(model={"dropout": 0.1}, search={"sampler": "grid"}),
     "training.learning_rate: {low: 0.0003, high: 0.01, log: true} is continuous"),
]  # fmt: skip


@pytest.mark.parametrize(("mapping", "said"), TOGETHER)
def test_keys_that_do_not_fit_together(mapping: dict[str, Any], said: str) -> None:
    found = faults(mapping)
    assert len(found) == 1, found
    assert said in found[0]


FITTING = [
    forecast(study="x" * 100 + "-best"),
    forecast(data={"series": "s"}, folds={"kind": "kfold", "across": "series"}),
    forecast(data={"series": "s"}, folds={"kind": "blocked", "across": "end", "gap": 4}),
    forecast(data={"features": []}),
    classify(folds={"column": "f"}),
    classify(data={"group": "id"}, folds={"kind": "group"}),
    classify(model={"layers": 1, "dropout": {"between": 0, "output": [0.1]}}),
    classify(model={"dropout": [0.1, 0.2]}, training={"learning_rate": 1}, search={"sampler": "grid"}),
    classify(data={"window": None, "missing": "linear", "repeated": "group"}),
]  # fmt: skip


@pytest.mark.parametrize("mapping", FITTING)
def test_keys_that_fit_together(mapping: dict[str, Any]) -> None:
    assert faults(mapping) == []


def test_all_errors_at_once_with_their_lines(tmp_path: Path) -> None:
    text = """\
study: no
modle: 3
data:
  path: sun.csv
  task: forecast
  tiem: m
  target: sun
  window: twelve
  missing: linear
folds: {kind: stratified, holdout: {column: p, value: yes}}
model:
  layers: {low: 3, high: 1}
  mask: off
search:
  sampler: grid
  sampler: tpe
  metric: accuracy
"""
    found = [line.strip() for line in refused(text, tmp_path).splitlines()]
    assert found[0] == f"{tmp_path / 'study.yaml'} has 13 errors:"
    starts = [line.partition(":")[0] for line in found[1:]]
    assert sorted(starts) == sorted(
        [
            "line 1, study",
            "line 2, modle",
            "line 3, data.time",
            "line 3, data.horizon",
            "line 6, data.tiem",
            "line 8, data.window",
            "line 9, data.missing",
            "line 10, folds.kind",
            "line 10, folds.holdout.value",
            "line 12, model.layers",
            "line 13, model.mask",
            "line 15, search.sampler",
            "line 17, search.metric",
        ]
    )
    assert 'line 1, study: no without quotes is read as false: write "no" in quotes' in found
    assert (
        "line 13, model.mask: off without quotes is read as false: write standard or locked"
        in found
    )
    assert "line 15, search.sampler: stands in line 15 and again in line 16: keep one" in found


KEYS = [key for key, _, _ in SINGLE] + [
    "data", "folds", "model", "training", "search", "selected", "confirm", "data.series",
    "data.group", "data.categories", "folds.kind", "folds.across", "folds.column", "search.metric",
]  # fmt: skip
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["auto", "column", "group", "kfold", "grid", "y", "id", 10**400, 5e-324]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["low", "high", "step", "log", "input", "between", "value", "x"]), inner
        )
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@example({"study": ["\x85", "\u2028"]}, False)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=6), st.booleans())
def test_whatever_stands_there_is_taken_or_refused(values: dict[str, Any], many: bool) -> None:
    mapping = forecast() if many else classify()
    for key, value in sorted(values.items()):
        section, _, name = key.partition(".")
        changed(mapping, {section: {name: value} if name else value})
    assert all(": " in fault and "see the documentation" not in fault for fault in faults(mapping))


def test_nothing_but_a_name_lists_what_is_missing() -> None:
    found = faults({"study": "s"})
    assert [fault.partition(":")[0] for fault in found] == ["data.path", "data.task", "data.target"]


def test_of_very_many_faults_the_first_are_explained_and_the_others_counted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "study.yaml"
    keys = "".join(f"key_{number}: 1\n" for number in range(15_000))
    path.write_text(f"{keys}study: x\ndata: {{path: x, task: classify, target: x, series: s}}\n")
    with pytest.raises(ConfigError) as error:
        load_config(path)
    first, *lines, last = str(error.value).splitlines()
    assert first == f"{path} has 15,000 errors:"
    assert [line.split(":")[0] for line in lines] == [
        f"  line {number + 1}, key_{number}" for number in range(20)
    ]
    assert all("is an unknown key: " in line for line in lines)
    assert last == "  and 14,980 more"
