"""A model folder from a stranger: whatever stands in its files is read or refused in a sentence."""

from __future__ import annotations

import copy
import hashlib
import json
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError, ModelsError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.trained.bundle import read_bundle, write_bundle
from dropsearch.models.trained.folder import MANIFEST, as_json, new_folder
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.predict import predict
from dropsearch.models.trained.reader import Reader
from tests.support.forked import Forking
from tests.support.model_folder import rewrite

Json = dict[str, Any]
WRITTEN = {  # what the versions before this test have written
    "words": "9165f521b23e36eb0945fa02438d3ad7e1969db8f4fb60ab537a0b99806d45c1",
    "bpe": "5a70c0aa222285a45ae173153d16fa27292c48980b2123f7e52d983f8bfe49f4",
}
TEXTS = ["The cat sat on the mat.", "A DOG sat on the cat?", "größe GRÖSSE größe", "ab abc abcd ab"]


def learnt(tokens: Any) -> Json:
    content: Json = json.loads(
        Vocabulary.learn(TEXTS * 3, tokens=tokens, most=40, longest=9).to_json()
    )
    return content


@pytest.mark.parametrize("tokens", WRITTEN)
def test_a_vocabulary_is_written_as_ever_and_read_to_the_same(tokens: Any) -> None:
    vocabulary = Vocabulary.learn(TEXTS * 3, tokens=tokens, most=40, longest=9)
    written = vocabulary.to_json()
    assert hashlib.sha256(written.encode()).hexdigest() == WRITTEN[tokens]
    again = Vocabulary.from_json(written)
    assert again.to_json() == written
    texts = [*TEXTS, "[PAD] [UNK]", "", "unheard ΣΟΦΌΣ", "the cat " * 20]
    for one, other in zip(vocabulary.encode(texts), again.encode(texts), strict=True):
        assert (one == other).all()


def _padding(content: Json) -> None:
    content["padding"] = {
        "strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
    }  # fmt: skip


def _replacing(content: Json) -> None:
    step = {"type": "Replace", "pattern": {"Regex": "."}, "content": "aaaaaaaaaaaaaaaa"}
    content["normalizer"]["normalizers"] += [step] * 40


def _prepending(content: Json) -> None:
    content["normalizer"] = {"type": "Prepend", "prepend": "a" * 10**6}


def _precompiled(content: Json) -> None:
    content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}


def _slow(content: Json) -> None:
    content["pre_tokenizer"] = {
        "type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False,
    }  # fmt: skip


def _added(content: Json) -> None:
    content["added_tokens"] = [
        {
            "id": 2, "content": "the", "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True,
        }
    ]  # fmt: skip


def _post(content: Json) -> None:
    content["post_processor"] = {"type": "BertProcessing", "sep": ["the", 2], "cls": ["cat", 3]}


def _cut(longest: Any, **more: Any) -> Callable[[Json], None]:
    return lambda content: content["truncation"].update(max_length=longest, **more)


def _gap(content: Json) -> None:
    content["model"]["vocab"]["more"] = 10**9


def _truth(content: Json) -> None:
    content["model"]["vocab"]["[UNK]"] = True


def _swapped(content: Json) -> None:
    content["model"]["vocab"] |= {"[PAD]": 1, "[UNK]": 0}


def _unigram(content: Json) -> None:
    content["model"] = {"type": "Unigram", "unk_id": 0, "vocab": [["[PAD]", 0.0], ["[UNK]", 0.0]]}


def _dropping(content: Json) -> None:
    content["model"]["dropout"] = 0.5


def _surrogate(content: Json) -> None:
    content["model"]["vocab"]["\ud800"] = len(content["model"]["vocab"])


def _list(content: Json) -> None:
    content["model"]["vocab"] = ["[PAD]", "[UNK]"]


CHANGES = [
    *(_padding, _replacing, _prepending, _precompiled, _slow, _added, _post, _gap, _truth),
    *(_swapped, _unigram, _dropping, _surrogate, _list),
    *(_cut(longest) for longest in (0, -1, 2.0, "9", None, True, 10**12, 10**30)),
    *(_cut(9, **more) for more in ({"stride": 8}, {"direction": "Left"}, {"more": 1})),
]  # fmt: skip


@pytest.mark.parametrize("tokens", WRITTEN)
@pytest.mark.parametrize("change", CHANGES)
def test_only_a_tokenizer_that_the_training_writes_is_taken(
    change: Callable[[Json], None], tokens: Any
) -> None:
    content = learnt(tokens)
    change(content)
    begin = time.monotonic()
    with pytest.raises(ModelsError, match="The vocabulary is damaged"):
        Vocabulary.from_json(json.dumps(content))
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize("pairs", [[["t", "zzz"]], [["t"]], ["th"], [[1, 2]], [[["t"], ["h"]]], 5])
def test_pairs_are_of_words(pairs: Any) -> None:
    content = learnt("bpe")
    content["model"]["merges"] = pairs
    with pytest.raises(ModelsError, match="The vocabulary is damaged"):
        Vocabulary.from_json(json.dumps(content))


