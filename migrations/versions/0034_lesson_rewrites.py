"""Rewritings that the author model proposes and people accept or refuse, kept as pairs too.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson_rewrite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lesson_rewrite_lesson_id", "lesson_rewrite", ["lesson_id"])
    op.create_index("ix_lesson_rewrite_asked_by", "lesson_rewrite", ["asked_by"])
    op.add_column("lesson_edit", sa.Column("verdict", sa.Text(), nullable=False, server_default="edited"))
    op.add_column("lesson_edit", sa.Column("instruction", sa.Text(), nullable=False, server_default=""))
    op.alter_column("lesson_edit", "verdict", server_default=None)
    op.alter_column("lesson_edit", "instruction", server_default=None)


def downgrade() -> None:
    op.drop_column("lesson_edit", "instruction")
    op.drop_column("lesson_edit", "verdict")
    op.drop_table("lesson_rewrite")
