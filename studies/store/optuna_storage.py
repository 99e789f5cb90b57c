"""Optuna's storage in our database."""

from __future__ import annotations

import json
import random
import time
from urllib.parse import quote

from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import BaseModel, TrialModel
from sqlalchemy import Engine, delete, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.address import Address
from dropsearch.studies.store.engine import READING, engine_settings, watch
from dropsearch.studies.store.held_file import HeldFile
from dropsearch.studies.store.outage import is_outage
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.schema import refuse_missing

UUID = "dropsearch_uuid"  # Optuna's user attribute that names our study
CREATION_SECONDS = 60.0
DELETIONS = 100  # attempts

_taken: set[str | None] = set()  # stamps that this Optuna takes: to tell, it loads its migrations


class _Storage(RDBStorage):
    """Optuna's storage, which deletes a study even while workers write to it."""

    def delete_study(self, study_id: int) -> None:
        """By SQL: Optuna's own way reads every row, so a damaged one stops it, and gives up in
        silence where one is written meanwhile. Raises KeyError where there is no such study."""
        trials = select(TrialModel.trial_id).where(TrialModel.study_id == study_id)
        for _ in range(DELETIONS):
            try:
                with self.engine.begin() as connection:
                    for table in reversed(BaseModel.metadata.sorted_tables):
                        if "trial_id" in table.c and table.name != TrialModel.__tablename__:
                            connection.execute(delete(table).where(table.c.trial_id.in_(trials)))
                        elif "study_id" in table.c:
                            gone = connection.execute(
                                delete(table).where(table.c.study_id == study_id)
                            )
            except IntegrityError:  # a row came meanwhile
                continue
            if not gone.rowcount:
                raise KeyError(study_id)
            return
        raise StorageInternalError("The study is written to without a pause: stop its workers.")


def open_optuna(address: Address, engine: Engine, held: HeldFile | None) -> RDBStorage:
    """Optuna's storage, its tables made where they are missing.

    Each step of the making can be repeated, and several processes may be at it: one that is in
    another's way begins again. Raises StudiesError for tables of another Optuna, untouched.
    """
    deadline = time.monotonic() + CREATION_SECONDS
    while True:
        stamp = _stamp(engine)
        try:
            storage = _storage(address, engine, held, stamp)
            _refuse_missing(engine, address)
            return storage
        except (DBAPIError, StorageInternalError) as error:
            if _is_optunas(stamp) and not is_outage(error):
                _refuse_missing(engine, address)
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2 * random.random())
        except RuntimeError as error:
            raise StudiesError(
                f"Optuna's tables in {address.shown}: {address.scrub(str(error))} Make a copy of "
                "the database before."
            ) from None


def find_study(storage: RDBStorage, record: StudyRecord) -> int | None:
    """Id of Optuna's study that carries our UUID.

    A copy made in the dashboard carries it too: ours is the one of our name, else the oldest.
    """
    query = text(
        "SELECT s.study_id FROM studies s JOIN study_user_attributes a ON a.study_id = s.study_id "
        "WHERE a.key = :key AND a.value_json = :uuid "
        "ORDER BY CASE WHEN s.study_name = :name THEN 0 ELSE 1 END, s.study_id LIMIT 1"
    )
    marks = {"key": UUID, "uuid": json.dumps(record.uuid), "name": record.name}
    with storage.engine.connect().execution_options(**{READING: True}) as connection:
        found = connection.execute(query, marks).scalar()
    return None if found is None else int(found)


def _refuse_missing(engine: Engine, address: Address) -> None:
    with engine.connect().execution_options(**{READING: True}) as connection:
        refuse_missing(connection, BaseModel.metadata.tables, address.shown)


def _stamp(engine: Engine) -> str | None:
    """The version that Optuna, or another program, wrote into alembic's common table."""
    with engine.connect().execution_options(**{READING: True}) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        stamp = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if stamp is None else str(stamp)


def _is_optunas(stamp: str | None) -> bool:
    """Whether Optuna has written it, whose versions read "v3.2.0.a".

    Its stamp comes last, so stamped tables were whole and an old schema is not mixed with new
    tables; another program's stamp says nothing of Optuna's.
    """
    return stamp is not None and stamp.startswith("v")


def _storage(
    address: Address, engine: Engine, held: HeldFile | None, stamp: str | None
) -> RDBStorage:
    if address.path is not None:
        url = "sqlite:///" + quote(str(address.path))
    else:
        url = address.url.render_as_string(hide_password=False)
    stamped = _is_optunas(stamp)
    storage = _Storage(
        url.replace("{", "{{").replace("}", "}}"),  # Optuna formats it
        engine_kwargs=engine_settings(address, held, own_begin=False),
        skip_table_creation=stamped,
        skip_compatibility_check=stamp in _taken or (stamp is not None and not stamped),
    )
    if stamped:
        _taken.add(stamp)
    if address.path is None:  # one pool for both: its connections are few
        storage.remove_session()
        storage.engine.dispose()
        storage.engine = engine
        storage.scoped_session.configure(bind=engine)
    watch(storage.engine, held)
    return storage
