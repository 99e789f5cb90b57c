"""Where a study is stored: a path or URL as the user gave it, made safe to open and to show."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url

from dropsearch.studies.errors import StudiesError

VARIABLE = "DROPSEARCH_STORAGE"
DEFAULT = "sqlite:///dropsearch.db"
POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
SQLITE_HEADER = b"SQLite format 3\x00"
SECRET_OPTIONS = ("password", "sslpassword")


@dataclass(frozen=True)
class Address:
    """A storage. `path` is the SQLite file itself, whatever links lead to it, None for PostgreSQL;
    `url` holds the password."""

    url: URL = field(repr=False)
    path: Path | None

    @property
    def shown(self) -> str:
        """What may be printed and, for SQLite, given to --storage again."""
        if self.path is not None:
            return str(self.path)
        hidden = {key: "***" for key in SECRET_OPTIONS if key in self.url.query}
        shown = self.url.update_query_dict(hidden).render_as_string(hide_password=True)
        return shown.replace("%2A%2A%2A", "***")

    def scrub(self, text: str) -> str:
        """`text` without the password, however it is spelt there."""
        secrets = [self.url.password, *(self.url.query.get(key) for key in SECRET_OPTIONS)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                for spelling in {secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1]}:
                    text = text.replace(spelling, "***")
        return text


def read_address(storage: str | None) -> Address:
    """The address that `storage` means; None: $DROPSEARCH_STORAGE, else dropsearch.db here.

    Raises StudiesError for any other kind of database, for a file that cannot outlive the process
    and for a URL that cannot be read; the text holds no password.
    """
    text = storage or os.environ.get(VARIABLE) or DEFAULT
    if "\0" in text:
        raise StudiesError("The storage holds a zero byte: give a path or a URL.")
    if "Cs" in map(unicodedata.category, text):
        raise StudiesError("The storage holds bytes that are not UTF-8: rename the file.")
    scheme, separator, _ = text.partition("://")
    scheme = scheme.lower()
    if not separator:
        return _sqlite(os.path.expanduser(text))
    if scheme in POSTGRES:
        return _postgres(text)
    if scheme in ("sqlite", "sqlite+pysqlite"):
        return _sqlite_url(text)
    raise StudiesError(
        f"The storage is a URL of kind {scheme!r}; dropsearch keeps studies in SQLite "
        f"(a path such as dropsearch.db) or in PostgreSQL ({FORM})."
    )


def _sqlite_url(text: str) -> Address:
    match = re.fullmatch(r"[^:]+:///(?P<path>[^?]+)(?P<options>\?.*)?", text, re.DOTALL)
    if match is None:
        raise StudiesError(
            f"{text!r} names no file. Write sqlite:/// and the path, or the path alone."
        )
    if match["options"] is not None:
        raise StudiesError(
            f"{text!r} holds a question mark: SQLite options are not taken here. "
            "Give the path alone, without sqlite:///."
        )
    return _sqlite(re.sub(r"%([0-9A-Fa-f]{2})", _decoded, match["path"]))


def _decoded(match: re.Match[str]) -> str:
    value = int(match[1], 16)
    return chr(value) if 32 <= value < 127 else match[0]


def _sqlite(name: str) -> Address:
    if name.strip() in ("", ":memory:"):
        raise StudiesError(
            "A study has to outlive the process: give a file as storage, not memory alone."
        )
    path = Path(os.path.realpath(name))  # where SQLite's other files and the artifacts lie
    return Address(URL.create("sqlite", database=str(path)), path)


def _postgres(text: str) -> Address:
    signs = _raw_characters(text)
    if signs:
        one = len(signs) == 1
        raise StudiesError(
            f"The storage URL holds the character{'' if one else 's'} {' '.join(signs)}, which "
            f"{'has a meaning of its' if one else 'have meanings of their'} own in URLs: in a user "
            f"name, a password or an option write {'it' if one else 'them'} as "
            f"{' '.join(quote(sign, safe='') for sign in signs)}, or put the password into "
            "~/.pgpass."
        )
    try:
        url = make_url(text)
    except Exception:
        raise StudiesError(f"The storage URL cannot be read; its form is {FORM}.") from None
    return Address(url.set(drivername="postgresql+psycopg"), None)


def _raw_characters(text: str) -> list[str]:
    """Those that should be percent-encoded and are not; URLs are split at the first @."""
    rest = text.partition("://")[2]
    end = re.search(r"[/?#]", rest)
    authority, tail = (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])
    user, at, host = authority.rpartition("@")
    if "@" in tail:
        path, _, options = tail.partition("?")
        port = re.fullmatch(r"[^:\[\]]*:(.*)", host)
        no_port = port is not None and not re.fullmatch(r"\d*", port[1])
        no_option = options != "" and "=" not in options.partition("@")[0]
        if no_port or no_option or "@" in path:
            user = rest.rpartition("@")[0]
        elif not at:
            return ["@"]
    raw = [sign for sign in "@/?#" if sign in user]
    raw += [":"] if user.count(":") > 1 else []
    return raw + (["%"] if re.search(r"%(?![0-9A-Fa-f]{2})", user) else [])


def is_sqlite(path: Path) -> bool:
    """Whether the file is an SQLite database; an empty file is one without tables."""
    with path.open("rb") as file:
        return file.read(len(SQLITE_HEADER)) in (b"", SQLITE_HEADER)


def nearby(path: Path) -> Path | None:
    """An SQLite database that the user may have meant by `path`, which does not exist."""
    folders = [path.parent]
    above = path.parent.parent
    if not path.parent.is_dir() and above.is_dir():
        names = [entry.name for entry in _entries(above) if entry.is_dir()]
        folders = [above / name for name in difflib.get_close_matches(path.parent.name, names)]
        folders.append(above)
    if Path.cwd() not in folders:
        folders.append(Path.cwd())
    for folder in folders:
        names = [entry.name for entry in _entries(folder) if _holds_tables(entry)]
        close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.0)
        if close:
            return folder / close[0]
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:1000]
    except OSError:
        return []


def _holds_tables(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0 and is_sqlite(path)
    except OSError:
        return False
