"""The verbs of the assessment room."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.awaiting import access_answer, answers_in, count_to_mark, overrule, to_mark, withdraw_item
from app.assessment.documents import Purpose
from app.assessment.following import answers_of, attempts_after, changes
from app.assessment.forgetting import bury, erase_person, old_words, remove_words
from app.assessment.gradebook import gradebook, gradebook_csv
from app.assessment.importing import bring_in
from app.assessment.in_class import answer_in_class, class_items, solution, solution_now, try_answer
from app.assessment.items import access_item, add_components, add_item, components_of, edit_item, items_of, view_of
from app.assessment.items import item_of as _item_of
from app.assessment.marking_job import grade
from app.assessment.marking_job import overdue_answers as overdue
from app.assessment.models import ItemRow, Paper, PaperItem, VersionRow
from app.assessment.papers import (
    access_paper,
    change_paper,
    make_paper,
    my_papers,
    papers_of,
    publish,
    set_items,
)
from app.assessment.practice import next_card, practice_lines, practice_verdict
from app.assessment.questions import ask_for_questions, sections_of, take, take_and_ask
from app.assessment.results import response_words, result, right_answer
from app.assessment.schema import ItemView
from app.assessment.sitting import asked, close_overdue, save, start, submit, view
from app.assessment.teaching import taught

__all__ = [
    "access_answer",
    "access_item",
    "access_paper",
    "add_components",
    "add_item",
    "answer_in_class",
    "answers_in",
    "answers_of",
    "ask_for_questions",
    "asked",
    "attempts_after",
    "bring_in",
    "bury",
    "change_paper",
    "changes",
    "class_items",
    "close_overdue",
    "components_of",
    "count_to_mark",
    "edit_item",
    "erase_person",
    "grade",
    "gradebook",
    "gradebook_csv",
    "items_of",
    "make_paper",
    "my_papers",
    "next_card",
    "old_words",
    "overdue",
    "overrule",
    "papers_of",
    "practice_lines",
    "practice_verdict",
    "publish",
    "quiz_items",
    "remove_words",
    "response_words",
    "result",
    "right_answer",
    "save",
    "sections_of",
    "set_items",
    "solution",
    "solution_now",
    "start",
    "submit",
    "take",
    "take_and_ask",
    "taught",
    "to_mark",
    "try_answer",
    "view",
    "view_of",
    "withdraw_item",
]


def quiz_items(session: Session, course_id: UUID, module_id: UUID | None = None, most: int = 10) -> list[ItemView]:
    """Questions of a course's published quizzes (of one module, where given), without keys, for use in a class.

    In the order of the tests and their questions; the caller has checked who asks.
    """
    query = (
        select(VersionRow)
        .join(ItemRow, (ItemRow.id == VersionRow.item_id) & (ItemRow.version == VersionRow.number))
        .join(PaperItem, PaperItem.item_id == ItemRow.id)
        .join(Paper, Paper.id == PaperItem.paper_id)
        .where(
            Paper.course_id == course_id,
            Paper.purpose == Purpose.QUIZ.value,
            Paper.published_at.is_not(None),
            ItemRow.withdrawn_at.is_(None),
        )
        .order_by(Paper.created_at, PaperItem.position)
    )
    if module_id is not None:
        query = query.where(Paper.module_id == module_id)
    rows = {row.id: row for row in session.scalars(query)}
    return [view_of(row.id, _item_of(row)) for row in list(rows.values())[:most]]
