"""Bad files: each is refused with its place and a mend, and none does harm."""

# One file a row:
# ruff: noqa: E501
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.search.config.load import load_config
from dropsearch.search.errors import ConfigError
from tests.support.config_samples import refused

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
FILES = {
    "bomb": (BOMB, "more than 20000 values, aliases written out: shorten it"),
    "self": ("data: &a [*a]\n", "line 1, column 11: uses *a before it is complete"),
    "deep": ("data: " + "[" * 5000, "is nested deeper than 20 levels"),
    "long": ("data: [" + "a, " * 30_000 + "a]", "more than 20000 values"),
    "tag": ("study: !!python/object/apply:os.system [ls]\n", "study: has the tag tag:yaml.org,2002:python"),
    "own tag": ("study: !x s\n", "study: has the tag !x, and tags are not read: write the plain value"),
    "top tag": ("!x\nstudy: s\n", "the top: has the tag !x"),
    "twice": ("study: a\ndata: {}\nstudy: b\n", "study: stands in line 1 and again in line 3: keep one"),
    "merge": ("data: &d {path: a}\nfolds:\n  <<: *d\n", "folds.<<: merging is not offered: write the keys out"),
    "tab": ("study: s\ndata:\n\tpath: a\n", "line 3, column 1: is not YAML"),
    "colon": ("study: a: b\n", "line 1, column 9: is not YAML"),
    "quote": ("study: 'a\n", "close the quotes"),
    "bracket": ("study: s\nmodel: {layers: [1, 2\n", "is not YAML"),
    "indent": ("study: s\n data: 3\n", "line 2, column 6: is not YAML"),
    "alias": ("study: *s\n", "uses *s before it is complete"),
    "key": ("? [a, b]\n: c\n", "line 1, column 3: has a key that is not a word"),
    "two": ("study: a\n---\nstudy: b\n", "line 2, column 1: begins a second document"),
    "empty": ("", "is empty: write at least study and data"),
    "comment": ("# nothing\n", "is empty"),
    "list": ("- study: a\n", "holds a list at the top: write keys there"),
    "word": ("study\n", "holds a single value at the top"),
    "latin": ("study: s\ndata: ü\n".encode("latin-1"), "line 2: is not UTF-8: save the file as UTF-8"),
    "utf16": ("study: s\n".encode("utf-16"), "is not UTF-8"),
    "nul": ("study: a\nx: \0\n", "line 2: holds the character U+0000"),
    "half": ('study: "\\ud800"\n', "holds half a character"),
    "large": ("# " + "x" * 1_000_000, "is larger than 1 MB"),
}  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_with_place_and_mend(name: str, tmp_path: Path) -> None:
    text, said = FILES[name]
    assert said in refused(text, tmp_path)


def test_every_tab_and_syntax_error_has_a_mend(tmp_path: Path) -> None:
    assert "indent with blanks, not with tabs" in refused("data:\n\tpath: a\n", tmp_path)
    assert "quote a text that holds a colon" in refused("study: a: b\n", tmp_path)


def test_a_tag_makes_no_object(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    refused(f"study: !!python/object/apply:os.mkdir ['{victim}']\n", tmp_path)
    assert not victim.exists()


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "sunspots.yaml").touch()
    (tmp_path / "vowels.yml").touch()
    with pytest.raises(ConfigError, match=r"sunspot\.yaml does not exist.*Nearby: sunspots\.yaml"):
        load_config(tmp_path / "sunspot.yaml")
    with pytest.raises(ConfigError, match=r"is a folder: name the study\.yaml in it\. Nearby: "):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "no" / "folder.yaml")
    with pytest.raises(ConfigError, match="does not exist"):
        load_config("nul\0.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config("x" * 5000)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is not a plain file"):
        load_config(tmp_path / "pipe")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("sdata: \n-[]{}&*!?|>'\"#%@,x0.1\t"), max_size=60))
def test_any_text_loads_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_config(path)


def test_a_section_that_stands_twice_may_hold_other_faults(tmp_path: Path) -> None:
    text = "study: a\ndata: {path: a, task: classify, target: y, series: s}\n"
    (tmp_path / "study.yaml").write_text(text + "model: {time: step}\nmodel: {}\n")
    with pytest.raises(ConfigError, match="model: stands in line 3 and again in line 4: keep one"):
        load_config(tmp_path / "study.yaml")
