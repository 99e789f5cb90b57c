"""A model folder: what is written is read back, damage is named, new files are read as before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file, save_file

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError, ModelsError
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.trained.bundle import read_bundle, write_bundle
from dropsearch.models.trained.folder import FILES, MANIFEST, as_json, new_folder
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.predict import Spread, covered, predict, spread
from dropsearch.models.trained.reader import Reader
from tests.support.model_folder import rewrite

SIZES: dict[str, Any] = {"hidden_size": 5, "layers": 2}


def motions(path: Path, *, mood: str = "calm", sequences: int = 12) -> Path:
    """Sequences of 3 to 8 steps with two columns of numbers and one of words."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(sequences):
        for step in range(int(rng.integers(3, 9))):
            word = ("calm", "wild")[int(rng.integers(2))]
            rows.append((f"s{number}", step, *rng.normal(size=2), word, ("a", "b")[number % 2]))
    names = ["id", "step", "x", "y", "mood", "label"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    frame.with_columns(pl.col("mood").replace("calm", mood)).write_csv(path)
    return path


def days(path: Path, *, series: tuple[str, ...] = ("north", "south"), count: int = 30) -> Path:
    """Daily series, written day first."""
    rng = np.random.default_rng(2)
    first = np.datetime64("2024-01-10")
    frames = [
        pl.DataFrame(
            {
                "place": [name] * count,
                "day": [(first + n).item().strftime("%d.%m.%Y") for n in range(count)],
                "load": np.sin(np.arange(count)) * 5 + 20 + rng.normal(size=count),
            }
        )
        for name in series
    ]
    pl.concat(frames).write_csv(path)
    return path


Written = tuple[Path, SequenceData, list[DropoutLSTM]]


def written(folder: Path, data: SequenceData, scale: Any, **columns: Any) -> list[DropoutLSTM]:
    every = np.arange(len(data.start))
    preparation = Preparation.fit(data, every, scale)
    outputs = {"classify": len(data.classes), "forecast": data.horizon}.get(data.task, 1)
    networks = [
        DropoutLSTM(preparation.width, outputs, task=data.task, dropout=0.4, seed=seed, **SIZES)
        for seed in (1, 2)
    ]
    settings = {"time": None, "series": None, "missing": "refuse", **columns}
    with new_folder(folder) as draft:
        write_bundle(
            draft,
            networks,
            Reader.of(data, **settings),
            preparation,
            config="study: x\n",
            about={"study": "x", "holdout": None},
            card="# x\n",
        )
    return networks


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Beside the model's folder lies its file."""
    place = tmp_path_factory.mktemp("template")
    data = read_data(
        motions(place / "motions.csv"),
        task="classify",
        target="label",
        series="id",
        time="step",
        categories=["mood"],
    )
    folder = place / "model"
    return folder, data, written(folder, data, "train", target="label", series="id", time="step")


@pytest.fixture
def classified(template: Written, tmp_path: Path) -> Written:
    """A copy of the template, for a test to change."""
    folder, data, networks = template
    shutil.copytree(folder.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / folder.name, data, networks


@pytest.fixture
def forecast(tmp_path: Path) -> Written:
    columns: dict[str, Any] = {"target": "load", "series": "place", "time": "day"}
    data = read_data(days(tmp_path / "days.csv"), task="forecast", window=6, horizon=3, **columns)
    folder = tmp_path / "model"
    return folder, data, written(folder, data, "auto", **columns)


def predicted(folder: Path, file: Path) -> tuple[tuple[str, ...], np.ndarray]:
    found = read_bundle(folder)
    new = read_new(file, found.reader, found.preparation)
    index = np.arange(len(new.keys))
    return new.keys, predict(found.networks(), new.data, new.preparation, index)


def test_a_folder_gives_back_the_networks_and_what_was_learnt_bit_for_bit(
    classified: Written, tmp_path: Path
) -> None:
    folder, data, networks = classified
    every = np.arange(len(data.start))
    expected = predict(networks, data, Preparation.fit(data, every, "train"), every)
    keys, found = predicted(folder, tmp_path / "motions.csv")
    assert keys == data.series_names
    assert (found == expected).all()
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, MANIFEST])
    moved = folder.rename(tmp_path / "elsewhere")
    assert (predicted(moved, tmp_path / "motions.csv")[1] == expected).all()


