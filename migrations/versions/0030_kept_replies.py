"""Replies of the author model that are given again to who asks the same.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_reply",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "model", "prompt_hash", "text")),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_kept_reply_used_at", "kept_reply", ["used_at"])


def downgrade() -> None:
    op.drop_table("kept_reply")
