"""Which adapter serves which role, and which adapters a class was given.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "served_model",
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("rollout", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column(
        "class_session", sa.Column("adapters", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.alter_column("class_session", "adapters", server_default=None)


def downgrade() -> None:
    op.drop_column("class_session", "adapters")
    op.drop_table("served_model")