def test_columns_may_come_in_any_order_with_more_beside_and_without_the_target(
    classified: Written, tmp_path: Path
) -> None:
    folder = classified[0]
    expected = predicted(folder, tmp_path / "motions.csv")[1]
    frame = pl.read_csv(tmp_path / "motions.csv").drop("label")
    turned = frame.select(reversed(frame.columns)).with_columns(more=pl.lit("words"))
    turned.write_csv(tmp_path / "new.csv")
    assert (predicted(folder, tmp_path / "new.csv")[1] == expected).all()
    turned.write_parquet(tmp_path / "new.parquet")
    assert (predicted(folder, tmp_path / "new.parquet")[1] == expected).all()


def test_a_sequence_alone_is_predicted_as_in_company(classified: Written, tmp_path: Path) -> None:
    folder = classified[0]
    together = predicted(folder, tmp_path / "motions.csv")[1]
    frame = pl.read_csv(tmp_path / "motions.csv")
    for number, (name,) in enumerate(frame.select("id").unique(maintain_order=True).iter_rows()):
        frame.filter(pl.col("id") == name).write_csv(tmp_path / "one.csv")
        alone = predicted(folder, tmp_path / "one.csv")[1]
        assert np.abs(alone - together[number]).max() < 1e-5


def test_the_mean_over_the_networks_is_predicted(classified: Written, tmp_path: Path) -> None:
    folder, data, networks = classified
    every = np.arange(len(data.start))
    own = Preparation.fit(data, every, "train")
    each = [predict([network], data, own, every) for network in networks]
    assert np.allclose(predicted(folder, tmp_path / "motions.csv")[1], np.mean(each, axis=0))
    assert np.abs(each[0] - each[1]).max() > 1e-3


def test_a_file_is_read_as_the_training_was_where_it_could_be_read_in_two_ways(
    tmp_path: Path,
) -> None:
    rows = [
        (series, f"{day:02d}/02/2024", f"{value:.3f}".replace(".", ","), "ab"[series % 2])
        for series in range(8)
        for day, value in zip(range(9, 15), np.linspace(series, series + 2.5, 6), strict=True)
    ]
    rows[0] = (*rows[0][:2], "0,5", "a")  # which no thousands mark has
    columns: dict[str, Any] = {"target": "label", "series": "id", "time": "day"}
    frame = pl.DataFrame(rows, schema=["id", "day", "x", "label"], orient="row")
    frame.write_csv(tmp_path / "all.csv", separator=";")
    data = read_data(tmp_path / "all.csv", task="classify", **columns)
    written(tmp_path / "model", data, "train", **columns)
    every = predicted(tmp_path / "model", tmp_path / "all.csv")[1]
    alone = frame.filter((pl.col("id") == 3) & pl.col("day").str.contains("^(09|1[0-2])"))
    alone.write_csv(tmp_path / "one.csv", separator=";")  # days below 13, marks before 3 digits
    names, found = predicted(tmp_path / "model", tmp_path / "one.csv")
    assert names == ("3",)
    assert found.shape == every[3:4].shape
    frame.filter(pl.col("id") == 3).write_csv(tmp_path / "one.csv", separator=";")
    assert np.allclose(predicted(tmp_path / "model", tmp_path / "one.csv")[1], every[3:4])


def test_another_spelling_of_a_number_is_the_same_word(tmp_path: Path) -> None:
    frame = pl.read_csv(motions(tmp_path / "motions.csv"))
    numbers = frame.with_columns(mood=pl.col("mood").replace_strict({"calm": 1, "wild": 20}))
    numbers.write_csv(tmp_path / "all.csv")
    columns: dict[str, Any] = {"target": "label", "series": "id", "time": "step"}
    data = read_data(tmp_path / "all.csv", task="classify", categories=["mood"], **columns)
    written(tmp_path / "model", data, "train", **columns)
    expected = predicted(tmp_path / "model", tmp_path / "all.csv")[1]
    numbers.with_columns(pl.col("mood").cast(pl.Float64)).write_parquet(tmp_path / "new.parquet")
    assert (predicted(tmp_path / "model", tmp_path / "new.parquet")[1] == expected).all()


