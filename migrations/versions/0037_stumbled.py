"""Classes that were paused by a fault of ours are found by when.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

STUMBLED = "kind = 'notice' AND body ->> 'cause' = 'stumbled'"


def upgrade() -> None:
    op.create_index("ix_class_event_stumbled", "class_event", ["at"], postgresql_where=sa.text(STUMBLED))


def downgrade() -> None:
    op.drop_index("ix_class_event_stumbled", "class_event")
