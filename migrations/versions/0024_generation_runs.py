"""Generation runs: what a model writes for a lesson, step by step. They take over what pages said of their writers.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "generation_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        _moment("asked_at", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("estimate", postgresql.JSONB(), nullable=False),
        _moment("began_at"),
        _moment("ended_at"),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_generation_run_lesson_id", "generation_run", ["lesson_id"])
    op.create_table(
        "generation_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        _number("number"),
        _number("position"),
        sa.Column("needs", postgresql.JSONB(), nullable=False),
        sa.Column("is_fresh", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        _number("attempts"),
        _moment("not_before"),
        sa.Column("claim", sa.Uuid(), nullable=True),
        _moment("lease_until"),
        _moment("ended_at"),
        *(_number(name) for name in ("guess_in", "guess_out", "calls", "hits", "tokens_in", "tokens_out")),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("money", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["generation_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_generation_step_run_id", "generation_step", ["run_id"])
    op.create_index("ix_generation_step_about", "generation_step", ["about"])
    op.create_index(
        "ix_generation_step_open",
        "generation_step",
        ["state"],
        postgresql_where=sa.text("state IN ('waiting', 'called', 'working')"),
    )
    op.create_table(
        "generation_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_generation_event_lesson_id_id", "generation_event", ["lesson_id", "id"])
    op.add_column("lesson", sa.Column("at_once", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("lesson", "at_once", server_default=None)
    op.execute("UPDATE lesson_page SET status = 'waiting' WHERE status = 'writing'")
    for name in ("attempts", "claim", "lease_until"):
        op.drop_column("lesson_page", name)


def downgrade() -> None:
    op.add_column("lesson_page", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lesson_page", sa.Column("claim", sa.Uuid(), nullable=True))
    op.add_column("lesson_page", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.drop_column("lesson", "at_once")
    for name in ("generation_event", "generation_step", "generation_run"):
        op.drop_table(name)
