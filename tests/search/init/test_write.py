"""init: what it writes, how it names it, what it refuses."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dropsearch.models.errors import DataError
from dropsearch.search.config.load import load_config
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import PositiveRange
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.estimate import Estimate, estimate
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.init import sizing
from dropsearch.search.init.write import init, study_name
from dropsearch.studies.recommend.yaml_text import write_yaml
from tests.support.tables_of import daily, rng, sequences

pytestmark = pytest.mark.usefixtures("briefly")

FAST = 0.2  # minutes

SAMPLES = pl.DataFrame({"id": range(60), "a": rng.normal(size=60), "class": ["x", "y", "z"] * 20})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\nx,p\ny,q\n", "no column holds numbers that vary ('a': words, 'b': words)"),
        ("date,x\n2020-01-01,1\n2020-01-02,1\n", "no column holds numbers that vary"),
        ("x\n" + "\n".join(str(i % 7) for i in range(50)), "no column orders the rows"),
        (SAMPLES.drop("id").write_csv(), "no column orders the rows"),
        (SAMPLES.write_csv(), "each row has a 'class' of its own"),
        ("a,b\n1,2\n3\n", "row 3: 1 cells where the header has 2"),
        ("", "is empty"),
        (
            "label,text\n" + "\n".join(f"ham,so this is text number {i}" for i in range(60)),
            "column 'text' holds texts, and no column is a label",
        ),
        (
            "id,spam,text\n" + "\n".join(f"{i},{i % 2},and this is text, too" for i in range(60)),
            "row 2 (the first of 60): 4 cells where the header has 3",
        ),
        (daily().reverse().write_csv(), "sort the rows of each series by time"),
    ],
)
def test_files_that_are_not_understood_are_refused_with_the_mend(
    text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "data.csv"
    file.write_text(text)
    with pytest.raises(DataError) as error:
        init(file, tmp_path / "study.yaml", FAST)
    assert message in str(error.value)
    assert str(file) in str(error.value)
    assert list(tmp_path.iterdir()) == [file]


def test_running_text_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It was, so it seems,\nlate.\n")
    with pytest.raises(DataError, match="running text"):
        init(tmp_path / "book.txt", tmp_path / "study.yaml", FAST)


def test_nothing_is_overwritten_and_missing_files_are_named(tmp_path: Path) -> None:
    sequences().write_csv(tmp_path / "data.csv")
    output = tmp_path / "study.yaml"
    output.write_text("mine")
    with pytest.raises(ConfigError, match="overwrites nothing"):
        init(tmp_path / "data.csv", output, FAST)
    assert output.read_text() == "mine"
    with pytest.raises(ConfigError, match=r"did you mean .*data\.csv"):
        init(tmp_path / "dat.csv", tmp_path / "other.yaml", FAST)
    with pytest.raises(ConfigError, match="no folder"):
        init(tmp_path / "data.csv", tmp_path / "none" / "study.yaml", FAST)


def test_what_is_written_loads_is_commented_and_names_the_file_from_its_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "studies").mkdir()
    file = tmp_path / "data" / "my tones: 2020 #1.parquet"
    frame = sequences(patient=lambda i: i // 2).with_columns(
        pl.when(pl.col("step") == 2).then(None).otherwise(pl.col("x")).alias("x"),
        pl.when(pl.col("x") > 0).then(pl.lit("no")).otherwise(pl.lit("on")).alias("a: b\n#"),
    )
    frame.write_parquet(file)
    output = tmp_path / "studies" / "study.yaml"
    said = init(file, output, FAST)
    text = output.read_text()
    config = load_config(output)
    assert "\nstudy: my-tones-2020-1\n" in text
    assert config.data.path == str(file)
    assert yaml.safe_load(text)["data"]["path"] == "../data/" + file.name
    assert config.data.group == "patient"
    assert config.data.missing == "forward"
    assert config.data.categories == ("a: b\n#",)
    assert len(text.splitlines()) < 60
    assert max(map(len, text.splitlines())) <= 100
    assert "# 20 values over 40 sequences" in text
    assert any(line.startswith("  group patient: 20 values") for line in said)
    assert "  categories a: b #: columns of few different words (2)" in said
    assert [path.name for path in output.parent.iterdir()] == ["study.yaml"]


def test_few_of_a_class_lower_the_folds_and_repeated_sequences_stay_together(
    tmp_path: Path,
) -> None:
    few = sequences(lambda i: "rare" if i < 3 else "usual")
    few.write_csv(tmp_path / "few.csv")
    init(tmp_path / "few.csv", tmp_path / "few.yaml", FAST)
    assert load_config(tmp_path / "few.yaml").folds.count == 3
    twice = pl.concat([few, few.with_columns(pl.col("series") + 100)])
    twice.write_csv(tmp_path / "twice.csv")
    init(tmp_path / "twice.csv", tmp_path / "twice.yaml", FAST)
    assert load_config(tmp_path / "twice.yaml").data.repeated == "group"


awkward = st.sampled_from(["no", "2020", "1e5", "a: b", "# x", "- a", "[b]", "'q", "{", "\u2028é"])
signs = st.characters(codec="utf-8", exclude_categories=["Ll", "Lu"])  # words would be hints
names = st.lists(
    awkward | st.text(signs, min_size=1, max_size=8), min_size=4, max_size=4, unique=True
)


@given(names)
@settings(deadline=None, max_examples=4)
def test_whatever_the_names_what_is_written_loads_as_meant(names: list[str]) -> None:
    assume(all(name.strip() for name in names))
    series, step, x, label = names
    frame = sequences(number=20).rename({"series": series, "step": step, "x": x, "label": label})
    with tempfile.TemporaryDirectory() as name:
        file, output = Path(name) / "data.parquet", Path(name) / "study.yaml"
        frame.write_parquet(file)
        init(file, output, 0.01)
        data = load_config(output).data
    assert (data.path, data.task) == (str(file), "classify")
    assert (data.series, data.time, data.target) == (series, step, label)


@given(st.text())
@settings(deadline=None, max_examples=300)
def test_names_of_studies_need_no_quotes(stem: str) -> None:
    name = study_name(stem)
    assert write_yaml({"study": name}) == f"study: {name}\n"
    assert yaml.safe_load(f"study: {name}") == {"study": name}


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("sunspots", "sunspots"),
        ("japanese-vowels", "japanese-vowels"),
        ("my data (1)", "my-data-1"),
        ("2020", "study-2020"),
        ("1e5", "study-1e5"),
        ("no", "study-no"),
        ("日本語", "日本語"),
        ("🙂", "study"),
    ],
)
def test_names_of_studies_come_from_the_file(stem: str, name: str) -> None:
    assert study_name(stem) == name


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is as fast each time: networks of a size are timed once."""
    timed: dict[str, Estimate] = {}

    def once(config: StudyConfig, inputs: Inputs) -> Estimate:
        size = str(config.model.hidden_size)
        timed[size] = timed.get(size) or estimate(config, inputs)
        return timed[size]

    monkeypatch.setattr(sizing, "estimate", once)


