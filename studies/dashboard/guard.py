"""Who may ask the dashboard, and for what: a WSGI middleware around it.

A page from elsewhere can let its own name point to 127.0.0.1 and then reads and deletes as if it
were ours; but its requests still carry that name as their Host.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dropsearch.studies.store.store import Store

OWN = frozenset(("127.0.0.1", "localhost", "::1"))
_SAFE = ("GET", "HEAD", "OPTIONS")
_LARGEST = 2**31 - 1  # id on PostgreSQL
_NUMBERED = re.compile(r"/(?:api/)?(studies|csv|artifacts|trials)/(-?\d+)(?:/(-?\d+)(?=/))?")
_FILE = re.compile(r"/artifacts/(?:-?\d+/){1,2}([0-9a-fA-F-]+)/?")

Refusal = tuple[str, str]  # status, reason


class Guard:
    """Answers known hosts alone, about what is there, and lets no other page read files.

    host: the address that is listened on. folder: where the files of studies are.
    """

    def __init__(self, app: Any, store: Store, host: str, folder: Path) -> None:
        self._app = app
        self._store = store
        self._host = host.lower()
        self._folder = folder

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        refused = self._foreign(environ) or self._missing(environ["PATH_INFO"])
        if refused is None:
            told: list[Any] = []
            content: Iterable[bytes] = self._app(environ, lambda *answer: told.append(answer))
            status, headers, *more = told[-1]
            refused = self._unusable(status, environ)
            if refused is None:
                start(status, _without_sharing(headers), *more)
                return content
        status, reason = refused
        body = json.dumps({"reason": reason}).encode()
        length = ("Content-Length", str(len(body)))
        start(status, [("Content-Type", "application/json"), length])
        return [body]

    def _foreign(self, environ: dict[str, Any]) -> Refusal | None:
        named = environ.get("HTTP_HOST", "")
        if not self._is_ours(named):
            return "403 Forbidden", (
                "The dashboard answers to the name it listens on, 127.0.0.1, localhost and ::1: "
                "open it by one of them, or start it with --host and this name."
            )
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or environ["REQUEST_METHOD"] in _SAFE:
            return None
        if origin.lower().partition("://")[2] != named.lower():
            return "403 Forbidden", "Another page must not change studies."
        return None

    def _is_ours(self, named: str) -> bool:
        host = _name(named)
        if host in OWN or host == self._host:
            return True
        return self._everywhere and (_address(host) is not None or host in self._names)

    @property
    def _everywhere(self) -> bool:
        """Whether it listens on all addresses of this machine; a page's name is none of them."""
        own = _address(self._host)
        return own is not None and own.is_unspecified

    @cached_property
    def _names(self) -> frozenset[str]:
        """Those of this machine; asking for the full one may take seconds."""
        short = socket.gethostname().lower()
        return frozenset((short, f"{short}.local", socket.getfqdn().lower()))

    def _missing(self, path: str) -> Refusal | None:
        numbered = _NUMBERED.match(path)
        if numbered is None:
            return None
        kind, first, second = numbered.groups()
        study, trial = (None, first) if kind == "trials" else (first, second)
        if study is not None and not self._is_there(
            self._store.optuna.get_study_name_from_id, study
        ):
            return "404 Not Found", f"There is no study {study[:20]}."
        if trial is not None and not self._is_there(self._store.optuna.get_trial, trial):
            return "404 Not Found", f"There is no trial {trial[:20]}."
        file = _FILE.fullmatch(path)
        if file is not None and not (self._folder / file.group(1)).is_file():
            return "404 Not Found", "There is no such file."
        return None

    def _unusable(self, status: str, environ: dict[str, Any]) -> Refusal | None:
        """What the dashboard failed over, where that is what the request holds."""
        held = environ.get("QUERY_STRING") or environ["REQUEST_METHOD"] not in _SAFE
        if not status.startswith("500") or not held:
            return None
        try:
            self._store.studies()
        except Exception:  # a database that is away is told by the dashboard
            return None
        return "400 Bad Request", "The dashboard cannot use what this request holds."

    def _is_there(self, find: Callable[[int], Any], number: str) -> bool:
        if len(number) > 10 or not 0 <= int(number) <= _LARGEST:
            return False
        try:
            find(int(number))
        except KeyError:
            return False
        except Exception:  # a database that is away is told by the dashboard
            return True
        return True


def _name(host: str) -> str:
    """Without port and brackets; "" where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _without_sharing(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the one by which a page from anywhere may read the answer."""
    return [one for one in headers if one[0].lower() != "access-control-allow-origin"]
