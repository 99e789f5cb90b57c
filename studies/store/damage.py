"""Studies whose rows cannot be used: what is damaged is named, and the others go on."""

from __future__ import annotations

import math
import uuid as uuids
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from sqlalchemy import JSON, Double, and_, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.contract import Config, Plan, StoredAnswer, Summary
from dropsearch.studies.store.outage import is_outage
from dropsearch.studies.store.records import (
    FAILED,
    FINISHED,
    PHASES,
    RUNNING,
    WAITING,
    Claim,
    FoldScore,
    PointText,
    StudyRecord,
)

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from dropsearch.studies.store.store import Store

MOST = 3  # damages that are named

SHAPES = {"config": Config, "summary": Summary, "plan": Plan, "answer": StoredAnswer}
WORDS = {
    "phase": PHASES,
    "direction": ("minimize", "maximize"),
    "state": (WAITING, RUNNING, FINISHED, FAILED),
}

ConfigFault = Callable[[dict[str, Any]], "str | None"]


class DamagedStudy(StudiesError):  # noqa: N818
    """Rows of a study cannot be used; `found` says which, and what is wrong with them."""

    exit_code = 1

    def __init__(self, store: Store, name: str, found: str) -> None:
        super().__init__(
            f"Study {name!r} in {store.shown} is damaged: {found}. Put a copy of the database "
            f"back, or remove the study: {store.command('delete', name)}"
        )
        self.found = found


@contextmanager
def whole(store: Store, name: str, config_fault: ConfigFault = lambda _: None) -> Iterator[None]:
    """What fails in the block for want of a whole study raises DamagedStudy, which names the rows.

    config_fault: what is wrong with a config, where the caller knows more of it. This room's own
    errors, a database that is away, and what the study's rows do not explain pass through.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, StudiesError) or is_outage(error):
            raise
        found = damages(store, name, config_fault) or _scores(store, name) or _optunas(store, name)
        if not found:
            raise
        raise DamagedStudy(store, name, "; ".join(found)) from error


def refuse_damaged(store: Store, name: str, config_fault: ConfigFault) -> None:
    """Raise DamagedStudy where rows of the study cannot be used."""
    if found := damages(store, name, config_fault):
        raise DamagedStudy(store, name, "; ".join(found))


def damages(store: Store, name: str, config_fault: ConfigFault = lambda _: None) -> list[str]:
    """What of the study's rows cannot be used, the first few, in words."""
    found: list[str] = []
    with store.read() as session:
        try:
            for text in _damages(session, name, config_fault):
                found.append(text)
                if len(found) == MOST:
                    break
        except DBAPIError as error:
            if is_outage(error):
                raise
            found.append(f"it cannot be read ({str(error.orig).partition(chr(10))[0]})")
    return found


def _scores(store: Store, name: str) -> list[str]:
    """What is wrong with the rows of its folds, which are too many to be looked at before."""
    table = FoldScore.__table__
    with store.read() as session:
        own = select(Claim.id).join(StudyRecord).where(StudyRecord.name == name)
        for column in table.columns:
            if fault := _column_fault(session, column, table.c.claim.in_(own)):
                return [f"the {column.name} of a fold's row: {fault}"]
        sizes: dict[tuple[str, int], set[tuple[int, int]]] = {}
        for phase, number, size, last in session.execute(
            select(Claim.phase, Claim.number, func.count(), func.max(FoldScore.fold))
            .join(FoldScore)
            .where(Claim.id.in_(own))
            .group_by(Claim.phase, Claim.number, FoldScore.epoch)
        ):
            sizes.setdefault((phase, number), set()).add((size, last + 1))
    return [
        f"the scores of fit {number} in its phase {phase}: not every epoch has one of every fold"
        for (phase, number), found in sizes.items()
        if len({size for pair in found for size in pair}) > 1
    ][:MOST]


def _optunas(store: Store, name: str) -> list[str]:
    """What keeps Optuna from reading its side of the study, in words."""
    from dropsearch.studies.store.optuna_storage import find_study  # brings Optuna

    study = find_study(store.optuna, store.find(name))
    if study is None:  # which others tell
        return []
    try:
        store.optuna.get_study_directions(study)
        trials = store.optuna.get_all_trials(study, deepcopy=False)
    except Exception as error:  # whatever it makes of a cell of another kind
        if is_outage(error):
            raise
        while isinstance(error.__cause__, Exception):
            error = error.__cause__
        return [f"Optuna's rows of it: {str(error).partition(chr(10))[0] or type(error).__name__}"]
    unnumbered = [trial.number for trial in trials if not isinstance(trial.number, int)]
    if unnumbered:
        return [f"Optuna's rows of it: a trial has the number {unnumbered[0]!r:.40}"]
    return [
        f"Optuna's trial {trial.number}: {fault}"
        for trial in trials
        if (fault := _trial_fault(trial)) is not None
    ][:MOST]