def test_unseen_words_go_to_their_slot(classified: Written, tmp_path: Path) -> None:
    folder = classified[0]
    found = read_bundle(folder)
    file = motions(tmp_path / "new.csv", mood="sad")
    new = read_new(file, found.reader, found.preparation)
    assert any("'mood'" in note and "'sad'" in note for note in new.notes)
    words = pl.read_csv(file)["mood"].to_numpy()
    slots = new.preparation.inputs(new.data)[:, 2:]
    assert (slots[:, 2] == (words == "sad")).all()
    assert (slots[:, 1] == (words == "wild")).all()
    assert (slots[:, 0] == 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.rename({"y": "z"}), "no column 'y'"),
        (lambda f: f.drop("x", "y"), "lacks 2 of the 5 columns.*'x', 'y'"),
        (lambda f: f.with_columns(y=pl.lit("word")), "'y', row 2.*'word'.*training had numbers"),
        (lambda f: f.with_columns(x=pl.lit(None)), "'x', row 2.*missing: the training had none"),
        (lambda f: f.head(0), "no rows"),
    ],
)
def test_wrong_columns_are_named(
    classified: Written, tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], words: str
) -> None:
    change(pl.read_csv(tmp_path / "motions.csv")).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match=words):
        predicted(classified[0], tmp_path / "new.csv")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"\x00\x01\x02", b"SQLite format 3\0"])
