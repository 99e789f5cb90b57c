"""optuna-dashboard on our store."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dropsearch.studies.dashboard.guard import Guard
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.held_file import StoreGone
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

LOOK = 5.0  # seconds between two looks for ended studies


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each connection in a thread: one that a browser leaves idle holds up no other."""

    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Silent(WSGIRequestHandler):
    """Keeps requests off the terminal; the dashboard asks every few seconds."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


def serve_dashboard(store: Store, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises StudiesError where the address cannot be listened on, StoreGone where the file is lost.
    """
    import optuna_dashboard
    from optuna.artifacts import FileSystemArtifactStore

    from dropsearch.studies.dashboard.attachments import attachment_folder

    if not _is_loopback(host):
        print(
            f"Warning: the dashboard has no password, and everybody who reaches {host}:{port} can "
            "read and delete studies. Listen on 127.0.0.1 and use an SSH tunnel instead.",
            file=sys.stderr,
        )
    folder = attachment_folder(store)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudiesError(f"Cannot make the folder {folder}: {error.strerror}.") from None
    app = optuna_dashboard.wsgi(store.optuna, artifact_store=FileSystemArtifactStore(folder))
    guarded: Any = Guard(app, store, host, folder)
    kind = _Server6 if ":" in host else _Server
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        server = make_server(host, port, guarded, server_class=kind, handler_class=_Silent)
    except OSError as error:
        raise StudiesError(
            f"Cannot listen on {place}: {error.strerror}. Choose another --port."
        ) from None
    print(f"optuna-dashboard: http://{place} (Ctrl-C ends it)", flush=True)
    threading.Thread(target=_keep_pages, args=(store, server), daemon=True).start()
    with server:
        server.serve_forever()
    store.studies()  # raises the StoreGone that has ended it


def _keep_pages(store: Store, server: WSGIServer) -> None:
    """Write what ended studies lack on their pages, as long as the dashboard runs."""
    from dropsearch.studies.dashboard.note import publish_missing

    while True:
        try:
            publish_missing(store)
        except StoreGone:
            server.shutdown()
            return
        except Exception as error:  # a database that is away comes back
            log.warning("The pages of ended studies wait: %s", error)
        time.sleep(LOOK)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
