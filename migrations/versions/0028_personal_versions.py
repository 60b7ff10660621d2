"""How learners like to be taught, and approved versions in other words for them.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learner_profile",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("goal", "level", "depth", "language")),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "course_personal",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("course_id"),
    )
    op.create_table(
        "personal_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("profile", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "model", "state")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "attempts")),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["lesson_version.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version_id", "key", "model"),
    )
    op.create_index("ix_personal_version_lesson_id", "personal_version", ["lesson_id"])
    op.create_table(
        "personal_page",
        sa.Column("personal_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["personal_id"], ["personal_version.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("personal_id", "page"),
    )
    op.add_column("class_session", sa.Column("personal_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "class_session", "personal_version", ["personal_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    op.drop_column("class_session", "personal_id")
    for name in ("personal_page", "personal_version", "course_personal", "learner_profile"):
        op.drop_table(name)
