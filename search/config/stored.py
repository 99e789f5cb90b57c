"""Studies that this room reads from the store, whose config it knows best."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from dropsearch.studies.store import damage
from dropsearch.studies.store.store import Store


@contextmanager
def whole(store: Store, name: str) -> Iterator[None]:
    """As `studies.store.damage.whole`, the config checked by the schema."""
    with damage.whole(store, name, _fault):
        yield


def refuse_damaged(store: Store, name: str) -> None:
    """As `studies.store.damage.refuse_damaged`, the config checked by the schema."""
    damage.refuse_damaged(store, name, _fault)


def _fault(config: dict[str, Any]) -> str | None:
    from dropsearch.search.config.schema import StudyConfig

    try:
        StudyConfig.model_validate(config)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None
