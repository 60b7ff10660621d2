"""Adapters, what the gate said of them, and rollouts.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "adapter",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("set_hash", sa.Text(), nullable=False),
        sa.Column("made_at", time, nullable=False),
    )
    op.create_index("ix_adapter_role", "adapter", ["role"])
    op.create_table(
        "adapter_gate",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("adapter", sa.Text(), sa.ForeignKey("adapter.name"), nullable=False),
        sa.Column("incumbent", sa.Text(), nullable=False),
        sa.Column("set_hash", sa.Text(), nullable=False),
        sa.Column("sizes", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("checks", postgresql.JSONB(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("asked_at", time, nullable=False),
        sa.Column("claimed_at", time, nullable=True),
        sa.Column("ended_at", time, nullable=True),
    )
    op.create_index("ix_adapter_gate_adapter", "adapter_gate", ["adapter"])
    op.create_index("ix_adapter_gate_state", "adapter_gate", ["state"])
    op.create_table(
        "adapter_rollout",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), sa.ForeignKey("adapter.name"), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("claimed_at", time, nullable=True),
        sa.Column("looked_at", time, nullable=True),
        sa.Column("ended_at", time, nullable=True),
    )
    op.create_index("ix_adapter_rollout_role", "adapter_rollout", ["role"])
    op.create_index("ix_adapter_rollout_state", "adapter_rollout", ["state"])


def downgrade() -> None:
    for table in ("adapter_rollout", "adapter_gate", "adapter"):
        op.drop_table(table)