def test_another_kind_of_file_is_refused(
    classified: Written, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "new.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"new\.csv"):
        predicted(classified[0], tmp_path / "new.csv")


# Forecasts


def test_a_forecast_goes_on_after_the_last_row_in_the_style_of_the_column(
    forecast: Written, tmp_path: Path
) -> None:
    folder, data, networks = forecast
    found = read_bundle(folder)
    new = read_new(tmp_path / "days.csv", found.reader, found.preparation)
    assert new.keys == ("north", "south")
    assert new.times == (("09.02.2024", "10.02.2024", "11.02.2024"),) * 2
    # The last window of each series, as the training's own rows would give it.
    last = np.array([24, 54])
    whole = replace(data, start=last, length=np.full(2, 6), series=np.arange(2))
    own = Preparation.fit(data, np.arange(len(data.start)), "auto")
    expected = predict(networks, whole, own, np.arange(2))
    assert (predicted(folder, tmp_path / "days.csv")[1] == expected).all()


def test_only_the_last_window_is_needed_and_decimal_commas_are_read(
    forecast: Written, tmp_path: Path
) -> None:
    folder = forecast[0]
    expected = predicted(folder, tmp_path / "days.csv")[1]
    frame = pl.read_csv(tmp_path / "days.csv")
    tails = frame.group_by("place", maintain_order=True).tail(23)
    commas = tails.with_columns(pl.col("load").cast(pl.String).str.replace(".", ",", literal=True))
    commas.write_csv(tmp_path / "new.csv", separator=";")
    assert (predicted(folder, tmp_path / "new.csv")[1] == expected).all()


def test_an_older_folder_predicts_what_it_did() -> None:
    """Written before a feature that stands still in a window kept its level."""
    frozen = Path(__file__).parent / "frozen"
    expected = pl.read_csv(frozen / "window-3.csv")
    keys, found = predicted(frozen / "window-3", frozen / "new.csv")
    assert list(keys) == expected["series"].to_list()
    np.testing.assert_allclose(found[:, 0], expected["y"], rtol=1e-6)


def test_a_level_far_outside_the_training_is_refused(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"target": "load", "series": "place", "time": "day"}
    frame = pl.read_csv(days(tmp_path / "days.csv")).with_columns(
        size=pl.col("place").str.len_chars()
    )
    frame.with_columns(size=pl.col("size") + (pl.col("place") == "north")).write_csv(
        tmp_path / "a.csv"
    )
    data = read_data(tmp_path / "a.csv", task="forecast", window=6, horizon=3, **columns)
    written(tmp_path / "model", data, "auto", **columns)
    assert len(predicted(tmp_path / "model", tmp_path / "a.csv")[1]) == 2
    frame.with_columns(size=1e35).write_csv(tmp_path / "far.csv")
    with pytest.raises(DataError, match=r"far\.csv.*size.*far outside"):
        predicted(tmp_path / "model", tmp_path / "far.csv")


def test_series_that_are_too_short_or_broken_are_counted(forecast: Written, tmp_path: Path) -> None:
    folder = forecast[0]
    frame = pl.read_csv(days(tmp_path / "new.csv", series=("north", "new", "short", "torn")))
    short = (pl.col("place") == "short") & (pl.int_range(pl.len()).over("place") > 4)
    torn = (pl.col("place") == "torn") & (pl.col("day") == "05.02.2024")
    frame.filter(~(short | torn)).write_csv(tmp_path / "new.csv")
    found = read_bundle(folder)
    new = read_new(tmp_path / "new.csv", found.reader, found.preparation)
    assert new.keys == ("north", "new")
    assert any("2 of 4 series are not forecast" in note for note in new.notes)
    assert (new.preparation.series_spread[1] == 0).all()  # a new series
    assert (new.preparation.series_spread[0] == found.preparation.series_spread[0]).all()
    assert np.isfinite(predicted(folder, tmp_path / "new.csv")[1]).all()
    frame.filter(pl.col("place") == "x").write_csv(tmp_path / "none.csv")
    frame.filter(short | torn).head(3).write_csv(tmp_path / "few.csv")
    with pytest.raises(DataError, match="no rows"):
        predicted(folder, tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"no series has 6 rows .*daily"):
        predicted(folder, tmp_path / "few.csv")


def test_the_order_of_day_and_month_is_known(forecast: Written, tmp_path: Path) -> None:
    frame = pl.read_csv(tmp_path / "days.csv").filter(pl.col("day").str.contains("^0[1-6].02"))
    frame.write_csv(tmp_path / "new.csv")  # no day is above 12
    found = read_bundle(forecast[0])
    new = read_new(tmp_path / "new.csv", found.reader, found.preparation)
    assert new.times[0] == ("07.02.2024", "08.02.2024", "09.02.2024")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop("load"), "no column 'load'"),
        (lambda f: f.with_columns(day=pl.int_range(pl.len())), "trained on dates"),
        (lambda f: f.with_columns(day=pl.lit("soon")), "'soon'"),
        (lambda f: f.reverse(), "'day', row"),
        (lambda f: f.gather_every(2), "no series has 6 rows"),
    ],
)
def test_wrong_times_and_targets_are_named(
    forecast: Written, tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], words: str
) -> None:
    change(pl.read_csv(tmp_path / "days.csv")).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match=words):
        predicted(forecast[0], tmp_path / "new.csv")


