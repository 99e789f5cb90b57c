"""The docs are honest: every command is documented, the README and CI run the same commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from dropsearch.search.cli import app
from dropsearch.search.config.load import load_config
from tests.support.paths import ROOT

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("file", ["README.md", "docs/commands.md"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(file: str, command: str) -> None:
    assert re.search(rf"`(dropsearch )?{command}\b", (ROOT / file).read_text())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(command: str) -> None:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    assert found.help
    assert f"dropsearch {command}" in found.epilog


def test_the_readme_opens_with_two_commands_of_one_line() -> None:
    commands = blocks((ROOT / "README.md").read_text(), "sh")
    assert len(commands) == 2
    assert all(command.count("\n") == 1 for command in commands)
    assert "dropsearch launch examples/japanese-vowels.yaml --trials 20" in commands[0]
    assert "pytest" in commands[1]


def test_the_studies_in_the_readme_are_valid(tmp_path: Path) -> None:
    studies = blocks((ROOT / "README.md").read_text(), "yaml")
    for study in studies:
        (tmp_path / "study.yaml").write_text(study)
        load_config(tmp_path / "study.yaml")
    assert len(studies) == 2


@pytest.mark.parametrize("study", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_examples_are_valid_and_their_data_lie_beside_them(study: Path) -> None:
    config = load_config(study)
    assert config.study == study.stem
    assert Path(config.data.path).parent == study.parent
    assert Path(config.data.path).exists()


def test_links_between_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_fault_in_the_docs_names_tests_that_are_there() -> None:
    rows = re.findall(r"^\| (?!fault|---)(.*)$", (ROOT / "docs/reliability.md").read_text(), re.M)
    there = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(rows) > 25
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        for name in named:
            assert f"def {name}(" in there, name
