"""The report: in a real browser, and for studies that have little to show."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from dropsearch.search import launch
from dropsearch.search.cli import app
from dropsearch.search.config.load import config_from, load_config
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.report import images
from dropsearch.studies.report.of_answer import _gap
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.records import SEARCH, point_text
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.pages import sentences
from tests.support.paths import EXAMPLES, ROOT

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")

FAULTS = """<script>
window.faults = [];
addEventListener("error", (event) => faults.push(event.message));
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
for (const name of ["error", "warn"]) console[name] = (...said) => faults.push(said.join(" "));
</script>"""
FRAME = """<iframe src="page.html" style="width: {}px; height: 900px"></iframe>"""
BUDGETS = (20_000, 200_000)  # ms; its clock runs ahead of pictures that a busy machine draws late
FRAMES = """<!doctype html><body>
<script>
const found = [];
addEventListener("message", (event) => {
  found.push(event.data);
  document.body.dataset.found = JSON.stringify(found);
});
</script>"""


def read(
    page: str, folder: Path, *flags: str, widths: Sequence[int] = (390, 1400)
) -> dict[int, dict[str, Any]]:
    """What browser.js found in the page at each of the widths: on a phone and on a screen."""
    assert CHROMIUM is not None
    script = (ROOT / "tests" / "support" / "browser.js").read_text()
    page = page.replace("<head>", "<head>" + FAULTS, 1)
    page = page.replace("</body>", f"<script>{script}</script></body>")
    (folder / "page.html").write_text(page, encoding="utf-8")
    frames = "".join(map(FRAME.format, widths))
    (folder / "frames.html").write_text(FRAMES + frames, encoding="utf-8")
    found: list[dict[str, Any]] = []
    for budget in BUDGETS:
        done = subprocess.run(
            [
                CHROMIUM,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", f"--user-data-dir={folder / 'profile'}"),
                *(f"--virtual-time-budget={budget}", "--window-size=1500,2000"),
                *(*flags, "--dump-dom"),
                (folder / "frames.html").as_uri(),
            ],
            text=True,
            capture_output=True,
            timeout=120,
            check=True,
        )
        if told := re.search(r'data-found="(.*?)"', done.stdout):
            found = json.loads(html.unescape(told[1]))
        if len(found) == len(widths):
            break
    assert len(found) == len(widths), "The page has not got to its end."
    return {one["frame"]: one for one in found}


@needs_chromium
def test_the_report_of_a_real_study_in_a_browser(study: Any, tmp_path: Path) -> None:
    name = 'tones <script><b>&amp;" <img src=x onerror=alert(1)>'
    confirm = {"finalists": 1, "repeats": 1, "rates": [0.3]}
    asked = study(study=name, folds={"count": 2}, search={"trials": 6}, confirm=confirm)
    file = Path(asked["data"]["path"])
    file.write_text(file.read_text().replace("slow", "<b>slow</b> </script>"))
    result = launch(asked, storage=str(tmp_path / "studies.db"))
    page = report_html(result.store, result.record)
    found = read(page, tmp_path)
    assert sorted(found) == [390, 1400]
    for width, seen in found.items():
        assert seen["errors"] == []
        assert seen["scrolled"] <= seen["width"]
        assert seen["ink"] == seen["drawn"] == "rgb(38, 50, 61)"
        assert seen["strangers"] == seen["links"] == 0
        assert seen["headings"].startswith("H1 H2 H2")
        assert seen["unlabelled"] == 0
        assert all(0 < bottom <= (900 if width == 1400 else 2400) for bottom in seen["first"])
        assert {"response-curve", "overfitting", "folds", "learning-curves"} <= set(seen["plots"])
        assert {"parallel-coordinates", "workers", "split"} <= set(seen["plots"])
        assert seen["folded"] == seen["undrawn"] == 2  # parallel coordinates and workers
        assert seen["cut"] == 0
        assert seen["clipped"] == seen["overlapping"] == seen["entities"] == []
        for slug, (marks, wide, high) in seen["plots"].items():
            assert marks > 0, slug
            assert width / 2 < wide, slug
            assert wide <= width or slug in ("folds", "parallel-coordinates"), slug
            assert high > 100, slug
        assert [image[:2] for image in seen["images"]] == [
            ["response-curve", "data:image/svg+xml"],
            ["response-curve", "data:image/png"],
        ]
        assert min(size for *_, size in seen["images"]) > 5_000
        assert seen["answer"]["study"] == name
        assert seen["answer"]["sentences"] == list(result.recommendation.sentences)
        rising = [value for value in seen["rising"] if value]
        assert rising == sorted(rising, key=float)
        assert seen["falling"] == [*rising[::-1], *[""] * (len(seen["falling"]) - len(rising))]
        assert seen["sorted"] == "descending"
        assert seen["keyboard"]
        pruned = sum(value == "" for value in seen["rising"])
        assert seen["searched"] == ["pruned"] * pruned
        assert seen["said"] == f"{pruned} shown"
        assert pl.read_csv(seen["csv"].encode()).height == pruned or pruned == 0


@needs_chromium
def test_the_ink_is_light_where_the_reader_s_theme_is_dark(shelf: Store, tmp_path: Path) -> None:
    page = report_html(shelf, filled(shelf, "dark", {"search": {"trials": 3}, "confirm": None}))
    flag = "--blink-settings=preferredColorScheme=0"
    dark = read(page, tmp_path, flag, widths=[1400])[1400]
    assert dark["ink"] == dark["drawn"] == "rgb(223, 229, 234)"
    assert dark["errors"] == []


@needs_chromium
def test_panels_of_many_rates_and_names_with_quotes_can_be_read(
    shelf: Store, tmp_path: Path
) -> None:
    table = (EXAMPLES / "japanese-vowels.csv").read_text()
    (tmp_path / "quoted.csv").write_text(table.replace("speaker1", '"""a"" & b"'))
    kinds = ("input", "between", "recurrent", "recurrent_hidden", "output")
    settings = {
        "data": {"path": str(tmp_path / "quoted.csv")},
        "model": {
            "dropout": {kind: {"low": 0.0, "high": 0.5} for kind in kinds},
            "layers": [1, 2],
            "recurrent": ["update", "zoneout"],
            "mask": ["standard", "locked"],
        },
        "confirm": {"finalists": 1, "rates": "auto", "repeats": 2},
    }
    page = report_html(shelf, filled(shelf, "panels", settings, examples=0.1))
    (seen,) = read(page, tmp_path, widths=[390]).values()
    assert seen["errors"] == []
    assert seen["clipped"] == seen["overlapping"] == seen["entities"] == []
    assert seen["cut"] == 0
    assert seen["plots"]["predictions"][0] > 0
    (paper,) = read(page.replace("@media print", "@media all"), tmp_path, widths=[690]).values()
    assert paper["scrolled"] <= paper["width"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(str(tmp_path_factory.mktemp("shelf") / "studies.db"), create=True)
    yield store
    store.close()


def filled(store: Store, name: str, settings: Any = None, **how: Any) -> Any:
    """A study on the Japanese vowels, without training (see filled.py)."""
    mapping: dict[str, Any] = {
        "study": name,
        "data": {
            "path": "japanese-vowels.csv",
            "task": "classify",
            "time": "step",
            "series": "series",
            "target": "label",
        },
        "folds": {"count": 3},
        "model": {"hidden_size": [8, 16], "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
        "training": {"epochs": 6, "learning_rate": {"low": 1e-3, "high": 1e-2, "log": True}},
        "search": {"trials": 12},
        "confirm": {"finalists": 2, "rates": [0.1, 0.3], "repeats": 2},
    }
    for key, section in (settings or {}).items():
        mapping[key] = section and {**mapping.get(key, {}), **section}
    return fill(store, config_from(mapping, EXAMPLES), **how)


def only(count: int, then: str) -> Callable[[int], str]:
    return lambda number: "complete" if number < count else then


@pytest.mark.parametrize(
    ("name", "settings", "how", "wanted", "pictures"),
    [
        (
            "nothing",
            {},
            {"fate": only(0, "waiting"), "until": "search"},
            ["0 of 12 fits", "No trial has a score yet", "No trial has been begun", "no fit"],
            1,
        ),
        (
            "one",
            {},
            {"fate": only(1, "waiting"), "until": "search"},
            ["is not finished", "Best of 1 trial ", "1 complete trial", "fewer than two trials"],
            6,
        ),
        (
            "two",
            {},
            {"fate": only(2, "running"), "until": "search"},
            ["The 2 complete trials", "2 complete, 10 running", "The curve at equal sizes has not"],
            7,
        ),
        (
            "equal",
            {},
            {"fate": only(12, ""), "noise": 0.0, "truth": lambda _: 0.9},
            ["all complete trials have the same score", "equal in all"],
            8,
        ),
        (
            "pruned",
            {},
            {"fate": only(0, "pruned")},
            ["No trial has a score, so there is no answer", "12 pruned", "0 complete trials"],
            2,
        ),
        (
            "failed",
            {},
            {"fate": only(0, "failed")},
            [
                "No trial has a score, so there is no answer",
                "12 failed",
                "The first failure: diverged.",
            ],
            2,
        ),
        (
            "running",
            {},
            {"until": "finalists"},
            ["phase 'finalists'", "curve at equal sizes has not been fitted"],
            7,
        ),
        (
            "unconfirmed",
            {"confirm": None},
            {},
            ["leaves the curve out (confirm: null)", "likely too good"],
            7,
        ),
        (
            "fixed",
            {"model": {"dropout": 0.3}},
            {},
            ["Use dropout 0.3", "as recommended (0.3)"],
            8,
        ),
        (
            "sites",
            {"model": {"dropout": {"input": [0.0, 0.2], "output": {"low": 0.0, "high": 0.8}}}},
            {"noise": 0.001},
            ["Each panel changes one rate", "Use dropout"],
            8,
        ),
        (
            "trade-off",
            {"search": {"objectives": ["score", "cost"]}},
            {},
            ["lie on the front", "no trial is pruned"],
            9,
        ),
    ],
)
def test_a_report_says_what_there_is_and_what_is_missing(
    shelf: Store, name: str, settings: Any, how: Any, wanted: list[str], pictures: int
) -> None:
    page = report_html(shelf, filled(shelf, name, settings, **how))
    said = sentences(page)
    for words in wanted:
        assert words in said
    assert page.count('class="plot"') == pictures
    figures = page.split('id="figures">', 1)[1].split("</script>", 1)[0]
    assert len(json.loads(figures)) == pictures


def test_it_is_small_for_200_trials_and_builds_for_many(shelf: Store) -> None:
    """For 5,000 and more: `python -m benchmarks.report 5000 2`."""
    usual = {"finalists": 3, "rates": "auto", "repeats": 3}
    small = filled(shelf, "small", {"search": {"trials": 200}, "confirm": usual})
    small = report_html(shelf, small)
    assert len(small.encode()) < 5_500_000
    many = {"search": {"trials": 1500}, "training": {"epochs": 2}}
    mostly_pruned = {"fate": lambda number: "pruned" if number % 5 else "complete"}
    page = report_html(shelf, filled(shelf, "many", many, **mostly_pruned))
    assert "1,500 trials begun" in sentences(page)
    assert page.count("<tr>") > 1500


def test_the_study_runs_again_from_its_report(shelf: Store, tmp_path: Path) -> None:
    record = filled(shelf, "again")
    page = report_html(shelf, record)
    config = html.unescape(page.split('<pre id="config">', 1)[1].split("</pre>", 1)[0])
    (tmp_path / "study.yaml").write_text(config)
    assert load_config(tmp_path / "study.yaml").model_dump(mode="json") == record.config
    assert record.fingerprint in page
    assert f"torch {record.versions['torch']}" in page


def test_each_configuration_is_compared_once_and_the_rest_folds_out(shelf: Store) -> None:
    page = report_html(shelf, filled(shelf, "compared"))
    first, rest = page.split('<section aria-labelledby="beside">')[1].split("</table>")[:2]
    assert "<details>" not in first
    assert "<details>" in rest
    answer = json.loads(page.split('id="answer-json">')[1].split("</script>")[0])
    rows = re.findall(r"<tr.*?><th scope=\"row\">(.*?)</th>(.*?)</tr>", first)
    assert [html.unescape(name) for name, _ in rows] == [
        row["configuration"] for row in answer["table"]
    ]
    words = {"not told apart": "no clear difference", None: "recommended"}
    for (_, cells), row in zip(rows, answer["table"], strict=True):
        _, gained, said = re.findall(r"<td.*?>(.*?)</td>", cells)
        assert said == words.get(row["standing"], row["standing"])
        if row["behind_recommended"] is not None:
            shown = [float(n) for n in re.findall(r"[+-][\d.]+", gained.replace("−", "-"))]
            turned = [-row["behind_recommended"][end] for end in ("mean", "high", "low")]
            assert shown == pytest.approx(turned, abs=1e-3)


def test_the_best_trials_come_first_and_finalists_are_marked(shelf: Store) -> None:
    record = filled(shelf, "ranked")
    page = report_html(shelf, record)
    table = page.split('id="trials-table"')[1].split("</table>")[0]
    assert re.search(r'data-name="value" aria-sort="descending"><button[^>]*>accuracy<', table)
    rows = re.findall(r"<tr(.*?)><td>(\d+)</td><td[^>]*>(\w+)</td><td[^>]*>(.*?)</td>", table)
    scores = [float(score) for *_, score in rows if score]
    assert scores == sorted(scores, reverse=True)
    assert [state for *_, state, _ in rows] == ["complete"] * 8 + ["pruned"] * 4
    marked = {int(trial) for kind, trial, *_ in rows if "finalist" in kind}
    points = [
        point_text(claim.point or {})
        for claim in claims_of(shelf, record.uuid, SEARCH)
        if claim.trial in marked
    ]
    assert record.plan is not None
    assert sorted(points) == sorted(point_text(point) for point in record.plan["finalists"])
    assert "★ marks the finalists" in sentences(page)


@pytest.mark.parametrize(("above", "said"), [(0.18, "0.18 above"), (-0.2, "0.2 below")])
def test_a_validation_loss_below_that_of_training_is_told_so(above: float, said: str) -> None:
    assert _gap(above) == f"{said} training"


def test_the_answer_is_used_by_what_its_report_says(shelf: Store, tmp_path: Path) -> None:
    record = filled(shelf, "it's used")
    page = report_html(shelf, record)
    steps = [html.unescape(step) for step in re.findall(r'<pre id="step-\d">(.*?)</pre>', page)]
    words = [shlex.split(step) for step in steps]
    assert [step[:2] for step in words] == [
        ["dropsearch", verb] for verb in ("export", "train", "predict")
    ]
    best = tmp_path / "best.yaml"
    done = CliRunner().invoke(app, [*words[0][1:-1], str(best)])
    assert done.exit_code == 0, done.output
    chosen = load_config(best)
    network = html.unescape(page.split('<pre id="code-PyTorch"', 1)[1].split(">", 1)[1])
    names: dict[str, Any] = {}
    exec(network.split("</pre>")[0], names)
    assert names["network"].output_dropout.p == pytest.approx(chosen.model.dropout, rel=1e-5)
    assert names["network"].head.in_features % chosen.model.hidden_size == 0
    assert words[1][2] == words[0][-1]
    assert words[2][2] == words[1][-1]


def test_a_study_whose_optuna_side_was_deleted_has_a_report(shelf: Store) -> None:
    record = filled(shelf, "half")
    (found,) = [s for s in shelf.optuna.get_all_studies() if s.study_name == "half"]
    shelf.optuna.delete_study(found._study_id)
    said = sentences(report_html(shelf, record))
    assert "the trials in Optuna's tables are gone" in said
    assert "Use dropout" in said


@needs_chromium
def test_pictures_and_tables_as_files(shelf: Store, tmp_path: Path) -> None:
    record = filled(shelf, "files")
    done = CliRunner().invoke(
        app,
        [
            *("report", "files", "--storage", shelf.url, "-o", str(tmp_path / "files.html")),
            *("--png", str(tmp_path / "png"), "--csv", str(tmp_path / "csv")),
        ],
    )
    assert done.exit_code == 0, done.output
    pictures = sorted((tmp_path / "png").iterdir())
    assert [path.stem for path in pictures] == sorted(
        [
            "choices",
            "response-curve",
            "overfitting",
            "folds",
            "learning-curves",
            "parallel-coordinates",
            "workers",
            "split",
        ]
    )
    for path in pictures:
        head = path.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert int.from_bytes(head[16:20], "big") == images.WIDTH * images.SCALE
    folds = pl.read_csv(tmp_path / "csv" / "folds.csv")
    ended = [claim for claim in claims_of(shelf, record.uuid) if claim.epoch is not None]
    assert folds.height == 3 * sum((claim.epoch or 0) + 1 for claim in ended)
    assert pl.read_csv(tmp_path / "csv" / "trials.csv").height == 12
    assert pl.read_csv(tmp_path / "csv" / "curve.csv")["recommended"].sum() == 1


def test_without_a_browser_the_error_names_the_mend(
    shelf: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = filled(shelf, "blind", {"search": {"trials": 3}})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(images.BROWSER, raising=False)
    with pytest.raises(StudiesError, match=r"apt install chromium.*BROWSER_PATH"):
        images.images_as_png(shelf, record)
    monkeypatch.setenv(images.BROWSER, str(tmp_path / "none"))
    with pytest.raises(StudiesError, match="there is no such file"):
        images.images_as_png(shelf, record)
