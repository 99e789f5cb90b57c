"""The store: a database that holds studies, and the folder that goes with it."""

from __future__ import annotations

import difflib
import logging
import os
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dropsearch.studies.commands import command
from dropsearch.studies.errors import NoStudy, StoreAway, StudiesError
from dropsearch.studies.store.address import Address, read_address
from dropsearch.studies.store.disks import ARTIFACTS, NO_DATABASE, check_file, usable_folder
from dropsearch.studies.store.engine import READING, make_engine, write_ahead
from dropsearch.studies.store.held_file import HeldFile
from dropsearch.studies.store.outage import is_outage, patiently
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.schema import prepare

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

log = logging.getLogger("dropsearch")


class Store:
    """A database with our tables and Optuna's. May be used by several threads.

    Never carry one into a forked process: open it there again, from `url` and `artifacts`. Every
    use of an SQLite file that is not where it was opened raises StoreGone.
    """

    def __init__(
        self, address: Address, engine: Engine, held: HeldFile | None, artifacts: Path | None
    ) -> None:
        self.address = address
        self.engine = engine
        self._held = held
        self._told: set[str] = set()  # damaged studies
        self._reader = engine.execution_options(**{READING: True})
        self._artifacts = artifacts

    def __repr__(self) -> str:
        return f"Store({self.shown!r})"

    @property
    def shown(self) -> str:
        """The database for people: the absolute path, or the URL without its password."""
        return self.address.shown

    @property
    def url(self) -> str:
        """What `open_store` takes to open the same database; with the password, never print it."""
        if self.address.path is not None:
            return str(self.address.path)
        return self.address.url.render_as_string(hide_password=False)

    def command(self, verb: str, *given: str, **options: str | None) -> str:
        """A command on this database to be printed; it names it where another is the default."""
        with suppress(StudiesError):
            if read_address(None).shown == self.shown:
                return command(verb, *given, **options)
        return command(verb, *given, storage=self.shown, **options)

    @property
    def artifacts(self) -> Path:
        """Folder of data and checkpoints, shared by all workers; it need not exist yet.

        Raises StudiesError for PostgreSQL where nobody named one, and where no folder can be there.
        """
        given = self._artifacts or os.environ.get(ARTIFACTS)
        if given:
            return usable_folder(Path(os.path.expanduser(given)).absolute())
        if self.address.path is None:
            raise StudiesError(
                f"With PostgreSQL the environment variable {ARTIFACTS} has to name a folder that "
                "all workers share; data and checkpoints go there."
            )
        return usable_folder(self.address.path.with_name(self.address.path.name + ".artifacts"))

    @cached_property
    def optuna(self) -> RDBStorage:
        """Optuna's storage in the same database; its tables are made when it is first used."""
        from dropsearch.studies.store.optuna_storage import open_optuna

        return open_optuna(self.address, self.engine, self._held)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one state of the database and waits for no writer."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end, undone by an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def hurried(self, leaving: Callable[[], bool]) -> Iterator[None]:
        """Within the block a locked SQLite file is waited for less long once `leaving`."""
        if self._held is None:
            yield
            return
        before, self._held.hurried = self._held.hurried, leaving
        try:
            yield
        finally:
            self._held.hurried = before

    def study(self, uuid: str) -> StudyRecord | None:
        """The study as it stands now, None where it was deleted."""
        with self.read() as session:
            return session.get(StudyRecord, uuid)

    def find(self, name: str) -> StudyRecord:
        """The study called `name`.

        Raises NoStudy, which names the nearest one, where there is none, and DamagedStudy.
        """
        from dropsearch.studies.store import damage

        self.refuse_odd(name)
        with damage.whole(self, name), self.read() as session:
            record = session.scalars(
                select(StudyRecord).where(StudyRecord.name == name)
            ).one_or_none()
        if record is None:
            raise self.unknown(name)
        return record

    def refuse_odd(self, name: str) -> None:
        """Raises NoStudy for a name of bytes that are not UTF-8, which no database takes."""
        if "Cs" in map(unicodedata.category, name):
            raise self.unknown(name)

    def unknown(self, name: str) -> NoStudy:
        """What says that there is no study of that name, and which is the nearest."""
        names = sorted(self.names())
        if not names:
            return NoStudy(f"There is no study {name!r}: {self.shown} holds none yet.")
        close = difflib.get_close_matches(name, names, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return NoStudy(
            f"There is no study {name!r} in {self.shown}.{meant} "
            f"It holds: {', '.join(names[:20])}{more}."
        )

    def names(self) -> list[str]:
        """The names of all studies, the oldest first, of damaged ones too."""
        table = StudyRecord.__table__
        with self.read() as session:
            return list(session.scalars(select(table.c.name).order_by(table.c.created, "name")))

    def studies(self) -> list[StudyRecord]:
        """All studies, the oldest first; those that are damaged are left out, and told once."""
        order = select(StudyRecord).order_by(StudyRecord.created, StudyRecord.name)
        try:
            with self.read() as session:
                return list(session.scalars(order))
        except (TypeError, ValueError):
            return self._undamaged()

    def _undamaged(self) -> list[StudyRecord]:
        from dropsearch.studies.store.damage import DamagedStudy

        found = []
        for name in self.names():
            try:
                found.append(self.find(name))
            except DamagedStudy as damaged:
                if name not in self._told:
                    log.warning("%s", damaged)
                self._told.add(name)
            except NoStudy:
                continue  # deleted just now
        return found

    def close(self) -> None:
        """Close all connections. The store may be used again; it then connects anew."""
        self.engine.dispose()
        if "optuna" in self.__dict__:
            self.optuna.remove_session()
            self.optuna.engine.dispose()
        if self._held is not None:
            self._held.close()


def open_store(storage: str | None, *, create: bool, artifacts: Path | None = None) -> Store:
    """The store at `storage`: a URL, a path, or None for $DROPSEARCH_STORAGE or dropsearch.db.

    With `create` the database's file and tables are made where they are missing, whatever number
    of processes does so at once; without, nothing is made. Raises StudiesError, in words and
    without the password, where the database cannot be used, StoreAway where it may be so later.
    """
    address = read_address(storage)
    if address.path is not None:
        check_file(address.path, create=create)
    try:
        if address.path is not None and create:
            write_ahead(address.path)
        held = None if address.path is None else HeldFile(address.path)
        engine = make_engine(address, held)
        try:
            prepare(engine, address.shown, create=create)
        except BaseException:
            engine.dispose()
            if held is not None:
                held.close()
            raise
    except ImportError:
        raise StudiesError(
            "PostgreSQL needs the driver psycopg: pip install 'dropsearch[postgres]'"
        ) from None
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        if reason == "file is not a database":
            raise StudiesError(NO_DATABASE.format(address.shown)) from None
        kind = StoreAway if is_outage(error) else StudiesError
        raise kind(f"Cannot open {address.shown}: {address.scrub(reason)}") from None
    return Store(address, engine, held, artifacts)


def await_study(
    storage: str, artifacts: str, name: str, give_up: Callable[[], None]
) -> tuple[Store, StudyRecord]:
    """Store and study of a launch, which had them open: a database that is away is waited for.

    `give_up`: see `patiently`.
    """
    store = patiently(lambda: open_store(storage, create=False, artifacts=Path(artifacts)), give_up)
    return store, patiently(lambda: store.find(name), give_up)
