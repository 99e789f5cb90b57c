"""Optuna's study of ours: made, found by our UUID, loaded."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from sqlalchemy import func, select

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.optuna_storage import UUID, find_study
from dropsearch.studies.store.records import Claim, StudyRecord
from dropsearch.studies.store.store import Store

METRIC_NAMES = "study:metric_names"  # where Study.set_metric_names keeps them


class StudyGone(StudiesError):  # noqa: N818
    """Optuna's study was deleted."""

    exit_code = 1


def load_study(store: Store, record: StudyRecord, **settings: Any) -> optuna.study.Study:
    """Optuna's study of `record`, made if need be; `settings`: its sampler and pruner."""
    name = store.optuna.get_study_name_from_id(ensure_study(store, record))
    return optuna.load_study(study_name=name, storage=store.optuna, **settings)


def ensure_study(store: Store, record: StudyRecord) -> int:
    """Id of Optuna's study of `record`, which is made where the study has no trial yet.

    Raises StudyGone where it was deleted, and StudiesError where the name is another's.
    """
    while True:
        found = find_study(store.optuna, record)
        if found is not None:
            return found
        if _has_trials(store, record):
            raise _gone(store, record)
        try:
            directions = [StudyDirection[name.upper()] for name in record.directions]
            made = store.optuna.create_new_study(directions, record.name)
        except DuplicatedStudyError:
            made = store.optuna.get_study_id_from_name(record.name)
            _check_unfinished(store.optuna, record, made)
        name_objectives(store.optuna, record, made)
        store.optuna.set_study_user_attr(made, UUID, record.uuid)


def refuse_gone(store: Store, record: StudyRecord) -> None:
    """Raises StudyGone where Optuna's study of `record`, which had trials, was deleted."""
    if find_study(store.optuna, record) is None and _has_trials(store, record):
        raise _gone(store, record)


def _gone(store: Store, record: StudyRecord) -> StudyGone:
    delete = store.command("delete", record.name)
    return StudyGone(
        f"The trials of study {record.name!r} are gone: Optuna's study was deleted, perhaps in the "
        f"dashboard. `{delete}` removes the rest."
    )


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
