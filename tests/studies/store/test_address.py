"""What --storage may say, and that no password is ever shown."""

from __future__ import annotations

import os
import sqlite3
from itertools import permutations
from pathlib import Path

import pytest

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.address import nearby, read_address


def test_default_is_a_file_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    assert read_address(None).path == tmp_path / "dropsearch.db"
    monkeypatch.setenv("DROPSEARCH_STORAGE", "sqlite:///other.db")
    assert read_address(None).path == tmp_path / "other.db"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/a/b.db", "/a/b.db"),
        ("sqlite:////a/b.db", "/a/b.db"),
        ("sqlite+pysqlite:////a/b.db", "/a/b.db"),
        ("/a/100% of {it} %41.db", "/a/100% of {it} %41.db"),
        ("sqlite:////a/my%20file%.db", "/a/my file%.db"),
        ("~/b.db", os.path.expanduser("~/b.db")),
    ],
)
def test_sqlite_paths(given: str, path: str) -> None:
    address = read_address(given)
    assert address.path == Path(path)
    assert read_address(address.shown).path == Path(path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_psycopg(scheme: str) -> None:
    address = read_address(f"{scheme}://me:secret@host:5433/db")
    assert address.url.drivername == "postgresql+psycopg"
    assert (address.url.port, address.path) == (5433, None)


@pytest.mark.parametrize(
    "given",
    ["postgresql://u:p%40%3A%2F%25%23%3Fz@h/d", "postgresql://h/d?password=p%40%3A/&user=u"],
)
def test_password_is_kept_and_never_shown(given: str) -> None:
    address = read_address(given)
    for shown in (address.shown, repr(address), str(address)):
        assert "p%40" not in shown
        assert "p@:" not in shown
    assert "***" in address.shown


def test_encoded_password_is_decoded() -> None:
    address = read_address("postgresql://u:p%40%3A%2F%25%23%3Fz@h/d")
    assert address.url.password == "p@:/%#?z"
    assert address.scrub("no p@:/%#?z, no p%40%3A%2F%25%23%3Fz.") == "no ***, no ***."


@pytest.mark.parametrize("character", "@:/%#?")
def test_raw_character_in_a_password_is_named(character: str) -> None:
    with pytest.raises(StudiesError) as error:
        read_address(f"postgresql://me:geh{character}eim@host:5432/db")
    assert f"the character {character}," in str(error.value)
    assert "geh" not in str(error.value)
    assert "eim" not in str(error.value)


@pytest.mark.parametrize("characters", ["".join(p) for p in permutations("@:/%#?", 3)])
def test_several_raw_characters_in_a_password_are_named_at_once(characters: str) -> None:
    a, b, c = characters
    with pytest.raises(StudiesError) as error:
        read_address(f"postgresql://me:geh{a}e{b}i{c}m@host:5432/db")
    named = str(error.value).partition("characters ")[2].partition(", which")[0].split()
    assert sorted(named) == sorted(characters)
    assert "geh" not in str(error.value)


def test_raw_at_sign_in_an_option_is_named() -> None:
    with pytest.raises(StudiesError, match=r"the character @, .* write it as %40"):
        read_address("postgresql://host:5432/db?options=a@b")


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://postgres:@/db?host=/tmp/x",
        "postgresql://host:5432/db?options=a%40b",
        "postgresql://host/db",
        "postgresql://[::1]:5432/db",
        "postgresql:///db",
    ],
)
def test_urls_without_a_password(given: str) -> None:
    assert read_address(given).url.password in (None, "")


@pytest.mark.parametrize(
    ("given", "say"),
    [
        ("mysql://me:geheim@host/db", "kind 'mysql'"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "outlive"),
        (":memory:", "outlive"),
        ("sqlite:///a.db?mode=ro", "question mark"),
        ("postgresql://me:geheim@host:port/db", "cannot be read"),
        ("a\0b", "zero byte"),
    ],
)
def test_refused(given: str, say: str) -> None:
    with pytest.raises(StudiesError, match=say) as error:
        read_address(given)
    assert "geheim" not in str(error.value)


def test_nearby_prefers_the_similar_name(tmp_path: Path) -> None:
    for name in ("alpha.db", "dropsearch.db"):
        with sqlite3.connect(tmp_path / name) as connection:
            connection.execute("CREATE TABLE t (x)")
    (tmp_path / "dropsaerch.txt").write_text("no database")
    assert nearby(tmp_path / "dropsaerch.db") == tmp_path / "dropsearch.db"
    assert nearby(tmp_path.parent / (tmp_path.name + "x") / "alpha.db") == tmp_path / "alpha.db"
