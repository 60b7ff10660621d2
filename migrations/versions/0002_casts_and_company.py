"""Casts per course, several people in a class, what a model was given for a turn, and what the guard refused.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "class_session",
        sa.Column("cast", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.add_column("class_session", sa.Column("is_shared", sa.Boolean(), nullable=False, server_default="false"))
    op.create_table(
        "course_cast",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("course_id"),
    )
    op.create_table(
        "class_person",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_instructor", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_session.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("class_id", "person_id"),
    )
    op.create_index("ix_class_person_person_id", "class_person", ["person_id"])
    op.execute(
        "INSERT INTO class_person (class_id, person_id, is_instructor, joined_at) "
        "SELECT id, person_id, false, created_at FROM class_session"
    )
    for name, columns in (
        ("turn_prompt", ("voice", "system", "words")),
        ("guard_pair", ("voice", "reason", "refused", "shown")),
    ):
        op.create_table(
            name,
            *([sa.Column("id", sa.Uuid(), nullable=False)] if name == "guard_pair" else []),
            sa.Column("turn", sa.Uuid(), nullable=False),
            sa.Column("class_id", sa.Uuid(), nullable=False),
            *(sa.Column(column, sa.Text(), nullable=False) for column in columns),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(["class_id"], ["class_session.id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("id" if name == "guard_pair" else "turn"),
        )
        op.create_index(f"ix_{name}_class_id", name, ["class_id"])


def downgrade() -> None:
    for name in ("guard_pair", "turn_prompt", "class_person", "course_cast"):
        op.drop_table(name)
    op.drop_column("class_session", "is_shared")
    op.drop_column("class_session", "cast")
