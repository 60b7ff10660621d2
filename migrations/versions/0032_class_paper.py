"""The paper of what a lesson's classes ask at their gates.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paper", sa.Column("lesson_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint("uq_paper_lesson_id", "paper", ["lesson_id"])
    op.create_foreign_key("fk_paper_lesson_id_lesson", "paper", "lesson", ["lesson_id"], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    op.drop_column("paper", "lesson_id")
