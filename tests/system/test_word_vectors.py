"""Word vectors of one's own, frozen and tuned: from study.yaml to predictions."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from dropsearch.models.errors import DataError
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.space import point_of
from dropsearch.search.run import detach
from dropsearch.search.workers.serving import work
from dropsearch.studies.store.store import open_store
from tests.support.config_samples import changed
from tests.support.in_process import dropsearch

SIZE = 4
TOLD = "2 of 12 words have no vector in words.vec.gz; they start at random."


def asked(folder: Path, **sections: Any) -> dict[str, Any]:
    """A study of replies, of which four words tell the label, and its files."""
    rng = np.random.default_rng(0)
    good, bad, others = (
        ["ok", "fine"],
        ["bad", "sad"],
        ["so", "it", "is", "we", "go", "on", "x", "y"],
    )
    lines = [
        " ".join([*rng.choice(others, 4), (good, bad)[i % 2][int(rng.integers(2))]])
        for i in range(48)
    ]
    labels = [("up", "down")[i % 2] for i in range(48)]
    pl.DataFrame({"text": lines, "label": labels}).write_csv(folder / "a.csv")
    words = [word for word in good + bad + others if word not in "xy"]
    rows = [f"{word.title()} {' '.join(map(str, rng.normal(size=SIZE)))}" for word in words]
    text = "\n".join([f"{len(rows) + 1} {SIZE}", "unused" + " 7" * SIZE, *rows])
    (folder / "words.vec.gz").write_bytes(gzip.compress(text.encode()))
    mapping: dict[str, Any] = {
        "study": "replies",
        "data": {"path": "a.csv", "task": "classify", "target": "label", "text": "text"},
        "folds": {"count": 2, "holdout": 0.25},
        "model": {"hidden_size": 8, "layers": 1, "dropout": [0.0, 0.3]},
        "training": {"epochs": 4, "patience": None, "learning_rate": 0.03, "batch_size": 8},
        "search": {"trials": 4, "sampler": "grid"},
        "confirm": {"finalists": 1, "rates": [0.3], "repeats": 1},
    }
    mapping["data"]["vectors"] = "words.vec.gz"
    mapping["model"]["embedding"] = ["frozen", "tuned"]
    return changed(mapping, sections)


def folds_of(mapping: dict[str, Any], folder: Path) -> tuple[Inputs, FoldSet, dict[str, Any]]:
    config = config_from(mapping, folder)
    inputs = Inputs.of(config)
    params = {"dropout": 0.3, "embedding": mapping["model"].get("embedding")}
    return inputs, FoldSet.of(config, inputs), point_of(params, config)


def starts(folds: FoldSet, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """The ids of a fold's words that have a vector, and these vectors."""
    vocabulary = folds.preparations[fold].vocabulary
    assert isinstance(vocabulary, Vocabulary)
    assert folds.data.vectors is not None
    ids = vocabulary.ids(folds.data.words)
    return ids[ids > 1], folds.data.vectors[ids > 1]


@pytest.mark.parametrize("embedding", ["frozen", "tuned"])
def test_each_fold_starts_its_own_words_from_the_file(embedding: str, tmp_path: Path) -> None:
    model = {"embedding": embedding}
    inputs, folds, point = folds_of(asked(tmp_path, model=model), tmp_path)
    assert TOLD in inputs.data.notes
    built = []

    def build(*given: Any) -> Any:
        built.append(dropout_lstm(*given))
        return built[-1]

    seeds = fold_seeds(0, "search", 0, 2)
    found = [
        fit(point, folds, seeds=seeds, direction=inputs.direction, build=build) for _ in range(2)
    ]
    assert [epoch.rows for epoch in found[0].epochs] != []
    assert found[0].best.score == found[1].best.score
    for fold in range(2):
        ids, vectors = starts(folds, fold)
        fresh = dropout_lstm(point, folds, fold, seeds[fold])
        assert np.array_equal(fresh.embedding.weight.detach()[ids], vectors)
        trained = built[fold].embedding.weight.detach()
        assert np.array_equal(trained[ids], vectors) is (embedding == "frozen")
        if embedding == "frozen":
            assert np.array_equal(trained, fresh.embedding.weight.detach())


