"""Where a page's picture shows which words.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("lines", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.alter_column("page", "lines", server_default=None)


def downgrade() -> None:
    op.drop_column("page", "lines")