# The whole folder


def written(folder: Path, file: Path, scale: Any = "auto", **columns: Any) -> Path:
    data = read_data(file, **columns)
    preparation = Preparation.fit(data, np.arange(len(data.start)), scale)
    words = preparation.vocabulary
    network = DropoutLSTM(
        preparation.width,
        {"classify": len(data.classes), "forecast": data.horizon}.get(data.task, 1),
        task=data.task,
        hidden_size=3,
        dropout={"output": 0.4},
        vocabulary=words.size if words else None,
        embedding_size=2,
    )
    keys = {key: columns.get(key) for key in ("target", "time", "series")}
    about = {
        "study": "x",
        "holdout": {"examples": 9, "coverage": {"share": 0.5, "examples": 9, "samples": 9}},
    }
    with new_folder(folder) as draft:
        own = Reader.of(data, missing="refuse", **keys)
        write_bundle(draft, [network], own, preparation, config="", about=about, card="")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """A folder of every task with a file to predict."""
    place = tmp_path_factory.mktemp("folders")
    rng = np.random.default_rng(0)
    moves = pl.DataFrame(
        {
            "id": [f"s{i // 4}" for i in range(40)],
            "x": rng.normal(size=40),
            "mood": rng.choice(["calm", "wild"], 40),
            "label": [("a", "b")[i // 4 % 2] for i in range(40)],
        }
    )
    moves.write_csv(place / "moves.csv")
    days = [f"2024-01-{1 + i % 20:02d}T00:00+01:00" for i in range(40)]
    loads = {"place": ["n"] * 20 + ["s"] * 20, "day": days, "load": rng.normal(size=40)}
    pl.DataFrame(loads).write_csv(place / "loads.csv")
    said = [" ".join(rng.choice(["good", "bad", "film", "so"], 4)) for _ in range(20)]
    pl.DataFrame({"said": said, "label": ["a", "b"] * 10}).write_csv(place / "said.csv")
    text: Json = {"task": "classify", "target": "label", "text": "said"}
    asked: list[tuple[str, Json]] = [
        ("moves", {"task": "classify", "target": "label", "series": "id", "categories": ["mood"]}),
        (
            "loads",
            {
                "task": "forecast", "target": "load", "series": "place", "time": "day",
                "window": 4, "horizon": 2,
            },
        ),
        ("said", text),
        ("said", text | {"tokens": "bpe"}),
    ]  # fmt: skip
    return [
        (written(place / f"model{n}", place / f"{name}.csv", **columns), place / f"{name}.csv")
        for n, (name, columns) in enumerate(asked)
    ]


class Raw(str):
    """JSON as it is."""


ODD: list[Any] = [
    None, True, -1, 0, 1.5, 10**12, 10**30, 2**52, "x", "", "\ud800", [], {}, [1], [[]], {"a": 1},
    "month", "business day", "number", Raw("NaN"), Raw("1e999"), Raw("1" * 5000), Raw("[" * 3000),
]  # fmt: skip
GONE = object()


def places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand, of a list the first two."""
    if at:
        yield at
    if isinstance(content, dict):
        for key, value in content.items():
            yield from places(value, (*at, key))
    elif isinstance(content, list):
        for number, value in enumerate(content[:2]):
            yield from places(value, (*at, number))


def changed(content: Any, at: tuple[Any, ...], value: Any) -> bytes:
    content = copy.deepcopy(content)
    inside = content
    for key in at[:-1]:
        inside = inside[key]
    if value is GONE:
        del inside[at[-1]]
    else:
        inside[at[-1]] = "@raw@" if isinstance(value, Raw) else value
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    return (text.replace('"@raw@"', value) if isinstance(value, Raw) else text).encode()


@settings(
    max_examples=150, deadline=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.data())
def test_an_odd_value_is_read_or_refused_in_a_sentence(
    folders: list[tuple[Path, Path]], drawn: st.DataObject
) -> None:
    folder, file = drawn.draw(st.sampled_from(folders))
    name = drawn.draw(st.sampled_from(["about.json", "preparation.json"]))
    whole = (folder / name).read_bytes()
    content = json.loads(whole)
    at = drawn.draw(st.sampled_from(list(places(content))))
    value = drawn.draw(st.sampled_from([*ODD, GONE]))
    rewrite(folder, name, changed(content, at, value))
    try:
        found = read_bundle(folder)
        new = read_new(file, found.reader, found.preparation)
        predict(found.networks(), new.data, new.preparation, np.arange(len(new.keys)))
        share = (found.about["holdout"] or {}).get("coverage")
        assert share is None or 0 <= share["share"] <= 1
    except DataError as error:
        assert str(file) in str(error)  # noqa: PT017
    except ModelsError as error:
        assert str(folder) in str(error)  # noqa: PT017
        assert "is damaged (" in str(error)  # noqa: PT017
        assert len(str(error)) < 600  # noqa: PT017
    finally:
        rewrite(folder, name, whole)


@pytest.mark.parametrize(
    ("name", "at", "value", "key"),
    [
        ("about.json", ("holdout", "coverage"), "x", "'holdout.coverage'"),
        ("about.json", ("holdout", "coverage", "share"), None, "'holdout.coverage.share'"),
        ("about.json", ("holdout", "coverage", "samples"), -1, "'holdout.coverage.samples'"),
        ("about.json", ("network", "hidden_size"), True, "'network.hidden_size'"),
        ("about.json", ("network", "learning_rate"), Raw("NaN"), "'network.learning_rate'"),
        ("about.json", ("network", "layers"), GONE, "'network.layers'"),
        ("preparation.json", ("reader", "classes", 0), 5, "'reader.classes.0'"),
        ("preparation.json", ("reader", "window"), -1, "window"),
        ("preparation.json", ("reader", "time"), [], "'reader.time"),
        ("preparation.json", ("preparation", "centre", 0), Raw("1e999"), "'preparation.centre.0'"),
        ("preparation.json", ("preparation", "more"), 1, "'preparation.more'"),
    ],
)
def test_the_file_and_the_key_are_named(
    folders: list[tuple[Path, Path]], name: str, at: tuple[Any, ...], value: Any, key: str
) -> None:
    folder = folders[0][0]
    whole = (folder / name).read_bytes()
    rewrite(folder, name, changed(json.loads(whole), at, value))
    try:
        with pytest.raises(ModelsError, match=rf"{folder}/{name} is damaged \({key}"):
            read_bundle(folder)
    finally:
        rewrite(folder, name, whole)


@pytest.mark.parametrize(("key", "value"), [("target", "x"), ("time", None)])
def test_a_forecasts_target_is_its_first_feature_and_it_has_a_time(
    folders: list[tuple[Path, Path]], key: str, value: str | None
) -> None:
    folder, name = folders[1][0], "preparation.json"
    whole = (folder / name).read_bytes()
    rewrite(folder, name, changed(json.loads(whole), ("reader", key), value))
    try:
        with pytest.raises(ModelsError, match=rf"is damaged \({key} cannot be"):
            read_bundle(folder)
    finally:
        rewrite(folder, name, whole)


@pytest.mark.parametrize("targets", [["x"], ["x", "y"]])
def test_the_targets_of_a_forecast_are_its_first_features(
    folders: list[tuple[Path, Path]], targets: list[str]
) -> None:
    folder, name = folders[1][0], "preparation.json"
    whole = (folder / name).read_bytes()
    one = json.loads(whole)["reader"]["target"]
    told = [one, *targets[1:]]
    rewrite(folder, name, changed(json.loads(whole), ("reader", "targets"), told))
    try:
        with pytest.raises(ModelsError, match=r"is damaged \(.*target"):
            read_bundle(folder)
    finally:
        rewrite(folder, name, whole)


def test_a_folder_takes_no_more_memory_than_its_size_allows(
    folders: list[tuple[Path, Path]], tmp_path: Path, fork: Forking
) -> None:
    many = b",".join(b'"%d":0' % n for n in range(300_000))
    for number, (name, content) in enumerate(
        (
            ("about.json", b'{"network": {' + many + b"}}"),
            ("preparation.json", b'{"reader": {"features": [' + b"0," * 2_000_000 + b"0]}}"),
            ("preparation.json", b"[" + b"[]," * 1_500_000 + b"[]]"),
            ("README.md", bytes(5_000_000)),
            ("model.safetensors", None),
        )
    ):
        folder = shutil.copytree(folders[0][0], tmp_path / str(number))
        if content is not None:
            rewrite(folder, name, content)
            continue
        with (folder / name).open("r+b") as hole:  # as large as a disk
            hole.truncate(10**12)
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["files"][name]["bytes"] = 10**12
        (folder / MANIFEST).write_bytes(as_json(manifest))
    reading = fork(read_all, tmp_path)
    assert reading.wait(120) == 0
    *said, more = reading.said().splitlines()
    assert sum(" is damaged (" in line for line in said) == 5
    assert int(more) < 400_000  # KB


def read_all(folder: Path) -> None:
    """Print what is wrong with each model in the folder, and how much memory that took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for one in sorted(folder.iterdir()):
        try:
            read_bundle(one)
        except ModelsError as error:
            print(error)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
