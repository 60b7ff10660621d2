"""Class logs in figures, kept beside the logs; a line that is changed in place takes the digest of its class away.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FORGET = """
CREATE FUNCTION log_digest_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM log_digest WHERE class_id IN (SELECT DISTINCT class_id FROM changed);
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER log_digest_forget AFTER UPDATE ON class_event REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION log_digest_forget()
"""


def upgrade() -> None:
    op.create_table(
        "log_digest",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("figures", sa.LargeBinary(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_session.id"], name="fk_log_digest_class_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_log_digest_person_id"),
        sa.PrimaryKeyConstraint("class_id", name="pk_log_digest"),
    )
    op.create_index("ix_log_digest_person_id", "log_digest", ["person_id"])
    op.execute(FORGET)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER log_digest_forget ON class_event")
    op.execute("DROP FUNCTION log_digest_forget()")
    op.drop_table("log_digest")
