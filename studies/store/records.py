"""Our tables. They stand beside Optuna's and are keyed on a UUID of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from dropsearch.studies.store.contract import Config, Details, FoldRow, Plan, Point, Summary

# The phases of a study, in their order.
SEARCH, FINALISTS, CURVE, HOLDOUT, DONE = "search", "finalists", "curve", "holdout", "done"
PHASES = (SEARCH, FINALISTS, CURVE, HOLDOUT, DONE)
WAITING, RUNNING, FINISHED, FAILED = "waiting", "running", "done", "failed"  # states of a claim


def now() -> datetime:
    """UTC without a zone; kept for people to read, never compared."""
    return datetime.now(UTC).replace(tzinfo=None)


def point_text(point: Point) -> str:
    """One spelling for equal points: keys sorted, whole numbers without a fraction."""
    plain = {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in point.items()
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


class PointText(TypeDecorator[Point]):
    """Chosen parameters as canonical text, so that the database can compare them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Point | None, dialect: Dialect) -> str | None:
        return None if value is None else point_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Point | None:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        float: Double,
        datetime: DateTime,
        **dict.fromkeys((dict[str, Any], Config, Summary, Plan, Details), JSON(none_as_null=True)),
    }


class StudyRecord(Base):
    """A study: what was asked, where it stands, what it answered.

    `halted`: a stop was asked, no claim is given out. `closed`: the search is over early (time
    limit, space exhausted), `note` says why in a sentence. `plan`: what the phases after the
    search fit; `answer`: what came out. contract.py says what their JSON holds.
    """

    __tablename__ = "dropsearch_study"

    uuid: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    config: Mapped[Config]
    fingerprint: Mapped[str] = mapped_column(index=True)
    summary: Mapped[Summary]
    versions: Mapped[dict[str, Any]]
    metric: Mapped[str]
    direction: Mapped[str]
    phase: Mapped[str] = mapped_column(default=SEARCH)
    halted: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]
    plan: Mapped[Plan | None]
    answer: Mapped[dict[str, Any] | None]
    created: Mapped[datetime] = mapped_column(default=now)
    ended: Mapped[datetime | None]

    @property
    def sign(self) -> int:
        """What scores are multiplied by, so that larger ones are better."""
        return 1 if self.direction == "maximize" else -1

    @property
    def directions(self) -> tuple[str, ...]:
        """One for each objective: the score's, and to have less of parameters or cost."""
        others = len(self.config["search"]["objectives"]) - 1
        return (self.direction, *["minimize"] * others)


class Claim(Base):
    """One fit that a study has to do.

    `fixed`: values that the fit must have ({}: ask the sampler). `point`: the parameters chosen.
    `value`: the mean over the folds; `parameters` and `cost` (multiply-adds of the training) are
    those of one fold's network. `details`: where the fit does worst, by class, series and step.
    `epoch`: the last one finished. `attempts`: taken so often, not counting those given back;
    `barren`: of these, ended by a dead worker after the fit was begun (the search: its trial made)
    and before any epoch was finished; `advanced`: the present attempt has finished one. `value`
    stays None for a fit that was pruned.
    """

    __tablename__ = "dropsearch_claim"
    __table_args__ = (
        UniqueConstraint("study", "phase", "number"),
        UniqueConstraint("study", "phase", "repeat", "point"),
        Index(None, "study", "state", "phase", "number"),
        {"sqlite_autoincrement": True},  # a trial carries its claim's id: never give it out again
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey(StudyRecord.uuid, ondelete="CASCADE"))
    phase: Mapped[str]
    number: Mapped[int]
    repeat: Mapped[int] = mapped_column(default=0)
    fixed: Mapped[dict[str, Any]]
    point: Mapped[Point | None] = mapped_column(PointText)
    state: Mapped[str] = mapped_column(default=WAITING)
    holder: Mapped[str | None]
    heartbeat: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    barren: Mapped[int] = mapped_column(default=0)
    advanced: Mapped[bool] = mapped_column(default=False)
    checkpoint: Mapped[str | None]
    trial: Mapped[int | None]
    value: Mapped[float | None]
    parameters: Mapped[int | None]
    cost: Mapped[float | None]
    best_epoch: Mapped[int | None]
    epoch: Mapped[int | None]
    details: Mapped[Details | None]
    reason: Mapped[str | None]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]


class FoldScore(Base):
    """What one epoch gave on one fold; the rows of an epoch are written in one transaction."""

    __tablename__ = "dropsearch_fold_score"

    claim: Mapped[int] = mapped_column(ForeignKey(Claim.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    fold: Mapped[int] = mapped_column(primary_key=True)
    train_loss: Mapped[float]
    val_loss: Mapped[float]
    metric: Mapped[float]
    updates: Mapped[int]
    seconds: Mapped[float]

    @property
    def row(self) -> FoldRow:
        """As the fit has told it."""
        return cast(FoldRow, {key: getattr(self, key) for key in FoldRow.__annotations__})
