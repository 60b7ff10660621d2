"""Names that the author model proposes for the structure of decks.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "structure_proposal",
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.Column("tree", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "model", "trouble")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("done", "total", "kept_as")),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("material_id"),
    )


def downgrade() -> None:
    op.drop_table("structure_proposal")
