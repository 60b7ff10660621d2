"""Prerequisites as settled, trials of orders with who met which, weekly digests.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COURSE = {"ondelete": "CASCADE"}


def upgrade() -> None:
    op.create_table(
        "prerequisite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=False),
        sa.Column("settled_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_prerequisite_course_id_course"), **COURSE),
        sa.ForeignKeyConstraint(
            ["before_id"],
            ["knowledge_component.id"],
            name=op.f("fk_prerequisite_before_id_knowledge_component"),
            **COURSE,
        ),
        sa.ForeignKeyConstraint(
            ["after_id"],
            ["knowledge_component.id"],
            name=op.f("fk_prerequisite_after_id_knowledge_component"),
            **COURSE,
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_prerequisite_settled_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prerequisite")),
        sa.UniqueConstraint("before_id", "after_id", name=op.f("uq_prerequisite_before_id_after_id")),
    )
    op.create_index(op.f("ix_prerequisite_course_id"), "prerequisite", ["course_id"])
    op.create_index(op.f("ix_prerequisite_after_id"), "prerequisite", ["after_id"])
    _trials()
    op.create_table(
        "course_digest",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_digest_course_id_course"), **COURSE),
        sa.PrimaryKeyConstraint("course_id", "week", name=op.f("pk_course_digest")),
    )


def _trials() -> None:
    op.create_table(
        "order_trial",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("orders", postgresql.JSONB(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_order_trial_course_id_course"), **COURSE),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_order_trial_module_id_module"), **COURSE),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_order_trial_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_trial")),
    )
    op.create_index(op.f("ix_order_trial_course_id"), "order_trial", ["course_id"])
    op.create_table(
        "order_trial_place",
        sa.Column("trial_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["order_trial.id"], name=op.f("fk_order_trial_place_trial_id_order_trial"), **COURSE
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_trial_place_person_id_person")),
        sa.PrimaryKeyConstraint("trial_id", "person_id", name=op.f("pk_order_trial_place")),
    )
    op.create_index(op.f("ix_order_trial_place_person_id"), "order_trial_place", ["person_id"])


def downgrade() -> None:
    for table in ("course_digest", "order_trial_place", "order_trial", "prerequisite"):
        op.drop_table(table)
