"""Creating, resuming and extending a study: what of a changed study.yaml is taken, and what not."""

from __future__ import annotations

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import save_data
from dropsearch.search.config.load import differences
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.starts import as_begun
from dropsearch.search.config.stored import refuse_damaged
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.inputs import Inputs, summary_of
from dropsearch.search.phases.before import learnt_in_words, scored_before
from dropsearch.search.phases.search_claims import Asked, no_pruning, search_claims
from dropsearch.search.phases.starts import starts
from dropsearch.search.versions import versions
from dropsearch.studies.claims.lifecycle import create_study, data_folder, set_halted
from dropsearch.studies.claims.moves import add_trials
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.errors import NoStudy
from dropsearch.studies.store.contract import Start
from dropsearch.studies.store.disks import network_caution
from dropsearch.studies.store.records import DONE, SEARCH, StudyRecord
from dropsearch.studies.store.store import Store


def register(store: Store, config: StudyConfig, inputs: Inputs) -> tuple[StudyRecord, list[str]]:
    """The study of this name, made now or taken up again, and what is to be said about that.

    Raises ConfigError where it exists with another config or other data, DamagedStudy.
    """
    first, told = _first(store, config)
    asked = search_claims(config, first=[start["values"] for start in first])
    summary = summary_of(inputs, config.data.scale, config.weights)
    if first:
        summary["starts"] = first
        summary["before"] = scored_before(config, inputs.metric, store)
        told += learnt_in_words(config, summary)
    save_data(inputs.data, data_folder(store))  # before a worker can see the study
    record, created = create_study(
        store,
        config.study,
        config=config.model_dump(mode="json"),
        fingerprint=inputs.data.fingerprint,
        summary=summary,
        versions=versions(),
        metric=inputs.metric,
        direction=inputs.direction,
        claims=asked.fixed,
    )
    save_data(inputs.data, data_folder(store))  # a `delete` meanwhile may have taken it away
    said = network_caution(store.address.path) + no_pruning(config)
    if created:
        return record, said + told + ([asked.note] if asked.note else [])
    refuse_damaged(store, record.name)
    record, sentences = _resume(store, record, config, inputs.data)
    return record, said + sentences


def _first(store: Store, config: StudyConfig) -> tuple[list[Start], list[str]]:
    """What a study that is new tries first; one that is there has that in its claims."""
    try:
        store.find(config.study)
    except NoStudy:
        return starts(config, store)
    return [], []


def _resume(
    store: Store, record: StudyRecord, config: StudyConfig, data: SequenceData
) -> tuple[StudyRecord, list[str]]:
    before = StudyConfig.model_validate(record.config)
    config, sentences = as_begun(before, config)
    _refuse_changes(store, record, before, config, data)
    if config.search.trials < before.search.trials:
        sentences.append(
            f"The study has a budget of {before.search.trials:,} trials: it only grows, so "
            f"{config.search.trials} is ignored."
        )
    if config.search.start_from != before.search.start_from:
        sentences.append("search.start_from: what is tried first is settled when a study begins.")
    search = config.search.model_copy(
        update={
            "trials": max(before.search.trials, config.search.trials),
            "start_from": before.search.start_from,
        }
    )
    config = config.model_copy(update={"search": search})
    set_halted(store, record.uuid, halted=False)
    asked = _extend(store, record, config, reopen=before.confirm != config.confirm)
    record = store.find(record.name)
    if record.phase == DONE:
        sentences.append(
            f"Study {record.name} is done. For more trials, raise search.trials or add "
            f"--trials {search.trials + 10}."
        )
    if asked.note:
        sentences.append(asked.note)
    return record, sentences


def _extend(store: Store, record: StudyRecord, config: StudyConfig, *, reopen: bool) -> Asked:
    """Add what is missing, first what was to be tried first and a time limit has dropped, however
    many other launches add theirs meanwhile.

    Raises NoStudy where the study is deleted meanwhile.
    """
    first = [start["values"] for start in record.summary.get("starts", [])]
    while True:
        present = [claim.fixed for claim in claims_of(store, record.uuid, SEARCH)]
        asked = search_claims(config, present, first)
        kept = config.model_dump(mode="json")
        if add_trials(
            store, record.uuid, asked.fixed, after=len(present), reopen=reopen, config=kept
        ):
            return asked
        store.find(record.name)


def _refuse_changes(
    store: Store,
    record: StudyRecord,
    before: StudyConfig,
    config: StudyConfig,
    data: SequenceData,
) -> None:
    changes = differences(before, config)
    if record.fingerprint != data.fingerprint:
        changes.append(f"data: the content of {config.data.files} is not that of the study")
    if changes:
        raise ConfigError(
            f"Study {record.name!r} is in {store.shown} already, with other settings:\n  "
            + "\n  ".join(changes)
            + "\nOnly search.trials, search.timeout, confirm and the place of the data may change. "
            "Name this study otherwise, or remove the old one: "
            + store.command("delete", record.name)
        )
