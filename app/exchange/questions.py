"""Question banks in, after a look at what was found; and the course's bank out."""

import re
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.banks import gift_writing, qti_writing
from app.assessment.banks.reading import BANK_BYTES, read_bank
from app.assessment.banks.schema import Bank
from app.assessment.schema import ItemCard
from app.base.db import unit_of_work
from app.base.errors import AppError, Invalid
from app.base.files import write_whole
from app.base.queue import ring_after_commit
from app.courses import service as courses
from app.exchange.models import Transfer
from app.exchange.schema import Decision, FileReport, QuestionForm, QuestionsReport, TransferKind, TransferState
from app.exchange.transfers import add, bell_of, file_in, file_out, opened_for_review
from app.exchange.working import Work
from app.lessons import service as lessons

ENDINGS = {QuestionForm.GIFT: "gift.txt", QuestionForm.QTI30: "qti30.zip", QuestionForm.QTI22: "qti22.zip"}
NONE = "There is no question in the bank to take out. Write or import some first."
NOTHING_CHOSEN = "Choose at least one question, or call the import off."


def ask_in(session: Session, who: Who, course_id: UUID, filename: str, upload: BinaryIO) -> UUID:
    """Have a bank's file read. NotFound for those who do not teach the course, Invalid for a file that is too large."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    return add(
        session,
        who,
        TransferKind.QUESTIONS_IN,
        QuestionsReport(),
        course_id=course_id,
        name=filename,
        upload=upload,
        limit=BANK_BYTES,
    )


def ask_out(session: Session, who: Who, course_id: UUID, form: QuestionForm) -> UUID:
    """Have the course's questions written. Withdrawn ones stay."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    if not _cards(session, course_id):
        raise Invalid(NONE)
    return add(session, who, TransferKind.QUESTIONS_OUT, FileReport(), course_id=course_id, form=form.value)


def decide(session: Session, who: Who, transfer_id: UUID, decision: Decision) -> None:
    """Store what an instructor chose of a bank; a worker does it. Raises Invalid where nothing is chosen."""
    row = opened_for_review(session, who, transfer_id, TransferKind.QUESTIONS_IN)
    report = QuestionsReport.model_validate(row.report)
    found = report.bank.found if report.bank else []
    chosen = sorted({at for at in decision.chosen if 0 <= at < len(found) and found[at].item is not None})
    if not chosen and not (decision.with_links and report.bank and report.bank.links):
        raise Invalid(NOTHING_CHOSEN)
    if decision.module_id is not None:
        modules = courses.access_course(session, who, row.course_id or transfer_id).modules
        if decision.module_id not in {one.id for one in modules}:
            raise Invalid("That module is not in this course. Reload the page and choose again.")
    report.decision = decision.model_copy(update={"chosen": chosen})
    _again(session, row, report)


def _again(session: Session, row: Transfer, report: QuestionsReport) -> None:
    row.report, row.status, row.attempts = report.model_dump(mode="json"), TransferState.WAITING.value, 0
    ring_after_commit(session, bell_of(TransferKind(row.kind)), row.id)


# ----------------------------------------------------------------------------------------------------------- the job


def bring_in(work: Work) -> None:
    """Read the bank and wait for a decision; or, once that is made, store what was chosen."""
    report = work.view.report
    assert isinstance(report, QuestionsReport)
    if report.bank is None or report.decision is None:
        work.tell("Reading the file", 0, 1)
        found = QuestionsReport(bank=read_bank(file_in(work.id)))
        work.end(found, TransferState.REVIEW)
        return
    store(work, report.bank, report.decision)


def store(work: Work, bank: Bank, decision: Decision) -> None:
    """Put the chosen questions into the bank, in one transaction with the report."""
    report = QuestionsReport(bank=bank, decision=decision)
    course_id = work.view.course_id
    assert course_id is not None
    with work.ending(report) as session:
        for at in decision.chosen:
            found = bank.found[at]
            if found.item is None:
                continue
            components = found.components[:8] if decision.with_components else []
            try:
                with session.begin_nested():
                    assessment.add_item(session, work.who, course_id, found.item, decision.module_id, components)
                report.stored += 1
            except AppError as trouble:
                report.refused.append(f"{found.place}: {trouble.sentence}")
        if decision.with_links and bank.links:
            report.links_lesson = _links_lesson(session, work, course_id, bank, decision.module_id)


def _links_lesson(session: Session, work: Work, course_id: UUID, bank: Bank, module_id: UUID | None) -> UUID:
    """A page of the links, as a lesson to be edited and approved like others."""
    lines = [f"- {_bare(one.title)}: {one.url}" for one in bank.links]
    title = bank.title or "Web links"
    content = f"# Links: {_bare(title)}\n\n" + "\n".join(lines)
    material_id = courses.add_material(session, work.who, course_id, "web-links.md", BytesIO(content.encode()))
    if module_id is None:
        module_id = courses.access_course(session, work.who, course_id).modules[0].id
    return lessons.start(session, work.who, module_id, material_id, f"Links: {title}"[:160])


def _bare(text: str) -> str:
    """Words without signs that Markdown would take for its own."""
    return " ".join(re.sub(r"[\\`*_{}\[\]<>#|]", " ", text).split())


def take_out(work: Work) -> None:
    """Write the course's questions to a file."""
    course_id, form = work.view.course_id, QuestionForm(work.view.form)
    assert course_id is not None
    with unit_of_work() as session:
        title = courses.access_course(session, work.who, course_id).title
        cards = _cards(session, course_id)
    work.tell("Writing the questions", 0, len(cards))
    content, notes = written(cards, form)
    write_whole(file_out(work.id), content)
    name = f"{plain_stem(title)}-questions.{ENDINGS[form]}"
    work.end(FileReport(filename=name, bytes=len(content), notes=notes), name=name)


def written(cards: list[ItemCard], form: QuestionForm) -> tuple[bytes, list[str]]:
    """The questions in a form, and sentences about what is not in it."""
    if form is QuestionForm.GIFT:
        text, left_out = gift_writing.write(cards)
        return text.encode(), left_out
    return qti_writing.write(cards, qti_writing.QTI30 if form is QuestionForm.QTI30 else qti_writing.QTI22), []


def _cards(session: Session, course_id: UUID) -> list[ItemCard]:
    """The bank in the order in which it was written, without what was withdrawn."""
    return [one for one in reversed(assessment.items_of(session, course_id)) if not one.withdrawn]


def plain_stem(title: str) -> str:
    """A title as the name of a file on every system."""
    return re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:60] or "course"
