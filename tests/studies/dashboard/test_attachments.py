"""Files that the dashboard offers, on both databases."""

from __future__ import annotations

from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact

from dropsearch.studies.claims import lifecycle as studies
from dropsearch.studies.claims import optuna_study
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.dashboard.attachments import (
    CONFIG,
    REPORT,
    attach,
    attachment_folder,
    detach,
    is_attached,
    path_of,
    remove_attachments,
)
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store

CONFIG_OF_A_STUDY = {"search": {"objectives": ["score"]}}


def made(store: Store, name: str) -> StudyRecord:
    record, _ = studies.create_study(
        store, name, CONFIG_OF_A_STUDY, "f0", {}, {}, "rmse", "minimize", [{}]
    )
    return record


def contents(store: Store) -> list[str]:
    return sorted(path.read_text() for path in attachment_folder(store).iterdir())


def test_a_file_takes_the_place_of_the_one_before(store: Store) -> None:
    record = made(store, "s")
    number = optuna_study.ensure_study(store, record)
    assert not is_attached(store, record, number, CONFIG)
    attach(store, record, CONFIG, "first")
    assert is_attached(store, record, number, CONFIG)
    attach(store, record, CONFIG, "second")
    attach(store, record, REPORT, "réport")
    assert contents(store) == ["réport", "second"]
    study = load_study(store, record)
    known = {meta.filename: meta for meta in get_all_artifact_meta(study)}
    assert known.keys() == {CONFIG, REPORT}
    assert known[REPORT].mimetype == "text/html"
    link = f"/artifacts/{number}/{known[CONFIG].artifact_id}"
    assert path_of(record, number, CONFIG) == link
    detach(store, record, REPORT)
    assert not is_attached(store, record, number, REPORT)
    assert is_attached(store, record, number, CONFIG)


def test_all_of_a_study_and_nothing_else_is_removed(store: Store) -> None:
    gone, kept = made(store, "gone"), made(store, "kept")
    for record in (gone, kept):
        attach(store, record, REPORT, f"report of {record.name}")
        study = load_study(store, record)
        for where in (study, study.ask()):
            path = attachment_folder(store).parent / "theirs.txt"
            path.write_text(f"a person's, of {record.name}")
            upload_artifact(
                artifact_store=FileSystemArtifactStore(attachment_folder(store)),
                file_path=str(path),
                study_or_trial=where,
            )
    outside = attachment_folder(store).parent / "theirs.txt"
    number = optuna_study.ensure_study(store, gone)
    store.optuna.set_study_system_attr(number, "artifacts:../theirs.txt", "{}")
    assert len(contents(store)) == 6
    remove_attachments(store, gone)
    assert contents(store) == ["a person's, of kept"] * 2 + ["report of kept"]
    assert outside.exists()
    remove_attachments(store, gone)


def test_a_file_of_ours_is_found_without_optunas_study(store: Store) -> None:
    record = made(store, "s")
    attach(store, record, REPORT, "report")
    store.optuna.delete_study(optuna_study.ensure_study(store, record))
    remove_attachments(store, record)
    assert contents(store) == []
