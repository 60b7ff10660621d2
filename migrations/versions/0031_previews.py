"""Previews: classes that leave no records.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("class_session", sa.Column("is_preview", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("class_session", "is_preview", server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM class_session WHERE is_preview")
    op.execute("DELETE FROM lesson_version WHERE number < 0")
    op.drop_column("class_session", "is_preview")