@pytest.mark.parametrize(
    ("times", "after"),
    [
        ([f"{y}-{m:02d}" for y in (2020, 2021) for m in range(1, 13)], ["2022-01", "2022-02"]),
        (["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], ["2024-05-31", "2024-06-30"]),
        (["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"], ["2024-03-13", "2024-03-14"]),
        (
            ["2024-03-31T00:00+01:00", "2024-03-31T01:00+01:00", "2024-03-31T03:00+02:00"],
            ["2024-03-31T04:00+02:00", "2024-03-31T05:00+02:00"],
        ),
        ([1.5, 2.0, 2.5, 3.0], ["3.5", "4"]),
        ([0.0, 0.1, 0.2], ["0.3", "0.4"]),
        ([200_101, 200_102, 200_103], ["200104", "200105"]),
        ([199_998, 199_999, 200_000, 200_001], ["200002", "200003"]),
        ([2000, 2005, 2010, 2015], ["2020", "2025"]),
    ],
)
def test_the_calendar_goes_on(times: list[Any], after: list[str], tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": times, "y": np.arange(len(times)) ** 2.0})
    frame.write_csv(tmp_path / "all.csv")
    columns: dict[str, Any] = {"target": "y", "time": "t"}
    data = read_data(tmp_path / "all.csv", task="forecast", window=1, horizon=2, **columns)
    reader = Reader.of(data, series=None, missing="refuse", **columns)
    preparation = Preparation.fit(data, np.arange(len(data.start)), "train")
    for rows in (len(times), 1):  # one row shows no step: the model knows it
        frame.tail(rows).write_csv(tmp_path / "new.csv")
        new = read_new(tmp_path / "new.csv", reader, preparation)
        assert [list(steps) for steps in new.times] == [after]


# Monte Carlo dropout


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ({"input": 0.3}, "none"),
        ({"between": 0.3}, "none"),
        ({"output": 0.3}, "none"),
        *(({"recurrent": 0.3}, kind) for kind in ("update", "state", "weight", "zoneout")),
        ({"recurrent_hidden": 0.3}, "zoneout"),
    ],
)
@pytest.mark.parametrize("mask", ["standard", "locked"])
def test_samples_differ_at_every_site_and_not_at_rate_0(
    classified: Written, rates: dict[str, float], kind: Any, mask: Any
) -> None:
    data = classified[1]
    every = np.arange(len(data.start))
    own = Preparation.fit(data, every, "train")

    def sampled(own_rates: dict[str, float], seed: int = 0) -> Any:
        network = DropoutLSTM(
            own.width, 2, task="classify", dropout=own_rates, recurrent=kind, mask=mask, **SIZES
        )
        found = predict([network], data, own, every)
        return spread([network], data, own, every, found, samples=6, seed=seed), found

    still, found = sampled(dict.fromkeys(rates, 0.0))
    assert (still.deviation == 0).all()
    assert (still.low == still.high).all()
    assert np.allclose(still.mean[:, 0], found.max(axis=1), atol=1e-6)
    moved, again, other = (sampled(rates, seed)[0] for seed in (0, 0, 1))
    assert (moved.deviation > 0).all()
    assert (moved.low < moved.high).all()
    assert (moved.mean == again.mean).all()
    assert (moved.mean != other.mean).any()


@pytest.mark.parametrize("task", ["classify", "forecast"])
def test_the_spread_is_over_all_passes_of_all_networks(task: str, request: Any) -> None:
    """Beside the passes made one by one, from the same seeds."""
    kind = {"classify": "classified", "forecast": "forecast"}[task]
    _, data, networks = request.getfixturevalue(kind)
    every = np.argsort(data.length, kind="stable")
    own = Preparation.fit(data, every, "auto")
    predicted = predict(networks, data, own, every)
    found = spread(networks, data, own, every, predicted, samples=5, seed=3)
    (batch,) = Examples(data, own, every).batches(64)
    passes = []
    for number, network in enumerate(networks):
        network.train()
        network.generator.manual_seed(3 + number)
        for _ in range(5):
            with torch.no_grad():
                outputs = network(batch.inputs, batch.lengths)
            if task == "classify":
                shares = outputs.double().softmax(1).numpy()
                outputs = shares[np.arange(len(every)), predicted.argmax(1)][:, None]
            else:
                outputs = batch.restore(outputs).numpy()
            passes.append(outputs)
    assert np.allclose(found.mean, np.mean(passes, axis=0))
    assert np.allclose(found.deviation, np.std(passes, axis=0))
    assert np.allclose(found.low, np.quantile(passes, 0.05, axis=0))
    assert np.allclose(found.high, np.quantile(passes, 0.95, axis=0))


def test_coverage_is_the_share_of_known_targets_in_the_band(forecast: Written) -> None:
    data = forecast[1]
    data.target[::7] = np.nan
    index = np.arange(0, len(data.start), 2)
    rng = np.random.default_rng(0)
    low, high = np.sort(rng.uniform(15, 27, (2, len(index), 3)), axis=0)
    inside = []
    for place, example in enumerate(index):
        for step in range(3):
            actual = data.target[data.start[example] + data.window + step]
            if not np.isnan(actual):
                inside.append(low[place, step] <= actual <= high[place, step])
    assert 0.1 < np.mean(inside) < 0.9
    assert covered(Spread(low, low, low, high), data, index) == np.mean(inside)


def test_texts_give_a_row_each_and_whole_words_are_dropped(tmp_path: Path) -> None:
    texts = ["good good film", "bad film", "so good", "so bad bad", "", "never seen"] * 3
    labels = ["+", "-", "+", "-", "-", "+"] * 3
    pl.DataFrame({"said": texts, "label": labels}).write_csv(tmp_path / "texts.csv")
    file = tmp_path / "texts.csv"
    data = read_data(file, task="classify", target="label", text="said", max_tokens=3)
    every = np.arange(len(data.start))
    own = Preparation.fit(data, every, "auto")
    assert own.vocabulary is not None
    made: dict[str, Any] = {"task": "classify", "vocabulary": own.vocabulary.size, "seed": 3}
    network = DropoutLSTM(own.width, 2, dropout={"embedding": 0.4}, embedding_size=4, **made)
    with new_folder(tmp_path / "model") as draft:
        write_bundle(
            draft,
            [network],
            Reader.of(data, target="label", time=None, series=None, missing="refuse"),
            own,
            config="",
            about={"holdout": None},
            card="",
        )
    found = read_bundle(tmp_path / "model")
    lines = ["said", "GOOD  Film", '"so\nbad"', '""', "unheard of", "12345", "so so so bad"]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    new = read_new(tmp_path / "new.csv", found.reader, found.preparation)
    assert new.keys == ("2", "3", "5", "6", "7", "8")
    assert any("1 of 6 texts hold no token" in note for note in new.notes)
    assert any("1 of 6 texts have more tokens than the model reads" in note for note in new.notes)
    index = np.arange(5)
    shares = predict(found.networks(), new.data, new.preparation, index)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(shares[4], shares[2])  # one unknown token each
    assert not np.allclose(shares[3], shares[2])
    band = spread(found.networks(), new.data, new.preparation, index, shares, samples=20)
    assert (band.deviation > 0).all()


# Damage


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_any_changed_byte_is_found(classified: Written, name: str) -> None:
    path = classified[0] / name
    whole = path.read_bytes()
    for at in {0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        for bit in (0x01, 0x20, 0x80):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            with pytest.raises(ModelsError, match="is damaged"):
                read_bundle(classified[0])
    for torn in (b"", whole[:-1], whole + b"\n"):
        path.write_bytes(torn)
        with pytest.raises(ModelsError, match=f"{name} is damaged"):
            read_bundle(classified[0])
    path.unlink()
    with pytest.raises(ModelsError, match=f"{name}.*missing|no manifest"):
        read_bundle(classified[0])


def test_a_link_out_of_the_folder_is_not_followed(classified: Written, tmp_path: Path) -> None:
    path = classified[0] / "preparation.json"
    path.rename(tmp_path / "outside.json")
    path.symlink_to(tmp_path / "outside.json")
    with pytest.raises(ModelsError, match="no plain file"):
        read_bundle(classified[0])


@pytest.mark.parametrize("name", ["../outside.json", "/etc/hostname", "more.pkl"])
def test_the_manifest_names_no_other_file(classified: Written, name: str) -> None:
    path = classified[0] / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["files"][name] = manifest["files"].pop("about.json")
    path.write_bytes(as_json(manifest))
    with pytest.raises(ModelsError, match=r"manifest\.json is damaged"):
        read_bundle(classified[0])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (2, "was written by a later dropsearch, in format 2; this one reads 1. Update it"),
        *((value, r"manifest\.json is damaged") for value in (0, 1.5, "2", None, [2], 10**9)),
    ],
)
def test_a_folder_of_a_later_version_is_told_from_a_damaged_one(
    classified: Written, written: Any, said: str
) -> None:
    path = classified[0] / MANIFEST
    files = {"more": []} if written == 2 else json.loads(path.read_text())["files"]
    path.write_bytes(as_json({"format": written, "files": files}))
    with pytest.raises(ModelsError, match=said):
        read_bundle(classified[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, 10**9) for name in ("hidden_size", "layers", "features", "outputs")),
        *((name, value) for name in ("hidden_size", "layers") for value in (0, -1, "5", 2.0, None)),
        *(("bidirectional", True), ("vocabulary", 10**9), ("task", "forecast"), ("code", "x")),
    ],
)
def test_settings_that_do_not_fit_are_refused_before_a_network_is_built(
    classified: Written, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DropoutLSTM, "__init__", None)
    about = json.loads((classified[0] / "about.json").read_text())
    about["network"][name] = value
    rewrite(classified[0], "about.json", as_json(about))
    with pytest.raises(ModelsError, match="is damaged"):
        read_bundle(classified[0])


