"""Changes of answers are counted by a sequence, so that no number comes again after the newest answer was deleted;
examples of rewritings that were refused have a kind of their own.

Revision ID: 0036
Revises: 0035
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

REFUSED = """
UPDATE alignment_example SET kind = '{kind}' FROM lesson_edit
WHERE alignment_example.kind = '{was}' AND alignment_example.sources->>0 = lesson_edit.id::text
AND lesson_edit.verdict = 'refused'
"""
READ_SO_FAR = """
SELECT setval('attempt_change', greatest(
    (SELECT max(change) FROM attempt), (SELECT max(change) FROM bookmark), (SELECT max(change) FROM follow_mark), 0
) + 1, false)
"""
"""Above what was given, and above what readers have seen of answers that are gone."""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE attempt_change AS bigint")
    op.execute(READ_SO_FAR)
    op.execute(REFUSED.format(kind="refused", was="edit"))


def downgrade() -> None:
    op.execute(REFUSED.format(kind="edit", was="refused"))
    op.execute("DROP SEQUENCE attempt_change")
