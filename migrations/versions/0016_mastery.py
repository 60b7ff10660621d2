"""What learners know: mastery of components, the parameters it rests on, and how far answers were followed.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mastery",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("component_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("stability", sa.Float(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["component_id"], ["knowledge_component.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "component_id"),
    )
    op.create_index("ix_mastery_component_id", "mastery", ["component_id"])
    op.create_table(
        "tracing",
        sa.Column("component_id", sa.Uuid(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("covariance", postgresql.JSONB(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("fitted_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["component_id"], ["knowledge_component.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("component_id"),
    )
    op.create_table(
        "follow_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("follow_mark")
    op.drop_table("tracing")
    op.drop_index("ix_mastery_component_id", "mastery")
    op.drop_table("mastery")
