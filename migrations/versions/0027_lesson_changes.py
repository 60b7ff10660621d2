"""Changes of drafts, to be taken back; and which lines of a page a model wrote.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lesson_id", "seq"),
    )
    op.add_column(
        "lesson_page", sa.Column("by_model", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.execute(
        "UPDATE lesson_page SET by_model = jsonb_path_query_array(actions, '$[*].text') "
        "WHERE call_id IS NOT NULL AND NOT fallback AND edited_by IS NULL"
    )
    op.alter_column("lesson_page", "by_model", server_default=None)


def downgrade() -> None:
    op.drop_column("lesson_page", "by_model")
    op.drop_table("lesson_change")
