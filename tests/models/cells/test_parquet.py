"""Columns of every kind that Parquet has: used, told why not, or left alone; never a panic."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.cells.panics import PolarsFaultError, polars_faults
from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.read import read_table

N = 40


def far(kind: Any) -> pl.Series:
    """Times past any calendar."""
    whole = pl.Int32 if kind == pl.Date else pl.Int64
    largest = 2**31 if kind == pl.Date else 2**63
    return pl.Series([largest - 1 - i for i in range(N)], dtype=whole).cast(kind)


# what each column holds, in the words of a refusal
OPAQUE: dict[str, tuple[pl.Series, str]] = {
    "durations": (pl.Series([dt.timedelta(seconds=i) for i in range(N)]), "durations"),
    "far durations": (
        pl.Series([2**62 + i for i in range(N)]).cast(pl.Duration("ms")),
        "durations",
    ),
    "lists": (pl.Series([[i] for i in range(N)]), "nested values"),
    "lists of far dates": (
        pl.Series([[2**31 - 1]] * N, dtype=pl.List(pl.Int32)).cast(pl.List(pl.Date)),
        "nested values",
    ),
    "arrays": (pl.Series([[i, i] for i in range(N)], dtype=pl.Array(pl.Int64, 2)), "nested values"),
    "structs": (pl.Series([{"a": i} for i in range(N)]), "nested values"),
    "binary": (pl.Series([b"\xff\xfe%d" % i for i in range(N)]), "binary values"),
    "far dates": (far(pl.Date), "times outside the years 1 to 9999"),
    "far times": (far(pl.Datetime("us")), "times outside the years 1 to 9999"),
    "far milliseconds": (far(pl.Datetime("ms")), "times outside the years 1 to 9999"),
    "far times of a zone": (
        far(pl.Datetime("us", "Europe/Berlin")),
        "times outside the years 1 to 9999",
    ),
}
NUMBERS = {
    "decimals": pl.Series([Decimal(i) / 4 for i in range(N)]),
    "long decimals": pl.Series([Decimal(i) for i in range(N)], dtype=pl.Decimal(38, 30)),
    "128 bits": pl.Series(list(range(N)), dtype=pl.Int128),
    "unsigned": pl.Series([2**64 - 1 - i for i in range(N)], dtype=pl.UInt64),
}
OTHERS: dict[str, tuple[pl.Series, str]] = {
    "times of day": (pl.Series([dt.time(i % 24) for i in range(N)]), "other"),
    "nothing": (pl.Series([None] * N), "empty"),
    "nothing of a kind": (pl.Series([None] * N, dtype=pl.Date), "empty"),
    "nanoseconds": (far(pl.Datetime("ns")), "times"),
    "last day": (pl.Series([dt.date(9999, 12, 31)] * N), "times"),
    "first day": (pl.Series([dt.date(1, 1, 1)] * N), "times"),
    "enum": (pl.Series(["a", "b"] * (N // 2), dtype=pl.Enum(["a", "b"])), "words"),
}
ROLES: dict[str, dict[str, Any]] = {
    "target": {"task": "classify", "target": "odd", "series": "s"},
    "number": {"task": "regress", "target": "odd", "series": "s"},
    "series": {"task": "classify", "target": "y", "series": "odd"},
    "time": {"task": "classify", "target": "y", "series": "s", "time": "odd"},
    "group": {"task": "classify", "target": "y", "series": "s", "group": "odd"},
    "fold": {"task": "classify", "target": "y", "series": "s", "fold_column": "odd"},
    "holdout": {
        "task": "classify", "target": "y", "series": "s", "holdout_column": "odd",
        "holdout_value": "1",
    },
    "feature": {"task": "classify", "target": "y", "series": "s", "features": ["x", "odd"]},
    "category": {"task": "classify", "target": "y", "series": "s", "categories": ["odd"]},
    "text": {"task": "classify", "target": "y", "text": "odd"},
    "forecast": {"task": "forecast", "target": "odd", "window": 2, "horizon": 1},
    "forecast by": {"task": "forecast", "target": "x", "time": "odd", "window": 2, "horizon": 1},
}  # fmt: skip


def frame(**columns: pl.Series) -> pl.DataFrame:
    """20 sequences of two steps."""
    return pl.DataFrame(
        {
            **columns,
            "s": [f"s{i // 2}" for i in range(N)],
            "x": [i * 7 % N for i in range(N)],
            "y": ["a", "a", "b", "b"] * (N // 4),
        }
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", OPAQUE)
def test_a_column_without_values_of_use_is_refused_in_every_role(
    kind: str, role: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    column, what = OPAQUE[kind]
    frame(odd=column).write_parquet(tmp_path / "data.parquet")
    with pytest.raises(DataError, match=rf"column 'odd', row 1: it holds {what}"):
        read_data(tmp_path / "data.parquet", **ROLES[role])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [*OPAQUE, *OTHERS])
def test_it_is_left_alone_where_it_has_no_role(kind: str, tmp_path: Path) -> None:
    column = (OPAQUE.get(kind) or OTHERS[kind])[0]
    frame(odd=column).write_parquet(tmp_path / "data.parquet")
    data = read_data(tmp_path / "data.parquet", task="classify", target="y", series="s")
    assert data.features == ("x",)
    if kind in OPAQUE:
        assert data.left_out == {"odd": OPAQUE[kind][1]}


@pytest.mark.parametrize("kind", OTHERS)
def test_kinds_that_have_a_meaning(kind: str, tmp_path: Path) -> None:
    column, meaning = OTHERS[kind]
    frame(odd=column).write_parquet(tmp_path / "data.parquet")
    assert read_table(tmp_path / "data.parquet").kind("odd") == meaning


@pytest.mark.parametrize("kind", NUMBERS)
def test_every_kind_of_number_is_a_number(kind: str, tmp_path: Path) -> None:
    frame(odd=NUMBERS[kind]).write_parquet(tmp_path / "data.parquet")
    read = read_table(tmp_path / "data.parquet").numbers("odd")
    assert read.tolist() == [float(number) for number in NUMBERS[kind]]


def test_the_row_of_a_time_out_of_range_is_named(tmp_path: Path) -> None:
    days = pl.Series([0] * 9 + [2**31 - 1] + [0] * 30, dtype=pl.Int32).cast(pl.Date)
    frame(odd=days).write_parquet(tmp_path / "data.parquet")
    with pytest.raises(DataError, match="column 'odd', row 10: it holds times outside"):
        read_table(tmp_path / "data.parquet").text("odd")


def damaged(path: Path, **columns: pl.Series) -> None:
    """A file whose first column cannot be unpacked."""
    file = io.BytesIO()
    frame(**columns).write_parquet(file, compression="zstd")
    start = file.getvalue().index(b"\x28\xb5\x2f\xfd")
    path.write_bytes(file.getvalue()[:start] + b"\0\0\0\0" + file.getvalue()[start + 4 :])


def test_of_a_damaged_file_the_column_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    damaged(path, odd=pl.Series([i * i % 7 for i in range(N)]))
    assert read_data(path, task="classify", target="y", series="s").features == ("x",)
    with pytest.raises(DataError, match="column 'odd', row 1: it holds values that cannot be read"):
        read_data(path, **ROLES["feature"])


def test_only_the_columns_that_are_needed_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    damaged(path, odd=pl.Series([i * i % 7 for i in range(N)]))
    table = read_table(path, needed=("x",))
    assert table.names == ("odd", "s", "x", "y")
    assert table.kind("x") == "numbers"
    assert [table.kind(name) for name in ("odd", "s", "y")] == ["other"] * 3


def test_names_that_mean_something_to_polars_are_names(tmp_path: Path) -> None:
    names = {"*": pl.Series(range(N)), "^.*$": pl.Series(range(N)) * 2}
    frame(**names).write_parquet(tmp_path / "data.parquet")
    assert read_table(tmp_path / "data.parquet").numbers("^.*$")[2] == 4


def test_a_panic_is_a_fault_with_a_reason_and_says_nothing_by_itself(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(PolarsFaultError, match="out-of-range"), polars_faults():
        far(pl.Date).cast(pl.String)
    assert capfd.readouterr() == ("", "")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_read_or_refused_in_a_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = io.BytesIO()
    columns = {kind: column for kind, (column, _) in {**OPAQUE, **OTHERS}.items()}
    packing: Any = data.draw(st.sampled_from(["uncompressed", "zstd", "snappy"]))
    frame(**columns).write_parquet(file, compression=packing)
    content = bytearray(file.getvalue())
    for place in data.draw(st.lists(st.integers(4, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("bytes") / "data.parquet"
    path.write_bytes(content)
    try:
        for reading in read_table(path).readings.values():
            assert reading.kind in ("numbers", "truth", "words", "times", "empty", "other")
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017


def test_what_cannot_be_a_feature_is_left_out_with_its_reason(tmp_path: Path) -> None:
    hashes = pl.Series([2**64 - 1 - i * 7919**5 % 2**63 for i in range(N)], dtype=pl.UInt64)
    odd = {"durations": OPAQUE["durations"][0], "lists": OPAQUE["lists"][0]}
    odd |= {"times of day": OTHERS["times of day"][0], "hashes": hashes}
    frame(**odd).write_parquet(tmp_path / "data.parquet")
    data = read_data(tmp_path / "data.parquet", task="classify", target="y", series="s")
    assert data.features == ("x",)
    assert data.left_out == {
        "durations": "durations",
        "lists": "nested values",
        "times of day": "times of day",
        "hashes": "has whole numbers too long to be told apart, as ids have",
    }