def _renamed(tensors: dict[str, torch.Tensor]) -> None:
    tensors["0.head.wait"] = tensors.pop("0.head.weight")


def _narrow(tensors: dict[str, torch.Tensor]) -> None:
    tensors["1.layers.0.weight_hh_l0"] = tensors["1.layers.0.weight_hh_l0"][:, :4].contiguous()


def _double(tensors: dict[str, torch.Tensor]) -> None:
    tensors["0.head.bias"] = tensors["0.head.bias"].double()


def _nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors["0.head.bias"][0] = torch.nan


def _gone(tensors: dict[str, torch.Tensor]) -> None:
    for name in [name for name in tensors if name.startswith("0.")]:
        del tensors[name]


@pytest.mark.parametrize("change", [_renamed, _narrow, _double, _nan, _gone])
def test_weights_that_do_not_fit_are_refused(
    classified: Written, change: Callable[[dict[str, torch.Tensor]], None], tmp_path: Path
) -> None:
    tensors = load_file(classified[0] / "model.safetensors")
    change(tensors)
    save_file(tensors, tmp_path / "changed")
    rewrite(classified[0], "model.safetensors", (tmp_path / "changed").read_bytes())
    with pytest.raises(ModelsError, match="safetensors is damaged"):
        read_bundle(classified[0])


