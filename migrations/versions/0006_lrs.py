"""The learning record store: clients' credentials, an index of statements by agent and activity, documents.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
INDEXES = {
    "ix_statement_class_id_seq": ("class_id", "seq"),
    "ix_statement_course_id_stored_at": ("course_id", "stored_at"),
    "ix_statement_person_id": ("person_id",),
    "ix_statement_credential_id_stored_at": ("credential_id", "stored_at"),
    "ix_statement_registration_stored_at": ("registration", "stored_at"),
    "ix_statement_voids": ("voids",),
}
"""On the rows that have the first column."""
OLD_INDEXES = {
    "ix_statement_class_id_seq": ("class_id", "seq"),
    "ix_statement_course_id": ("course_id",),
    "ix_statement_person_id": ("person_id",),
}
KEY = "encode(substring(sha256(convert_to({}, 'UTF8')) FOR 16), 'hex')::uuid"
"""The same as app.records.lrs.keys.key_of."""
ACTOR = KEY.format(
    "concat('agent account ', document #>> '{actor,account,homePage}', ' ', document #>> '{actor,account,name}')"
)
OBJECT = KEY.format("concat('activity ', document #>> '{object,id}')")
AROUND = KEY.format("concat('activity ', one ->> 'id')")
INDEX_CLASSES = f"""
INSERT INTO statement_link (key, direct, stored_at, statement_id)
SELECT {ACTOR}, true, stored_at, id FROM statement
UNION SELECT {OBJECT}, true, stored_at, id FROM statement
UNION SELECT {AROUND}, false, stored_at, id
  FROM statement, jsonb_each(document #> '{{context,contextActivities}}') AS places (place, held),
       jsonb_array_elements(held) AS one
  WHERE {AROUND} <> {OBJECT}
"""
"""Statements so far were made of classes: an actor with an account, an activity, lists of activities around it."""


def upgrade() -> None:
    _credentials()
    _statements()
    _links()
    _attachments()
    _documents()
    op.execute(INDEX_CLASSES)


def _credentials() -> None:
    op.create_table(
        "lrs_credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", JSONB(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_lrs_credential_course_id", "lrs_credential", ["course_id"])


def _statements() -> None:
    for name in ("course_id", "class_id", "seq"):
        op.alter_column("statement", name, nullable=True)
    for name in ("credential_id", "registration", "target", "voids"):
        op.add_column("statement", sa.Column(name, sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_statement_credential_id", "statement", "lrs_credential", ["credential_id"], ["id"])
    op.execute("UPDATE statement SET registration = (document #>> '{context,registration}')::uuid")
    for name in OLD_INDEXES:
        op.drop_index(name, table_name="statement")
    for name, columns in INDEXES.items():
        op.create_index(name, "statement", list(columns), postgresql_where=sa.text(f"{columns[0]} IS NOT NULL"))
    about = sa.text("target IS NOT NULL")
    op.create_index("ix_statement_about", "statement", ["stored_at", "id"], postgresql_where=about)
    op.create_index("ix_statement_verb_stored_at", "statement", ["verb", "stored_at"])
    op.create_index("ix_statement_stored_at_id", "statement", ["stored_at", "id"])


def _links() -> None:
    op.create_table(
        "statement_link",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "direct", "stored_at", "statement_id"),
    )
    op.create_table(
        "statement_reference",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", "target_id"),
    )
    op.create_index("ix_statement_reference_target_id", "statement_reference", ["target_id"])
    op.create_table(
        "activity_definition",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Uuid(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", "digest"),
    )


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("sha2", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha2"),
    )
    op.create_table(
        "statement_attachment",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("sha2", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha2"], ["attachment.sha2"]),
        sa.PrimaryKeyConstraint("statement_id", "sha2"),
    )
    op.create_index("ix_statement_attachment_sha2", "statement_attachment", ["sha2"])


def _documents() -> None:
    op.create_table(
        "lrs_document",
        sa.Column("place", sa.Uuid(), nullable=False),
        sa.Column("shelf", sa.Uuid(), nullable=False),
        sa.Column("registration", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_index("ix_lrs_document_shelf_updated_at", "lrs_document", ["shelf", "updated_at"])


def downgrade() -> None:
    tables = ("lrs_document", "statement_attachment", "attachment", "activity_definition", "statement_reference")
    for table in (*tables, "statement_link"):
        op.drop_table(table)
    op.execute("DELETE FROM statement WHERE class_id IS NULL")
    for name in (*INDEXES, "ix_statement_about", "ix_statement_verb_stored_at", "ix_statement_stored_at_id"):
        op.drop_index(name, table_name="statement")
    for name in ("credential_id", "registration", "target", "voids"):
        op.drop_column("statement", name)
    for name in ("course_id", "class_id", "seq"):
        op.alter_column("statement", name, nullable=False)
    for name, columns in OLD_INDEXES.items():
        op.create_index(name, "statement", list(columns))
    op.drop_table("lrs_credential")
