"""study.yaml: what loads, what comes back out, and what is refused in which words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from dropsearch.models.fold.scores import SCORES
from dropsearch.models.names import SITES, TASKS
from dropsearch.search.config.faults import shown
from dropsearch.search.config.load import (
    config_from,
    differences,
    json_schema,
    load_config,
    to_json,
    to_yaml,
)
from dropsearch.search.config.schema import (
    SECTIONS,
    HoldoutColumn,
    SiteRates,
    StudyConfig,
    data,
    folds,
    network,
    search,
    selected,
)
from dropsearch.search.config.schema.table import TableForm
from dropsearch.search.config.values import CountRange
from dropsearch.search.errors import ConfigError
from tests.support.config_samples import classify, forecast
from tests.support.paths import ROOT

BASE = Path("/data")


# What loads


def test_defaults_are_those_of_the_design() -> None:
    config = config_from(forecast(), BASE)
    assert config.data.missing == "refuse"
    assert config.data.scale == "auto"
    assert config.folds.model_dump() == {
        "kind": "auto", "count": 5, "column": None, "across": "auto", "gap": 0, "holdout": "auto",
    }  # fmt: skip
    assert config.model.model_dump() == {
        "network": None,
        "args": {},
        "rates": ("dropout",),
        "cell": "lstm",
        "hidden_size": (32, 64, 128),
        "layers": 1,
        "bidirectional": False,
        "pooling": "last",
        "embedding_size": 64,
        "embedding": "tuned",
        "dropout": {"low": 0.0, "high": 0.8},
        "sites": ("between", "output"),
        "mask": "standard",
        "recurrent": "none",
    }
    of_sequences = config_from(classify(), BASE).model
    assert of_sequences.bidirectional == (False, True)
    assert of_sequences.pooling == ("last", "mean", "max")
    assert config.training.learning_rate.model_dump() == {"low": 3e-4, "high": 1e-2, "log": True}
    assert (config.training.epochs, config.training.patience, config.training.clip) == (40, 6, 1.0)
    assert config.search.model_dump() == {
        "trials": 60, "timeout": None, "metric": "auto", "objectives": ("score",),
        "sampler": "tpe", "pruner": "median", "seed": 0, "try": (), "start_from": None,
    }  # fmt: skip
    assert config.confirm is not None
    assert config.confirm.model_dump() == {
        "finalists": 3, "rates": "auto", "repeats": 3, "smallest_effect": "auto",
        "rivals": "auto",
    }  # fmt: skip
    assert config.selected is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"pooling": "max"}, {"pooling": "max", "bidirectional": (False, True), "layers": 1}),
        ({"layers": 2, "bidirectional": True}, {"layers": 2, "bidirectional": True}),
        ({"dropout": {"between": 0.2}}, {"layers": CountRange(low=1, high=3)}),
        ({"dropout": {"output": 0.2}}, {"layers": 1}),
    ],
)
def test_what_a_file_says_of_the_network_stands(
    model: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = config_from(classify(model=model), BASE).model
    assert {key: getattr(found, key) for key in expected} == expected


def test_a_config_written_out_is_read_back_as_it_was() -> None:
    for mapping in (classify(), forecast(), classify(model={"pooling": "mean"})):
        config = config_from(mapping, BASE)
        assert config_from(yaml.safe_load(to_yaml(config)), BASE) == config


def test_the_path_starts_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "study.yaml").write_text(yaml.dump(forecast(data={"path": "../a.csv"})))
    monkeypatch.chdir(tmp_path)
    assert load_config("deep/study.yaml").data.path == str(tmp_path / "a.csv")
    assert config_from(forecast(data={"path": "/x/b.csv"}), BASE).data.path == "/x/b.csv"
    assert os.path.isabs(config_from(forecast(), Path()).data.path)


def test_a_configuration_cannot_be_changed() -> None:
    config = config_from(forecast(), BASE)
    with pytest.raises(ValueError, match="frozen"):
        config.search.trials = 3


@pytest.mark.parametrize(
    ("text", "value"),
    [("3e-4", 3e-4), ("3.0e-4", 3e-4), ("1E-3", 1e-3), (".5", 0.5), ("1", 1.0), ("+2.e0", 2.0)],
)
def test_floats_as_people_write_them(text: str, value: float, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(yaml.dump(forecast()) + f"training:\n  learning_rate: {text}\n")
    assert load_config(path).training.learning_rate == value


def test_words_that_yaml_1_1_reads_as_numbers_or_dates_are_names(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    mapping = yaml.dump(classify(folds={"holdout": {"column": "d", "value": "V"}}))
    for word in ("2020-01-01", "1:30", "0x10", "1_000", "007", "y", "n", "='a", "None"):
        path.write_text(mapping.replace("value: V", f"value: {word}"))
        holdout = load_config(path).folds.holdout
        assert isinstance(holdout, HoldoutColumn)
        assert holdout.value == word


def test_anchors_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    text = yaml.dump(forecast()) + (
        "model:\n  dropout:\n    input: &r {low: 0, high: 0.5}\n    output: *r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    dropout = load_config(path).model.dropout
    assert isinstance(dropout, SiteRates)
    assert dropout.input == dropout.output
    assert dropout.between == 0.0


def test_an_empty_section_has_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(yaml.dump(forecast()) + "search:\nfolds: # nothing\n")
    assert load_config(path) == config_from(forecast(), tmp_path)


# What comes back out

words = st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8
) | st.sampled_from(
    ["3e-4", "no", "null", "~", "1_0", "0o7", "1:30", "- a", "#", "=", "é\x85\x7f😀"]
)
names = st.from_regex(r"[A-Za-z0-9_ü=][A-Za-z0-9_ .:#'\"&*!%@-]{0,20}[a-z0-9]", fullmatch=True)
rates = st.floats(0, 1, exclude_max=True)


def spec(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pair = st.tuples(value, value).map(sorted)
    return (
        value
        | st.lists(value, min_size=1, max_size=4, unique=True)
        | pair.map(lambda p: {"low": p[0], "high": p[1]})
        | pair.filter(lambda p: p[0] > 0).map(lambda p: {"low": p[0], "high": p[1], "log": True})
    )


counts = st.integers(1, 2**31 - 1)
configs = st.builds(
    lambda study, columns, **parts: classify(
        data={
            "path": "a.csv",
            "series": "\x00id",
            "target": "\x00label",
            "features": columns,
        },
        folds={"holdout": parts["holdout"], "count": parts["count"]},
        model={key: parts[key] for key in ("hidden_size", "dropout", "mask")},
        training={key: parts[key] for key in ("learning_rate", "batch_size", "clip")},
        search={"timeout": parts["timeout"]},
        selected=parts["selected"],
    )
    | {"study": study},
    names,
    st.none() | st.lists(words, min_size=1, max_size=3, unique=True),
    holdout=st.just("auto")
    | rates
    | st.fixed_dictionaries(
        {
            "column": words.map(lambda word: f"\x00{word}"),
            "value": words
            | st.integers()
            | st.booleans()
            | st.floats(allow_nan=False, allow_infinity=False),
        }
    ),
    count=st.integers(2, 1000),
    hidden_size=spec(counts),
    dropout=spec(rates)
    | st.fixed_dictionaries({}, optional={"input": spec(rates), "between": spec(rates)}),
    mask=st.sampled_from(["standard", "locked", ["locked"], ["locked", "standard"]]),
    learning_rate=spec(st.floats(0, 1e300, exclude_min=True)),
    batch_size=spec(counts),
    clip=st.none() | st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False),
    timeout=st.none() | st.integers(1, 10**9),
    selected=st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            "score": st.floats(allow_nan=False, allow_infinity=False),
            "fold_scores": st.lists(st.floats(-1e300, 1e300), max_size=3),
            "baseline": st.fixed_dictionaries({"name": words, "score": rates}),
            "errors": st.fixed_dictionaries(
                {
                    "examples": counts,
                    "levels": st.just([0.5, 0.9]),
                    "sizes": st.floats(1, 1e150).map(lambda size: [[0, size / 2], [0.5, size]]),
                }
            ),
            "versions": st.dictionaries(words, words, max_size=2),
        },
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(configs)
def test_yaml_json_and_the_store_keep_everything(
    tmp_path_factory: pytest.TempPathFactory, mapping: dict[str, Any]
) -> None:
    config = config_from(mapping, BASE)
    path = tmp_path_factory.getbasetemp() / "round.yaml"
    for text in (to_yaml(config), to_json(config)):
        path.write_text(text, encoding="utf-8", newline="")
        assert load_config(path) == config
    whole = config.model_dump(mode="json")
    for key in ("network", "args", "rates"):  # which say nothing of dropsearch's own network
        del whole["model"][key]
    assert json.loads(to_json(config)) == {
        key: value for key, value in whole.items() if key != "selected" or value is not None
    }
    assert yaml.safe_load(to_yaml(config)) == json.loads(to_json(config))
    assert (
        StudyConfig.model_validate(json.loads(json.dumps(config.model_dump(mode="json")))) == config
    )
    assert differences(config, config) == []


def test_yaml_is_in_block_style_in_the_order_of_the_schema() -> None:
    text = to_yaml(config_from(forecast(training={"learning_rate": 1e-5}), BASE))
    assert "{" not in text
    assert text.startswith("study: s\ndata:\n  path: /data/a.csv\n")
    tops = [line.rstrip(":") for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert tops == ["data", "folds", "model", "training", "search", "confirm"]
    assert text.index("low: 0.0") < text.index("high: 0.8")
    assert "log: false" not in text


def test_differences_in_words() -> None:
    old = config_from(forecast(training={"epochs": 40}), BASE)
    new = config_from(
        forecast(
            study="s2",
            training={"epochs": 60},
            model={"dropout": {"output": [0.1, 0.2]}},
            search={"trials": 99, "timeout": 5, "seed": 1},
            selected={"trial": 3},
        ),
        BASE,
    )
    assert differences(old, new) == [
        'study: "s" in the study, "s2" in the file',
        "model.dropout: {low: 0.0, high: 0.8} in the study, "
        "{embedding: 0.0, input: 0.0, between: 0.0, recurrent: 0.0, "
        "recurrent_hidden: ... in the file",
        "training.epochs: 40 in the study, 60 in the file",
        "search.seed: 0 in the study, 1 in the file",
    ]


# For editors and readers


def models() -> list[tuple[str, type[BaseModel]]]:
    return [
        ("", StudyConfig),
        ("data.", data.Data),
        ("data.table.", TableForm),
        ("folds.", folds.Folds),
        ("folds.holdout.", HoldoutColumn),
        ("model.", network.Model),
        ("model.dropout.", SiteRates),
        ("training.", network.Training),
        ("search.", search.Search),
        ("confirm.", search.Confirm),
        ("selected.", selected.Selected),
        ("selected.baseline.", selected.Baseline),
        ("selected.errors.", selected.Errors),
    ]


def test_the_json_schema_describes_every_key() -> None:
    whole = json_schema()
    assert whole["required"] == ["study", "data"]
    json.dumps(whole)
    for name, part in [("StudyConfig", whole), *whole["$defs"].items()]:
        assert part["additionalProperties"] is False, name
        for key, value in part["properties"].items():
            assert value.get("description"), (name, key)
            assert value.get("title") or "$ref" in json.dumps(value), (name, key)
    assert set(whole["$defs"]) >= {model.__name__ for _, model in models()} - {"StudyConfig"}


def test_the_documentation_has_a_row_for_every_key() -> None:
    text = (ROOT / "docs" / "study-yaml.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    wanted = []
    for prefix, model in models():
        for name, info in model.known_keys().items():
            if model is StudyConfig and name in SECTIONS:
                continue
            default = info.get_default(call_default_factory=True)
            value = default.model_dump() if isinstance(default, BaseModel) else default
            plain = "" if default is PydanticUndefined else shown(value).strip('"')
            said = f"`{plain}`" if plain else "required"
            wanted.append(f"| `{prefix}{name}` | {said} | {info.description} |")
    assert rows == wanted


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "study-yaml.md").read_text()
    path = tmp_path / "study.yaml"
    path.write_text(text.partition("```yaml\n")[2].partition("```")[0])
    assert load_config(path).data.window == 48


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", SCORES)
def test_the_metrics_are_those_of_the_models(name: str, task: str, tmp_path: Path) -> None:
    start = forecast if task == "forecast" else classify
    mapping = start(data={"task": task}, search={"metric": name})
    if task in SCORES[name].tasks:
        assert config_from(mapping, tmp_path).search.metric == name
    else:
        with pytest.raises(ConfigError, match=f"{name}.* is not for task: {task}"):
            config_from(mapping, tmp_path)


def test_the_sites_are_those_of_the_models() -> None:
    assert tuple(SiteRates.model_fields) == SITES


def test_loading_does_not_import_torch_or_polars(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(yaml.dump(forecast()))
    code = (
        "import sys; from dropsearch.search.phases import space; "
        "from dropsearch.search.config.load import load_config; space.size(load_config('s.yaml')); "
        "print([m for m in ('torch', 'polars', 'optuna', 'lightning') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
