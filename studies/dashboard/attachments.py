"""Files of a study that optuna-dashboard offers: Optuna's artifacts, in the store's folder.

A file that we make has one id for good, made of the study's UUID and the file's name, so a new
version takes the old one's place, and the file is found without Optuna's study.
"""

from __future__ import annotations

import json
import os
import uuid as uuids
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from optuna.artifacts import ArtifactMeta, FileSystemArtifactStore
from optuna.artifacts.exceptions import ArtifactNotFound
from sqlalchemy import text

from dropsearch.studies.claims import optuna_study
from dropsearch.studies.store.optuna_storage import find_study
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store

CONFIG, REPORT = "best.yaml", "report.html"
KINDS = {CONFIG: "application/yaml", REPORT: "text/html"}
LINK = "artifacts:"  # Optuna keeps what it knows of a file in an attribute of this name and the id


def attachment_folder(store: Store) -> Path:
    """Where the files of all studies lie; it need not exist."""
    return store.artifacts / "dashboard"


def attach(store: Store, record: StudyRecord, name: str, content: str) -> None:
    """Offer `content` as the study's file `name`, in place of what was there."""
    folder = attachment_folder(store)
    folder.mkdir(parents=True, exist_ok=True)
    meta = ArtifactMeta(_id(record, name), name, KINDS[name], encoding=None)
    part = folder / f"{meta.artifact_id}.{os.getpid()}.part"
    try:
        part.write_text(content, encoding="utf-8")
        part.replace(folder / meta.artifact_id)
    finally:
        part.unlink(missing_ok=True)
    store.optuna.set_study_system_attr(
        optuna_study.ensure_study(store, record), LINK + meta.artifact_id, json.dumps(asdict(meta))
    )


def is_attached(store: Store, record: StudyRecord, study: int, name: str) -> bool:
    """Whether Optuna's study offers the file `name` of ours."""
    return LINK + _id(record, name) in store.optuna.get_study_system_attrs(study)


def path_of(record: StudyRecord, study: int, name: str) -> str:
    """Path in the dashboard of a file of ours."""
    return f"/artifacts/{study}/{_id(record, name)}"


def detach(store: Store, record: StudyRecord, name: str) -> None:
    """Offer the file `name` no longer, since what it says is outdated."""
    statement = text("DELETE FROM study_system_attributes WHERE study_id = :study AND key = :key")
    study = optuna_study.ensure_study(store, record)
    with store.write() as session:
        session.execute(statement, {"study": study, "key": LINK + _id(record, name)})


def remove_attachments(store: Store, record: StudyRecord) -> None:
    """Remove the study's files, also those that people added in the dashboard."""
    files = FileSystemArtifactStore(attachment_folder(store))
    found = find_study(store.optuna, record)
    linked = [] if found is None else _linked(store, found)
    with suppress(ValueError):  # a damaged study, whose files nobody can name
        linked += [_id(record, name) for name in KINDS]
    for artifact in set(linked):
        try:
            files.remove(artifact)
        except (ArtifactNotFound, ValueError):  # gone already, or an id that leads elsewhere
            continue


def _linked(store: Store, study: int) -> list[str]:
    """Ids of the files of Optuna's study and of its trials."""
    query = text(
        "SELECT key FROM study_system_attributes WHERE study_id = :study AND key LIKE :link "
        "UNION SELECT a.key FROM trial_system_attributes a JOIN trials t "
        "ON t.trial_id = a.trial_id WHERE t.study_id = :study AND a.key LIKE :link"
    )
    with store.read() as session:
        keys = session.scalars(query, {"study": study, "link": LINK + "%"})
        return [key.removeprefix(LINK) for key in keys]


def _id(record: StudyRecord, name: str) -> str:
    return str(uuids.uuid5(uuids.UUID(record.uuid), name))