def test_the_words_are_those_of_the_file_from_launch_to_predict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    mapping = asked(tmp_path)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(mapping))
    assert dropsearch("check", "study.yaml") == 0
    said = capfd.readouterr().out
    assert TOLD in said
    assert "over embedding, dropout" in said

    record = detach("study.yaml", storage="s.db")
    store = open_store("s.db", create=False)
    (tmp_path / "words.vec.gz").rename(tmp_path / "moved.gz")  # the vectors travel with the study
    work(store, record, told=lambda: False)
    with pytest.raises(DataError, match=r"words\.vec\.gz does not exist"):
        detach("study.yaml", storage="s.db")
    text = (tmp_path / "study.yaml").read_text()
    (tmp_path / "study.yaml").write_text(text.replace("words.vec.gz", "moved.gz"))
    detach("study.yaml", storage="s.db")

    assert dropsearch("report", "replies", "--storage", "s.db", "-o", "r.html") == 0
    page = (tmp_path / "r.html").read_text()
    assert "have no vector in words.vec.gz" in page
    assert "word vectors" in page
    assert dropsearch("export", "replies", "--storage", "s.db", "-o", "best.yaml") == 0
    best = yaml.safe_load((tmp_path / "best.yaml").read_text())
    assert best["model"]["embedding"] in ("frozen", "tuned")
    assert best["model"]["embedding_size"] is None
    assert dropsearch("train", "best.yaml", "-o", "model") == 0
    assert "have no vector in moved.gz" in (tmp_path / "model" / "README.md").read_text()
    about = json.loads((tmp_path / "model" / "about.json").read_text())
    assert about["point"]["embedding"] == best["model"]["embedding"]

    (tmp_path / "moved.gz").unlink()  # the model needs it no more
    assert dropsearch("predict", "model", "a.csv", "-o", "out.csv") == 0
    assert pl.read_csv("out.csv").height == 48


def test_a_trained_model_keeps_the_frozen_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = {"embedding": "frozen", "dropout": 0.3}
    mapping = asked(tmp_path, model=model, search={"trials": 1}, confirm=None)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(mapping))
    assert dropsearch("train", "study.yaml", "-o", "model") == 0
    config = load_config("study.yaml")
    data = Inputs.of(config).data
    bundle = read_bundle(tmp_path / "model")
    assert bundle.preparation.vocabulary is not None
    ids = bundle.preparation.vocabulary.ids(data.words)
    assert np.array_equal(bundle.weights[0]["embedding.weight"][ids], data.vectors)


def test_other_vectors_are_another_study(tmp_path: Path) -> None:
    storage = str(tmp_path / "s.db")
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(asked(tmp_path)))
    detach(path, storage=storage)
    with gzip.open(tmp_path / "words.vec.gz") as file:
        plain = file.read()
    (tmp_path / "words.vec.gz").write_bytes(plain)
    detach(path, storage=storage)  # the same, unpacked
    (tmp_path / "words.vec.gz").write_bytes(plain.replace(b"\nOk ", b"\nOk 1"))
    with pytest.raises(ConfigError, match=r"content of .*a\.csv and .*words\.vec\.gz is not that"):
        detach(path, storage=storage)
    path.write_text(
        yaml.safe_dump(asked(tmp_path, data={"vectors": None}, model={"embedding": "tuned"}))
    )
    with pytest.raises(ConfigError, match=r"data: the content of "):
        detach(path, storage=storage)


def faults(mapping: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as raised:
        Inputs.of(config_from(mapping, Path(mapping["data"]["path"]).parent))
    return str(raised.value)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"data": {"tokens": "bpe"}}, 'has vectors of whole words, and data.tokens is "bpe"'),
        ({"data": {"vectors": None}}, 'model.embedding: ["frozen", "tuned"] is for word vectors'),
        (
            {"data": {"vectors": None}, "model": {"embedding": "tuned", "embedding_size": None}},
            "model.embedding_size: null is for word vectors",
        ),
        ({"data": {"text": None, "series": "id"}}, '"words.vec.gz" is for texts, and data.text'),
        ({"model": {"embedding_size": 64}}, "model.embedding_size: 64, and a word has 4 numbers"),
        ({"model": {"embedding_size": [4, 8]}}, "model.embedding_size: [4, 8], and a word has 4"),
        ({"model": {"embedding": "fixed"}}, "model.embedding: "),
    ],
)
def test_keys_that_contradict_are_refused(
    sections: dict[str, Any], message: str, tmp_path: Path
) -> None:
    mapping = asked(tmp_path, **sections)
    mapping["data"]["path"] = str(tmp_path / "a.csv")
    assert message in faults(mapping)


def test_the_size_may_be_written_and_the_path_starts_at_the_file(tmp_path: Path) -> None:
    mapping = asked(tmp_path, model={"embedding_size": SIZE})
    mapping["data"]["path"] = str(tmp_path / "a.csv")
    config = config_from(mapping, tmp_path)
    assert config.data.vectors == str(tmp_path / "words.vec.gz")
    assert Inputs.of(config).data.vectors is not None
    del mapping["model"]["embedding_size"]
    assert config_from(mapping, tmp_path).model.embedding_size is None
