"""A student's words say which question they reply to, as their statements did already.

Revision ID: 0038
Revises: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

FILL = """
    update class_event e set body = e.body || jsonb_build_object('answers', told.before)
    from (
        select class_id, seq, kind, body ->> 'intent' as intent, lag(seq) over told_in as before,
            lag(
                kind = 'turn.said' and body -> 'asks' = 'true'
                and voice not in ('curious', 'thinker', 'notes', 'clown')
            ) over told_in as asks
        from class_event where kind in ('turn.said', 'page.shown', 'student.said', 'class.continued')
        window told_in as (partition by class_id order by seq)
    ) told
    where told.class_id = e.class_id and told.seq = e.seq and told.kind = 'student.said' and told.asks
        and coalesce(told.intent, 'answer') in ('answer', 'confused', 'statement', 'thanks')
"""


def upgrade() -> None:
    op.execute(FILL)


def downgrade() -> None:
    op.execute("update class_event set body = body - 'answers' where kind = 'student.said'")
