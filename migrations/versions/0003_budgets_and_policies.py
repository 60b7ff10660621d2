"""Tokens counted by the day, what a course allows and asks for, and a way to a course's concerns.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token_day",
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("about", "day"),
    )
    op.create_index("ix_token_day_day", "token_day", ["day"])
    op.create_table(
        "course_policy",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        *(sa.Column(f"{scope}_tokens", sa.BigInteger(), nullable=False) for scope in ("class", "student", "course")),
        sa.Column("tells_instructor", sa.Boolean(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("course_id"),
    )
    op.create_index(
        "ix_class_event_concern", "class_event", ["class_id"], postgresql_where=sa.text("kind = 'concern.raised'")
    )


def downgrade() -> None:
    op.drop_index("ix_class_event_concern", "class_event")
    op.drop_table("course_policy")
    op.drop_table("token_day")
