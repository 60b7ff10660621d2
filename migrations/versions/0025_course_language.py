"""The language a course is taught in.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("course", sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.alter_column("course", "language", server_default=None)


def downgrade() -> None:
    op.drop_column("course", "language")
