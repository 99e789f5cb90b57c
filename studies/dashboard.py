"""optuna-dashboard on our store."""

from __future__ import annotations

import sys
from ipaddress import ip_address

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store import Store


def serve_dashboard(store: Store, host: str, port: int) -> None:
    """Serve until interrupted. Raises StudiesError where the address cannot be listened on."""
    import optuna_dashboard

    if not _is_loopback(host):
        print(
            f"Warning: the dashboard has no password, and everybody who reaches {host}:{port} can "
            "read and delete studies. Listen on 127.0.0.1 and use an SSH tunnel instead.",
            file=sys.stderr,
        )
    print(f"optuna-dashboard: http://{host}:{port} (Ctrl-C ends it)", flush=True)
    try:
        optuna_dashboard.run_server(store.optuna, host=host, port=port)
    except OSError as error:
        raise StudiesError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
        ) from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