def test_a_header_that_asks_for_much_memory_is_refused(classified: Written) -> None:
    whole = (classified[0] / "model.safetensors").read_bytes()
    rewrite(classified[0], "model.safetensors", (2**62).to_bytes(8, "little") + whole[8:])
    with pytest.raises(ModelsError, match="safetensors is damaged"):
        read_bundle(classified[0])


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("preparation", "spread", [0.0, 1.0]),
        ("preparation", "spread", [1.0]),
        ("preparation", "centre", ["x", 1.0]),
        ("preparation", "target_spread", -1.0),
        ("preparation", "seen", [[True]]),
        ("preparation", "scale", "no"),
        ("preparation", "vocabulary", "{}"),
        ("reader", "levels", []),
        ("reader", "classes", ["a"]),
        ("reader", "window", 5),
        ("reader", "features", "xy"),
        ("reader", "calendar", {"unit": "eon"}),
        ("reader", "more", 1),
    ],
)
def test_a_preparation_that_does_not_fit_is_refused(
    classified: Written, part: str, name: str, value: Any
) -> None:
    prepared = json.loads((classified[0] / "preparation.json").read_text())
    prepared[part][name] = value
    rewrite(classified[0], "preparation.json", as_json(prepared))
    with pytest.raises(ModelsError, match="is damaged"):
        read_bundle(classified[0])


def test_deep_json_is_refused(classified: Written) -> None:
    rewrite(classified[0], "preparation.json", b"[" * 100_000)
    with pytest.raises(ModelsError, match="is damaged"):
        read_bundle(classified[0])


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    for path, words in ((tmp_path, "no manifest"), (tmp_path / "x", "does not exist")):
        with pytest.raises(ModelsError, match=words):
            read_bundle(path)
    (tmp_path / "file").touch()
    with pytest.raises(ModelsError, match="is a file"):
        read_bundle(tmp_path / "file")


# Writing


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "model", tmp_path / "empty"):
        with pytest.raises(ZeroDivisionError), new_folder(target) as draft:
            (draft / "file").write_bytes(bytes(1 // 0))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]
    with new_folder(tmp_path / "empty") as draft:
        (draft / "file").touch()
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["file"]
    for target, words in ((tmp_path / "empty", "not empty"), (tmp_path / "empty/file", "a file")):
        with pytest.raises(ModelsError, match=words), new_folder(target):
            raise AssertionError
    with pytest.raises(ModelsError, match="cannot be written"), new_folder(tmp_path / "no" / "x"):
        raise AssertionError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]


def test_a_mount_point_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.ismount", lambda path: path == tmp_path)
    with pytest.raises(ModelsError, match=r"a disk is mounted.*/model\."), new_folder(tmp_path):
        raise AssertionError