@pytest.mark.usefixtures("steady")
def test_where_only_the_search_fits_the_minutes_that_would_do_for_more_are_told(
    tmp_path: Path,
) -> None:
    rows = sequences(number=400)
    rows.write_csv(tmp_path / "data.csv")
    said = init(tmp_path / "data.csv", tmp_path / "short.yaml", 0.05)
    assert load_config(tmp_path / "short.yaml").confirm is None
    (told,) = [line for line in said if "gives a checked answer" in line]
    assert any("networks of 8 and 16 units alone, to fit the time" in line for line in said)
    minutes = re.findall(r"--minutes (\d+)", told)[0]
    said = init(tmp_path / "data.csv", tmp_path / "long.yaml", float(minutes))
    assert load_config(tmp_path / "long.yaml").confirm is not None
    assert not any("gives a checked answer" in line for line in said)


@pytest.mark.parametrize(("minutes", "rates"), [(0.01, (0.003, 0.03)), (600, (0.001, 0.01))])
def test_short_trainings_have_higher_learning_rates(
    minutes: float, rates: tuple[float, float], tmp_path: Path
) -> None:
    sequences().write_csv(tmp_path / "data.csv")
    init(tmp_path / "data.csv", tmp_path / "study.yaml", minutes)
    found = load_config(tmp_path / "study.yaml").training.learning_rate
    assert isinstance(found, PositiveRange)
    assert (found.low, found.high) == rates


def test_how_a_table_is_written_is_said_kept_and_checked(tmp_path: Path) -> None:
    rows = [f"2021-{1 + k // 28:02d}-{1 + k % 28:02d};{k * 7 % 11},5" for k in range(140)]
    lines = ["Rain by hand", "", "day;y", "d;mm", *rows]
    (tmp_path / "rain.csv").write_text("\n".join(lines))
    output = tmp_path / "study.yaml"
    said = init(tmp_path / "rain.csv", output, FAST)
    seen = (
        "Note: The table as it was seen: header in line 3; 1 line above left out; line 4 left out "
        "(units or other names); separated by ';'; decimal commas."
    )
    assert seen in said
    form = {"header": 3, "skip": [4], "separator": ";", "decimal": ","}
    assert yaml.safe_load(output.read_text())["data"]["table"] == form
    data = Inputs.of(load_config(output)).data
    assert len(data.values) == 140
    assert data.notes[0].startswith("The table as it was seen: header in line 3; 1 line above")


def test_a_column_with_marks_between_thousands_is_left_out(tmp_path: Path) -> None:
    days = [f"2021-{1 + k // 28:02d}-{1 + k % 28:02d}" for k in range(140)]
    rows = [f"{day};{k * 7 % 11}.5;{900 + k:,}" for k, day in enumerate(days)]
    (tmp_path / "rain.csv").write_text("\n".join(["day;y;people", *rows]))
    said = init(tmp_path / "rain.csv", tmp_path / "study.yaml", FAST)
    assert any("Left out as a feature: 'people': '1,000' may have" in line for line in said)
    assert Inputs.of(load_config(tmp_path / "study.yaml")).data.features == ("y",)
