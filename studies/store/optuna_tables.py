"""Optuna's side of a study: its storage in our database, and its study of ours."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import optuna
from optuna.exceptions import DuplicatedStudyError, StorageInternalError
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import BaseModel
from optuna.study import StudyDirection
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.address import Address
from dropsearch.studies.store.engine import READING, engine_settings, watch
from dropsearch.studies.store.held_file import HeldFile
from dropsearch.studies.store.outage import is_outage
from dropsearch.studies.store.records import Claim, StudyRecord
from dropsearch.studies.store.schema import refuse_missing

if TYPE_CHECKING:
    from dropsearch.studies.store.store import Store

UUID = "dropsearch_uuid"  # Optuna's user attribute that names our study
METRIC_NAMES = "study:metric_names"  # where Study.set_metric_names keeps them
CREATION_SECONDS = 60.0
DELETIONS = 100  # attempts


class StudyGone(StudiesError):  # noqa: N818
    """Optuna's study was deleted."""

    exit_code = 1


class _Storage(RDBStorage):
    """Optuna's storage, which deletes a study even while workers write to it."""

    def delete_study(self, study_id: int) -> None:
        """Optuna gives up in silence where a row is written meanwhile: then it is asked again."""
        for _ in range(DELETIONS):
            super().delete_study(study_id)
            try:
                self.get_study_name_from_id(study_id)
            except KeyError:
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
        skip_compatibility_check=stamp is not None and not stamped,
    )
    if address.path is None:  # one pool for both: its connections are few
        storage.remove_session()
        storage.engine.dispose()
        storage.engine = engine
        storage.scoped_session.configure(bind=engine)
    watch(storage.engine, held)
    return storage


def load_study(store: Store, record: StudyRecord, **settings: Any) -> optuna.study.Study:
    """Optuna's study of `record`; `settings` are load_study's sampler and pruner."""
    name = store.optuna.get_study_name_from_id(study_id(store, record))
    return optuna.load_study(study_name=name, storage=store.optuna, **settings)


def study_id(store: Store, record: StudyRecord) -> int:
    """Id of Optuna's study of `record`, which is made where the study has no trial yet.

    Raises StudyGone where it was deleted, and StudiesError where the name is another's.
    """
    while True:
        found = find(store.optuna, record)
        if found is not None:
            return found
        if _has_trials(store, record):
            delete = store.command("delete", record.name)
            raise StudyGone(
                f"The trials of study {record.name!r} are gone: Optuna's study was deleted, "
                f"perhaps in the dashboard. `{delete}` removes the rest."
            )
        try:
            directions = [StudyDirection[name.upper()] for name in record.directions]
            made = store.optuna.create_new_study(directions, record.name)
        except DuplicatedStudyError:
            made = store.optuna.get_study_id_from_name(record.name)
            _check_unfinished(store.optuna, record, made)
        name_objectives(store.optuna, record, made)
        store.optuna.set_study_user_attr(made, UUID, record.uuid)


def name_objectives(storage: RDBStorage, record: StudyRecord, study: int) -> None:
    """Call Optuna's objectives by their names, the score by its metric's."""
    names = [record.metric, *record.config["search"]["objectives"][1:]]
    storage.set_study_system_attr(study, METRIC_NAMES, names)


def is_ours(storage: RDBStorage, record: StudyRecord, found: int) -> bool:
    """Whether Optuna's study with that id still is the one of `record`."""
    try:
        return storage.get_study_user_attrs(found).get(UUID) == record.uuid
    except KeyError:
        return False


def find(storage: RDBStorage, record: StudyRecord) -> int | None:
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


def is_taken(storage: RDBStorage, name: str) -> bool:
    """Whether Optuna has a study of that name."""
    try:
        storage.get_study_id_from_name(name)
    except KeyError:
        return False
    return True


def _check_unfinished(storage: RDBStorage, record: StudyRecord, found: int) -> None:
    """A study of our name without our UUID is ours if its making was cut off: it is empty."""
    empty = storage.get_n_trials(found) == 0  # read first: trials come after the UUID
    mark = storage.get_study_user_attrs(found).get(UUID)
    if mark != record.uuid and not (mark is None and empty):
        raise foreign(record.name)


def foreign(name: str) -> StudiesError:
    return StudiesError(
        f"The database holds an Optuna study {name!r} that is not of dropsearch: choose another "
        "name (`study:` in the file) or another --storage."
    )


def _has_trials(store: Store, record: StudyRecord) -> bool:
    with store.read() as session:
        begun = select(func.count()).where(Claim.study == record.uuid, Claim.trial.is_not(None))
        return bool(session.scalar(begun))
