"""The first tables: studies, claims, fold scores."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "dropsearch_study",
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("halted", sa.Boolean, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("plan", sa.JSON),
        sa.Column("answer", sa.JSON),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime),
        sa.PrimaryKeyConstraint("uuid", name="pk_dropsearch_study"),
        sa.UniqueConstraint("name", name="uq_dropsearch_study_name"),
    )
    op.create_index("ix_dropsearch_study_fingerprint", "dropsearch_study", ["fingerprint"])
    op.create_table(
        "dropsearch_claim",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("fixed", sa.JSON, nullable=False),
        sa.Column("point", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("heartbeat", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("barren", sa.Integer, nullable=False),
        sa.Column("advanced", sa.Boolean, nullable=False),
        sa.Column("checkpoint", sa.Text),
        sa.Column("trial", sa.Integer),
        sa.Column("value", sa.Double),
        sa.Column("parameters", sa.Integer),
        sa.Column("cost", sa.Double),
        sa.Column("best_epoch", sa.Integer),
        sa.Column("epoch", sa.Integer),
        sa.Column("details", sa.JSON),
        sa.Column("reason", sa.Text),
        sa.Column("started", sa.DateTime),
        sa.Column("ended", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_dropsearch_claim"),
        sa.ForeignKeyConstraint(
            ["study"],
            ["dropsearch_study.uuid"],
            name="fk_dropsearch_claim_study",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "study", "phase", "number", name="uq_dropsearch_claim_study_phase_number"
        ),
        sa.UniqueConstraint(
            "study", "phase", "repeat", "point", name="uq_dropsearch_claim_study_phase_repeat_point"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_dropsearch_claim_study_state_phase_number",
        "dropsearch_claim",
        ["study", "state", "phase", "number"],
    )
    op.create_table(
        "dropsearch_fold_score",
        sa.Column("claim", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("fold", sa.Integer, nullable=False),
        sa.Column("train_loss", sa.Double, nullable=False),
        sa.Column("val_loss", sa.Double, nullable=False),
        sa.Column("metric", sa.Double, nullable=False),
        sa.Column("updates", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("claim", "epoch", "fold", name="pk_dropsearch_fold_score"),
        sa.ForeignKeyConstraint(
            ["claim"],
            ["dropsearch_claim.id"],
            name="fk_dropsearch_fold_score_claim",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("dropsearch_fold_score")
    op.drop_table("dropsearch_claim")
    op.drop_table("dropsearch_study")
