"""What a paper says of a study: the paragraph names what was done, the table its numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dropsearch.search.config.load import config_from
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.snippets.paper import SOURCES, Paper, _tex
from dropsearch.studies.store.records import FAILED, FINALISTS, Claim
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill


def paper(asked: Any, folder: Path, **how: Any) -> tuple[Paper, Evidence]:
    store = open_store(str(folder / "s.db"), create=True)
    try:
        evidence = Evidence(store, fill(store, config_from(asked, folder), **how))
        chosen = evidence.chosen
        assert chosen is not None
        return Paper.of(store, evidence.record, evidence.answer, chosen), evidence
    finally:
        store.close()


CONFIRM = {"repeats": 2, "rates": [0.3], "finalists": 2}


@pytest.mark.parametrize(
    ("asked", "how", "said", "unsaid"),
    [
        (
            {"search": {"trials": 6}, "confirm": CONFIRM},
            {},
            ["Bergstra et al. 2011", "Golovin et al. 2017", "Nadeau & Bengio 2003", "Zaremba"],
            ["Satterthwaite", "Lan & DeMets", "Gal & Ghahramani"],
        ),
        (
            {"search": {"trials": 6}, "confirm": CONFIRM},
            {"examples": 0.1},
            ["Satterthwaite 1946", "paired by example", "The rates 0, 0.3, 0.5 were compared"],
            ["corrected resampled t"],
        ),
        (
            {"search": {"trials": 6}, "confirm": {**CONFIRM, "repeats": "auto"}},
            {"examples": 0.1},
            ["Lan & DeMets 1983"],
            [],
        ),
        (
            {
                "search": {"trials": 5, "sampler": "random", "pruner": "none"},
                "confirm": None,
                "training": {"averaging": 0.5},
            },
            {},
            [
                "at random (Bergstra & Bengio 2012)",
                "no other folds have checked it",
                "(Polyak & Juditsky 1992), 0.5 of the old",
            ],
            ["Golovin", "finalists"],
        ),
        (
            {
                "search": {"trials": 6},
                "confirm": CONFIRM,
                "model": {
                    "mask": "locked",
                    "recurrent": "zoneout",
                    "dropout": {"recurrent": {"low": 0.1, "high": 0.5}},
                },
            },
            {},
            ["Gal & Ghahramani 2016", "Krueger et al. 2017", "were compared on"],
            ["Zaremba"],
        ),
        (
            {"search": {"trials": 6, "objectives": ["score", "parameters"]}, "confirm": CONFIRM},
            {},
            ["finalists"],
            ["Golovin", "given beforehand"],  # with several objectives no trial is pruned
        ),
        (
            {"search": {"trials": 12, "try": [{"dropout": 0.3}]}, "confirm": CONFIRM},
            {},
            ["12 trials, begun with configurations given beforehand, by", "one without dropout"],
            [],
        ),
        (
            {
                "search": {"trials": 6},
                "confirm": CONFIRM | {"repeats": 1},
                "model": {"dropout": {"low": 0.2, "high": 0.5}},
            },
            {"truth": lambda point: point["hidden_size"] / 40},  # one is far behind
            ["2 finalists, the best trials of different sizes, ran again"],
            ["one without dropout", "ran no more"],
        ),
        (
            {
                "search": {"trials": 12},  # enough for controls
                "confirm": CONFIRM,
                "model": {
                    "recurrent": "update",
                    "dropout": {"recurrent": {"low": 0.0, "high": 0.3}, "output": 0.0},
                },
            },
            {"truth": lambda point: 0.9 - 5 * point["dropout.recurrent"]},
            ["The dropout rate of an LSTM"],
            ["recurrent dropout"],
        ),
    ],
)
def test_the_methods_name_what_was_done_and_their_sources(
    study: Any, tmp_path: Path, asked: Any, how: Any, said: list[str], unsaid: list[str]
) -> None:
    found, evidence = paper(study(**asked), tmp_path, **how)
    for words in said:
        assert words in found.methods
    for words in unsaid:
        assert words not in found.methods
    named = re.findall(r"[A-Z][\w-]+ (?:et al\. |& \w+ )?(?:19|20)\d\d", found.methods)
    assert sorted(SOURCES[name] for name in set(named)) == sorted(found.sources)
    assert f"A search of {asked['search']['trials']} trials" in found.methods
    assert f"same {len(evidence.record.summary['folds'])} folds" in found.methods
    assert (found.table is None) == (asked["confirm"] is None)


def test_the_methods_tell_of_the_study_that_the_search_learnt_from(
    study: Any, tmp_path: Path
) -> None:
    paper(study(study="before", search={"trials": 6}, confirm=None), tmp_path)
    asked = study(search={"trials": 4, "start_from": "before"}, confirm=None)
    found, _ = paper(asked, tmp_path)
    scored = "begun with configurations given beforehand and the scores of 4 trials of an earlier"
    assert scored in found.methods


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ((), "seeds; 1 of them, behind the best"),
        ((16,), "seeds; 1 of them failed; 1 of them, behind the best"),
        ((8,), "seeds; 1 of them failed; the smallest"),
        ((8, 16), "seeds; 2 of them failed; the smallest"),
    ],
)
def test_finalists_that_failed_are_not_counted_with_those_that_are_behind(
    study: Any, tmp_path: Path, failed: tuple[int, ...], said: str
) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    asked = study(
        model={"hidden_size": [8, 16, 32], "dropout": {"low": 0.2, "high": 0.5}},
        confirm={"finalists": 3, "repeats": 3, "rates": [0.3], "rivals": None},
        search={"trials": 12},
    )
    how: Any = {"truth": lambda point: 0.5 if point["hidden_size"] == 8 else 0.9, "noise": 0.0}
    record = fill(store, config_from(asked, tmp_path), until=FINALISTS, **how)
    with store.write() as session:
        for claim in session.query(Claim).where(Claim.phase == FINALISTS):
            assert claim.point is not None
            if claim.point["hidden_size"] in failed:
                claim.state, claim.value, claim.reason = FAILED, None, "diverged"
    record = fill(store, config_from(asked, tmp_path), **how)
    evidence = Evidence(store, record)
    assert evidence.chosen is not None
    methods = Paper.of(store, record, evidence.answer, evidence.chosen).methods
    assert "3 finalists, the best trials of different sizes, ran again" in methods
    assert said in methods
    store.close()


@pytest.mark.parametrize("rivals", ["auto", None])
def test_the_methods_tell_of_every_network_in_the_table(
    study: Any, tmp_path: Path, rivals: str | None
) -> None:
    asked = study(search={"trials": 12}, confirm=CONFIRM | {"rivals": rivals})
    found, evidence = paper(asked, tmp_path)
    assert evidence.answer is not None
    assert len(evidence.answer.rivals) == (rivals is not None)
    assert ("1 network with one other choice each" in found.methods) == (rivals is not None)


def test_the_table_has_the_answer_s_numbers(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 6}, confirm=CONFIRM)
    found, evidence = paper(asked, tmp_path)
    assert found.table is not None
    assert evidence.chosen is not None
    rows = [line for line in found.table.splitlines() if line.endswith(r"\\")][1:]
    assert len(rows) == len(evidence.chosen.table)
    for line, row in zip(rows, evidence.chosen.table, strict=True):
        name, score, gained, ends, said = line.removesuffix(r" \\").split(" & ")
        assert row["configuration"] in name
        assert (r"\textbf" in name) == row["recommended"] == (said == "recommended")
        assert float(score.strip("$").split(r" \pm ")[0]) == pytest.approx(row["score"], abs=1e-3)
        behind = row["behind_recommended"]
        if behind is not None:
            numbers = [float(one) for one in re.findall(r"[+-][\d.]+", gained + ends)]
            wanted = [-behind[end] for end in ("mean", "high", "low")]
            assert numbers == pytest.approx(wanted, abs=1e-3)
    assert found.table.count(r"\begin") == found.table.count(r"\end") == 2
    assert found.table.isascii()


def test_signs_of_latex_are_words() -> None:
    assert _tex(r"50 % of a_b & c$ \x {y} #1 ~^") == (
        r"50 \% of a\_b \& c\$ \textbackslash{}x \{y\} \#1 \textasciitilde{}\textasciicircum{}"
    )
