"""Assessment: items and their versions, tests, sittings, answers and grades.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _id(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _to(column: str, target: str, on_delete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], ondelete=on_delete)


def upgrade() -> None:
    _bank()
    _tests()
    _answers()


def _bank() -> None:
    op.create_table(
        "knowledge_component",
        _id("id"),
        _id("course_id"),
        _text("name"),
        _moment("created_at"),
        _to("course_id", "course"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("course_id", "name", name="uq_knowledge_component_course_id_name"),
    )
    op.create_table(
        "item",
        _id("id"),
        _id("course_id"),
        _id("module_id", nullable=True),
        _number("version"),
        _id("created_by"),
        _moment("created_at"),
        _moment("withdrawn_at", nullable=True),
        _text("withdrawn_why"),
        _to("course_id", "course"),
        _to("module_id", "module", "SET NULL"),
        _to("created_by", "person", None),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_item_course_id", "item", ["course_id"])
    op.create_table(
        "item_version",
        _id("id"),
        _id("item_id"),
        _number("number"),
        _text("kind"),
        sa.Column("item", JSONB(), nullable=False),
        _id("created_by"),
        _moment("created_at"),
        _to("item_id", "item"),
        _to("created_by", "person", None),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "number", name="uq_item_version_item_id_number"),
    )
    op.create_table(
        "item_component",
        _id("item_id"),
        _id("component_id"),
        _to("item_id", "item"),
        _to("component_id", "knowledge_component"),
        sa.PrimaryKeyConstraint("item_id", "component_id"),
    )
    op.create_index("ix_item_component_component_id", "item_component", ["component_id"])


def _tests() -> None:
    op.create_table(
        "paper",
        _id("id"),
        _id("course_id"),
        _id("module_id", nullable=True),
        _text("title"),
        _text("purpose"),
        _text("feedback"),
        _moment("opens_at", nullable=True),
        _moment("closes_at", nullable=True),
        _number("minutes"),
        _number("sittings"),
        sa.Column("weight", sa.Float(), nullable=False),
        _moment("published_at", nullable=True),
        _id("created_by"),
        _moment("created_at"),
        _to("course_id", "course"),
        _to("module_id", "module", "SET NULL"),
        _to("created_by", "person", None),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_paper_course_id", "paper", ["course_id"])
    op.create_table(
        "paper_item",
        _id("paper_id"),
        _id("item_id"),
        _number("position"),
        _to("paper_id", "paper"),
        _to("item_id", "item"),
        sa.PrimaryKeyConstraint("paper_id", "item_id"),
    )
    op.create_index("ix_paper_item_item_id", "paper_item", ["item_id"])
    op.create_table(
        "sitting",
        _id("id"),
        _id("paper_id"),
        _id("person_id"),
        _number("number"),
        _moment("started_at"),
        _moment("due_at", nullable=True),
        _moment("submitted_at", nullable=True),
        _to("paper_id", "paper"),
        _to("person_id", "person", None),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("paper_id", "person_id", "number", name="uq_sitting_paper_id_person_id_number"),
    )
    op.create_index("ix_sitting_person_id", "sitting", ["person_id"])
    op.create_index("ix_sitting_due_at", "sitting", ["due_at"])
    op.create_table(
        "sitting_item",
        _id("sitting_id"),
        _id("version_id"),
        _number("position"),
        _moment("shown_at", nullable=True),
        _to("sitting_id", "sitting"),
        _to("version_id", "item_version", None),
        sa.PrimaryKeyConstraint("sitting_id", "version_id"),
    )
    op.create_index("ix_sitting_item_version_id", "sitting_item", ["version_id"])


def _answers() -> None:
    op.create_table(
        "attempt",
        _id("id"),
        _id("sitting_id"),
        _id("version_id"),
        sa.Column("response", JSONB(), nullable=False),
        _number("revision"),
        _moment("saved_at"),
        _moment("answered_at", nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        _text("state"),
        sa.Column("raw", sa.Float(), nullable=True),
        sa.Column("points", sa.Float(), nullable=False),
        _text("graded_by"),
        sa.Column("change", sa.BigInteger(), nullable=True),
        _number("tries"),
        _id("claim", nullable=True),
        _moment("lease_until", nullable=True),
        _to("sitting_id", "sitting"),
        _to("version_id", "item_version", None),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "version_id", name="uq_attempt_sitting_id_version_id"),
        sa.UniqueConstraint("change", name="uq_attempt_change"),
    )
    op.create_index("ix_attempt_version_id", "attempt", ["version_id"])
    op.create_index("ix_attempt_waiting", "attempt", ["lease_until"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "answer_save",
        _id("sitting_id"),
        _id("key"),
        _id("version_id"),
        _text("outcome"),
        _number("revision"),
        sa.Column("response", JSONB(), nullable=True),
        _moment("at"),
        _to("sitting_id", "sitting"),
        _to("version_id", "item_version", None),
        sa.PrimaryKeyConstraint("sitting_id", "key"),
    )
    op.create_index("ix_answer_save_version_id", "answer_save", ["version_id"])
    op.create_table(
        "grade",
        _id("id"),
        _id("attempt_id"),
        _number("number"),
        _text("by"),
        _id("person_id", nullable=True),
        _text("state"),
        sa.Column("raw", sa.Float(), nullable=True),
        sa.Column("criteria", JSONB(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        _text("reason"),
        _text("model"),
        _id("call_id", nullable=True),
        _moment("at"),
        _to("attempt_id", "attempt"),
        _to("person_id", "person", None),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt_id", "number", name="uq_grade_attempt_id_number"),
    )


def downgrade() -> None:
    for table in ("grade", "answer_save", "attempt", "sitting_item", "sitting", "paper_item", "paper"):
        op.drop_table(table)
    for table in ("item_component", "item_version", "item", "knowledge_component"):
        op.drop_table(table)
