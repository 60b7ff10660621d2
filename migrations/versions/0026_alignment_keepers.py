"""Who carries out a run, and which of two ways stood above when somebody chose.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alignment_run", sa.Column("by_command", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("alignment_run", "by_command", server_default=None)
    op.add_column("turn_signal", sa.Column("upper", sa.Text(), server_default="", nullable=False))
    op.alter_column("turn_signal", "upper", server_default=None)


def downgrade() -> None:
    op.drop_column("turn_signal", "upper")
    op.drop_column("alignment_run", "by_command")
