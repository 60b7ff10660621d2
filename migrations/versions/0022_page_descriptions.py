"""What pages show, as rows; and passages that tell what a model saw on a picture.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passage", sa.Column("described", sa.Boolean(), nullable=False, server_default="false"))
    op.create_table(
        "page_description",
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("text", "source")),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "model")),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("page_id"),
    )
    op.create_index("ix_page_description_material_id", "page_description", ["material_id"])


def downgrade() -> None:
    op.drop_table("page_description")
    op.execute("DELETE FROM passage WHERE described")
    op.drop_column("passage", "described")
