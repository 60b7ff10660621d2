"""Documents of the learning record store know the agent they are about, so that all that is kept of one is found.

Those stored before do not: the keys they are stored under cannot be read backwards.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lrs_document", sa.Column("agent", sa.Uuid(), nullable=True))
    op.create_index("ix_lrs_document_agent", "lrs_document", ["agent"], postgresql_where=sa.text("agent IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_lrs_document_agent", "lrs_document")
    op.drop_column("lrs_document", "agent")
