"""Studies of texts: what study.yaml may say, what init guesses, and a fit of their folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.table.read import read_table
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds, rates_of
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.init.features import Guess
from dropsearch.search.init.guess import guess
from dropsearch.search.init.write import init
from dropsearch.search.phases.rivals import choices
from dropsearch.search.phases.space import extremes, point_of, searched
from dropsearch.search.terminal.check import check, in_words
from tests.support.config_samples import changed
from tests.support.paths import EXAMPLES
from tests.support.tables_of import sequences

rng = np.random.default_rng(0)


def study(data: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    made = {"path": "a.csv", "task": "classify", "target": "label", "text": "text"} | (data or {})
    return changed({"study": "s", "data": made}, sections)


def faults(mapping: dict[str, Any]) -> list[str]:
    try:
        config_from(mapping, Path("/data"))
    except ConfigError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []


def test_a_study_of_texts_needs_no_series() -> None:
    config = config_from(study(model={"dropout": {"embedding": 0.1}}), Path("/data"))
    assert (config.data.tokens, config.data.vocabulary, config.data.max_tokens) == (
        "words",
        20_000,
        400,
    )


NOT_READ = "is not read with data.text"
PAIRS = [
    ({"series": "id"}, f'data.series: "id" {NOT_READ}'),
    ({"time": "t"}, f'data.time: "t" {NOT_READ}'),
    ({"features": ["x"]}, f'data.features: ["x"] {NOT_READ}'),
    ({"features": []}, f"data.features: [] {NOT_READ}"),
    ({"categories": ["x"]}, f'data.categories: ["x"] {NOT_READ}'),
    ({"missing": "forward"}, f'data.missing: "forward" {NOT_READ}'),
    ({"scale": "train"}, f'data.scale: "train" {NOT_READ}'),
    ({"scale": "window"}, 'data.scale: "window" is for task: forecast alone'),
    ({"window": 8}, "data.window: 8 is not read with data.text"),
    ({"static": ["size"]}, 'data.static: ["size"] is not read with data.text'),
    ({"horizon": 8}, "data.horizon: 8 is for task: forecast alone"),
    ({"group": "text"}, 'data.text: "text" is data.group already: name another column'),
    ({"text": "label"}, 'data.text: "label" is data.target already: name another column'),
    (
        {"task": "forecast", "time": "t", "window": 8, "horizon": 2},
        'data.text: "text" is for classify and regress alone: leave it out',
    ),
    ({"text": None, "series": "id", "tokens": "bpe"}, 'data.tokens: "bpe" is for texts'),
    ({"text": None, "series": "id", "vocabulary": 9}, "data.vocabulary: 9 is for texts"),
    ({"text": None, "series": "id", "max_tokens": 9}, "data.max_tokens: 9 is for texts"),
    ({"tokens": "letters"}, 'data.tokens: "letters" is not offered: write words or bpe'),
    ({"vocabulary": 0}, "data.vocabulary: 0 is not at least 1"),
    ({"max_tokens": 0}, "data.max_tokens: 0 is not at least 1"),
]


@pytest.mark.parametrize(("data", "message"), PAIRS)
def test_keys_that_do_not_go_with_texts_are_refused(data: dict[str, Any], message: str) -> None:
    (found,) = faults(study(data))
    assert message in found


def test_the_size_of_an_embedding_is_for_texts() -> None:
    plain = study({"text": None, "series": "id"}, model={"embedding_size": 32})
    (found,) = faults(plain)
    assert "model.embedding_size: 32 is for texts" in found


# init


def texts(count: int = 60, **columns: Any) -> pl.DataFrame:
    words = rng.choice(["so", "this", "is", "what", "they", "say", "now"], (count, 6))
    made = {"text": [" ".join([*line, f"w{i}"]) for i, line in enumerate(words)]}
    return pl.DataFrame(
        made | {name: [value(i) for i in range(count)] for name, value in columns.items()}
    )


def turns(i: int) -> str:
    return ("ham", "spam")[i % 2]


def guessed(table: pl.DataFrame, folder: Path) -> Guess:
    table.write_csv(folder / "data.csv")
    return guess(read_table(folder / "data.csv"))


TOLD = {"task": "classify", "target": "label", "text": "text"}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (texts(label=turns), TOLD),
        (texts(id=lambda i: i, label=turns), TOLD),
        (texts(id=lambda i: i, spam=lambda i: i % 2), TOLD | {"target": "spam"}),
        (texts(label=turns, likes=lambda i: i * 7 % 11, size=lambda i: i % 3 / 7), TOLD),
        (texts(stars=lambda i: i * 7 % 5), TOLD | {"target": "stars"}),
        (texts(score=lambda i: i * 7 % 50 / 9), TOLD | {"task": "regress", "target": "score"}),
        (texts(label=turns, title=lambda i: f"a b c d {i}"), TOLD),
        (texts(user_id=lambda i: i // 6, label=turns), TOLD | {"group": "user_id"}),
        (texts(date=lambda i: f"2020-01-{i // 2 + 1:02}", label=turns), TOLD),
    ],
)
def test_texts_are_told_by_their_columns(
    table: pl.DataFrame, expected: dict[str, Any], tmp_path: Path
) -> None:
    found = guessed(table, tmp_path)
    assert found.data == expected
    assert {f"data.{key}" for key in found.data} == found.why.keys()


@pytest.mark.parametrize("name", ["movie-sentences", "sms-spam"])
def test_the_text_examples_are_guessed(name: str) -> None:
    found = guess(read_table(EXAMPLES / f"{name}.csv"))
    assert (found.data, found.folds) == (TOLD, {})


def test_the_files_own_split_of_texts_is_the_holdout(tmp_path: Path) -> None:
    parts = texts(label=turns, part=lambda i: "test" if i > 44 else "train")
    found = guessed(parts, tmp_path)
    assert found.data == TOLD
    assert found.folds == {"holdout": {"column": "part", "value": "test"}}


def test_series_with_a_column_of_texts_stay_series(tmp_path: Path) -> None:
    table = sequences()
    remarks = pl.Series("remark", [f"so this is remark {i}" for i in range(table.height)])
    found = guessed(table.with_columns(remarks), tmp_path)
    assert found.data == {
        "task": "classify",
        "series": "series",
        "time": "step",
        "target": "label",
    }


@pytest.mark.usefixtures("briefly")
def test_what_init_writes_for_texts_runs(tmp_path: Path) -> None:
    table = texts(label=turns)
    pl.concat([table, table[:5]]).write_csv(tmp_path / "sms.csv")
    said = init(tmp_path / "sms.csv", tmp_path / "study.yaml", 0.1)
    config = load_config(tmp_path / "study.yaml")
    assert (config.data.text, config.data.repeated) == ("text", "group")
    assert config.model.sites == ("embedding", "input", "output")
    assert any("5 texts repeat another" in line for line in said)
    lines = in_words(check(config))
    assert "Data: 65 texts of column text: 7 to 7 words and marks each, median 7" in lines


# A fit


@pytest.mark.parametrize("tokens", ["words", "bpe"])
def test_folds_of_texts_share_one_size_of_vocabulary_and_learn(tokens: str, tmp_path: Path) -> None:
    table = texts(60, label=turns).with_columns(
        text=pl.when(pl.col("label") == "spam").then(pl.col("text") + " win").otherwise("text")
    )
    table.write_csv(tmp_path / "data.csv")
    mapping = study(
        {"path": str(tmp_path / "data.csv"), "tokens": tokens},
        folds={"count": 2, "holdout": 0},
        model={"embedding_size": [4, 8]},
        training={"epochs": 6, "patience": None},
    )
    config = config_from(mapping, tmp_path)
    inputs = Inputs.of(config)
    folds = FoldSet.of(config, inputs)
    sizes = [p.vocabulary.size for p in folds.preparations if p.vocabulary is not None]
    assert len(sizes) == 2
    assert folds.vocabulary == max(sizes)
    point = {
        "hidden_size": 8,
        "layers": 1,
        "dropout.embedding": 0.1,
        "dropout.output": 0.1,
        "bidirectional": False,
        "pooling": "last",
        "embedding_size": 8,
        "mask": "standard",
        "recurrent": "none",
        "batch_size": 8,
        "learning_rate": 0.03,
        "weight_decay": 0.0,
    }
    seeds = fold_seeds(0, "search", 0, 2)
    found = [fit(point, folds, seeds=seeds, direction=inputs.direction) for _ in range(2)]
    assert found[0].best.score > 0.9
    assert [e.score for e in found[0].epochs] == [e.score for e in found[1].epochs]


def test_the_size_of_the_embedding_can_be_searched(tmp_path: Path) -> None:
    texts(60, label=turns).write_csv(tmp_path / "data.csv")
    model = {"hidden_size": 4, "embedding_size": [4, 8], "dropout": 0.0}
    mapping = study({"path": str(tmp_path / "data.csv")}, model=model)
    config = config_from(mapping, tmp_path)
    assert "embedding_size" in searched(config)
    assert "embedding_size" in choices(config)
    folds = FoldSet.of(config, Inputs.of(config))
    drawn = {"bidirectional": False, "pooling": "max", "learning_rate": 0.01}
    for size in (4, 8):
        network = dropout_lstm(point_of(drawn | {"embedding_size": size}, config), folds, 0, 0)
        assert network.embedding is not None
        assert network.embedding.weight.shape[1] == size
    _, largest = extremes(config)
    assert largest["embedding_size"] == 8


def test_a_shared_rate_acts_at_the_sites_named(tmp_path: Path) -> None:
    """As the same rate written for each of them."""
    texts(60, label=turns).write_csv(tmp_path / "data.csv")
    sites = ["embedding", "input", "output"]
    model = {"hidden_size": 4, "layers": 1, "bidirectional": False, "pooling": "max"}
    found = []
    for rates in ({"dropout": 0.5, "sites": sites}, {"dropout": dict.fromkeys(sites, 0.5)}):
        mapping = study(
            {"path": str(tmp_path / "data.csv")},
            folds={"count": 2, "holdout": 0},
            model=model | rates,
            training={"epochs": 2, "learning_rate": 0.01},
        )
        config = config_from(mapping, tmp_path)
        inputs = Inputs.of(config)
        point = point_of({}, config)
        rates = rates_of(point, config.model)
        assert isinstance(rates, dict)
        assert {site: rates[site] for site in sites} == dict.fromkeys(sites, 0.5)
        folds = FoldSet.of(config, inputs)
        seeds = fold_seeds(0, "search", 0, 2)
        found.append(fit(point, folds, seeds=seeds, direction=inputs.direction))
    losses = [[[r["val_loss"] for r in e.rows] for e in one.epochs] for one in found]
    assert losses[0] == losses[1]