def _trial_fault(trial: FrozenTrial) -> str | None:
    from optuna.distributions import CategoricalDistribution

    if trial.state.name == "COMPLETE" and not (trial.values and _numeric(trial.values)):
        return f"complete, and its value is {trial.values!r:.40}"
    for name, value in trial.params.items():
        choices = isinstance(trial.distributions[name], CategoricalDistribution)
        if not choices and not _numeric([value]):
            return f"its {name} is {value!r:.40}"
    for step, value in trial.intermediate_values.items():
        if not _numeric([value]):
            return f"its value at step {step} is {value!r:.40}"
    return None


def _numeric(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _damages(session: Session, name: str, config_fault: ConfigFault) -> Iterator[str]:
    table = StudyRecord.__table__
    where = table.c.name == name
    for column in table.columns:
        fault = _column_fault(session, column, where)
        if fault is None and column.name in SHAPES:
            value = session.scalar(select(column).where(where))
            fault = None if value is None else _misshapen(value, SHAPES[column.name])
            if fault is None and column.name == "config" and isinstance(value, dict):
                fault = config_fault(value)
        if fault is not None:
            yield f"its {column.name}: {fault}"
    uuid = session.scalar(select(table.c.uuid).where(where))
    try:
        uuids.UUID(str(uuid))
    except ValueError:
        yield f"its uuid: {str(uuid)!r:.40} is none"
    yield from _damaged_claims(session, str(uuid))


def _damaged_claims(session: Session, study: str) -> Iterator[str]:
    table = Claim.__table__
    for column in table.columns:
        if _column_fault(session, column, table.c.study == study) is None:
            continue
        query = select(table.c.id, table.c.phase, table.c.number).where(table.c.study == study)
        for key, phase, number in session.execute(query.order_by(table.c.id)):
            if (fault := _column_fault(session, column, table.c.id == key)) is not None:
                yield f"the {column.name} of fit {number} in its phase {phase}: {fault}"
    scores = and_(FoldScore.claim == Claim.id, FoldScore.epoch == Claim.best_epoch)
    lacking = (
        select(table.c.phase, table.c.number)
        .join(FoldScore, scores, isouter=True)
        .where(table.c.study == study, table.c.state == FINISHED, table.c.value.is_not(None))
        .group_by(table.c.id, table.c.phase, table.c.number)
        .having(func.count(FoldScore.fold) == 0)
    )
    for phase, number in session.execute(lacking):
        yield f"the scores of fit {number} in its phase {phase} are gone"


def _column_fault(session: Session, column: Any, where: Any) -> str | None:
    """What is wrong with the first value of the column that is wrong."""
    try:
        values = session.scalars(select(column).where(where)).all()
    except DBAPIError:
        raise
    except Exception as error:
        return _short(error)
    kinds = _kinds(column)
    for value in values:
        if value is None:
            if not column.nullable:
                return "it is empty"
        elif not isinstance(value, kinds) or (isinstance(value, float) and math.isnan(value)):
            return f"{_short(repr(value))} is no {kinds[0].__name__}"
        elif column.name in WORDS and value not in WORDS[column.name]:
            return f"{_short(repr(value))} is none of {', '.join(WORDS[column.name])}"
    return None


def _kinds(column: Any) -> tuple[type, ...]:
    if isinstance(column.type, JSON | PointText):
        return (dict,)
    return (float, int) if isinstance(column.type, Double) else (column.type.python_type,)


def _misshapen(value: Any, hint: Any, path: str = "") -> str | None:
    """Where the value is not of the type, one of those that contract.py uses, and why not."""
    if is_typeddict(hint):
        if not isinstance(value, dict):
            return f"{path or 'it'} is no mapping"
        for key, inner in get_type_hints(hint).items():
            place = f"{path}.{key}".lstrip(".")
            if key in value:
                if fault := _misshapen(value[key], inner, place):
                    return fault
            elif key not in hint.__optional_keys__:
                return f"{place} is missing"
        return None
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        faults = [_misshapen(value, one, path) for one in get_args(hint)]
        return None if None in faults else faults[0]
    kinds = (int, float) if hint is float else origin or hint
    fits = value in get_args(hint) if origin is Literal else isinstance(value, kinds)
    return None if fits else f"{path} cannot be {_short(repr(value))}"


def _short(said: object) -> str:
    text = str(said).partition("\n")[0]
    return text if len(text) <= 80 else text[:77] + "..."
