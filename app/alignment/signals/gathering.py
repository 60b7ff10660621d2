"""Gathering: what classes have become examples, of those who allow it. Twice is once.

An example belongs to one person and holds nobody else's words. What is gathered again after consent was taken back and
given anew comes again.
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.alignment.schema import Role
from app.alignment.signals.contexts import Scrub, context_of, event_at, example_id, is_own, page_prompt, scrubber
from app.alignment.signals.models import ExampleRow, TurnSignal
from app.alignment.signals.outcomes import outcomes
from app.alignment.signals.saying import CHOICE, THUMB
from app.alignment.signals.schema import Choice, Content, Example, ExampleKind, Thumb
from app.classroom.models import ClassSession, EventRow, GuardPair
from app.classroom.schema import Kind
from app.classroom.speech.guard import Refusal
from app.courses.models import Course, PageRow
from app.inference.models import ModelCall
from app.lessons.models import Lesson, LessonEdit
from app.records.privacy.consent import consented
from app.records.privacy.models import Consent
from app.records.privacy.schema import Purpose


def gather(session: Session) -> int:
    """Make examples of everything that is new; returns how many there were."""
    made = 0
    for source in (_thumbs, _choices, _guards, _edits, outcomes):
        made += _keep(session, source)
    return made


def _keep(session: Session, source: Callable[[Session], Iterator[Example]]) -> int:
    scrubs: dict[UUID, Scrub] = {}
    made = 0
    for one in source(session):
        if one.course_id not in scrubs:
            scrubs[one.course_id] = scrubber(session, one.course_id)
        told = one.model_dump(mode="json", include={"kind", "role", "sources", "model", "adapter", "prompt_hash"})
        ids = one.model_dump(include={"id", "course_id", "class_id", "person_id"})
        content = _scrubbed(one.content, scrubs[one.course_id]).model_dump(mode="json")
        row = insert(ExampleRow).values(
            **ids, **told, content=content, consent_version=_version(session, one.person_id)
        )
        made += session.execute(row.on_conflict_do_nothing().returning(ExampleRow.id)).one_or_none() is not None
    return made


def _scrubbed(content: Content, scrub: Scrub) -> Content:
    told = {name: scrub(getattr(content, name)) for name in ("chosen", "rejected", "completion", "reason")}
    prompt = [one.model_copy(update={"content": scrub(one.content)}) for one in content.prompt]
    return content.model_copy(update={**told, "prompt": prompt})


def _version(session: Session, person_id: UUID) -> int:
    """Under which text somebody said yes last."""
    said = select(Consent.text_version).where(
        Consent.person_id == person_id, Consent.purpose == Purpose.ALIGNMENT.value, Consent.granted
    )
    return session.scalar(said.order_by(Consent.at.desc()).limit(1)) or 0


def _signals(session: Session, kind: str) -> Iterator[tuple[TurnSignal, ClassSession]]:
    """Signals of those who allow it, with their class."""
    query = (
        select(TurnSignal, ClassSession)
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .where(TurnSignal.kind == kind, consented(Purpose.ALIGNMENT, TurnSignal.person_id, ClassSession.course_id))
        .where(~ClassSession.is_preview)
        .order_by(TurnSignal.class_id, TurnSignal.seq)
    )
    yield from map(tuple, session.execute(query))


def _thumbs(session: Session) -> Iterator[Example]:
    for signal, row in _signals(session, THUMB):
        line = event_at(session, row.id, signal.seq)
        context = context_of(session, row, line) if line else None
        if line is None or context is None or not line.body.text:
            continue
        reason = "; ".join(one for one in (signal.reason, signal.words) if one)
        is_up = signal.value == Thumb.UP.value
        content = Content(prompt=context.prompt, completion=line.body.text, label=is_up, reason=reason)
        if is_own(session, row, signal.person_id, [*(one.content for one in context.prompt), line.body.text]):
            yield Example(
                id=example_id(ExampleKind.THUMB, signal.id, signal.at),
                kind=ExampleKind.THUMB,
                course_id=row.course_id,
                class_id=row.id,
                person_id=signal.person_id,
                content=content,
                sources=[context.source, str(signal.id)],
                **context.model_dump(include={"role", "model", "adapter", "prompt_hash"}),
            )


def _choices(session: Session) -> Iterator[Example]:
    for signal, row in _signals(session, CHOICE):
        first, second = event_at(session, row.id, signal.seq), event_at(session, row.id, signal.other_seq or 0)
        context = context_of(session, row, first) if first else None
        if signal.value == Choice.ALIKE.value or first is None or second is None or context is None:
            continue
        both = [first.body.text, second.body.text]
        if signal.value == Choice.SECOND.value:
            both.reverse()
        if all(both) and is_own(session, row, signal.person_id, [*(one.content for one in context.prompt), *both]):
            yield Example(
                id=example_id(ExampleKind.CHOICE, signal.id, signal.at),
                kind=ExampleKind.CHOICE,
                course_id=row.course_id,
                class_id=row.id,
                person_id=signal.person_id,
                content=Content(prompt=context.prompt, chosen=both[0], rejected=both[1]),
                sources=[context.source, str(signal.id)],
                **context.model_dump(include={"role", "model", "adapter", "prompt_hash"}),
            )


def _guards(session: Session) -> Iterator[Example]:
    """Refused turns of classes that a student attends alone: what the model said anew is preferred to them; where only
    the page's words stood in, the refused turn is one not to say. Those that gave an answer away are of a kind of
    their own.
    """
    is_said = (EventRow.class_id == GuardPair.class_id) & (EventRow.kind == Kind.SAID.value)
    query = (
        select(GuardPair, ClassSession, EventRow.seq)
        .join(ClassSession, ClassSession.id == GuardPair.class_id)
        .join(EventRow, is_said & (EventRow.body["turn"].astext == cast(GuardPair.turn, Text())))
        .where(
            ~ClassSession.is_shared,
            ~ClassSession.is_preview,
            consented(Purpose.ALIGNMENT, ClassSession.person_id, ClassSession.course_id),
        )
        .order_by(GuardPair.created_at, GuardPair.id)
    )
    for pair, row, seq in session.execute(query):
        line = event_at(session, row.id, seq)
        context = context_of(session, row, line) if line else None
        if line is None or context is None:
            continue
        anew = {"completion": pair.refused, "label": False}
        if not line.body.fallback:
            anew = {"chosen": pair.shown, "rejected": pair.refused}
        kind = ExampleKind.LEAK if pair.reason == Refusal.LEAK.value else ExampleKind.GUARD
        yield Example(
            id=example_id(kind, pair.id),
            kind=kind,
            course_id=row.course_id,
            class_id=row.id,
            person_id=row.person_id,
            content=Content.model_validate({"prompt": context.prompt, "reason": pair.reason, **anew}),
            sources=[context.source, str(pair.id)],
            **context.model_dump(include={"role", "model", "adapter", "prompt_hash"}),
        )


def _edits(session: Session) -> Iterator[Example]:
    """What instructors made of written lines, took or refused: the words they wanted are preferred."""
    query = (
        select(LessonEdit, Lesson, Course.title, PageRow)
        .join(Lesson, Lesson.id == LessonEdit.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .join(PageRow, PageRow.id == LessonEdit.page_id)
        .where(consented(Purpose.ALIGNMENT, LessonEdit.edited_by, Lesson.course_id))
        .order_by(LessonEdit.at, LessonEdit.id)
    )
    for edit, lesson, course, page in session.execute(query):
        call = session.get(ModelCall, edit.call_id) if edit.call_id else None
        prompt = page_prompt(course, lesson.title, page.number, page.title, page.text, edit.kind)
        is_refused = edit.verdict == "refused"
        better, worse = (edit.before, edit.after) if is_refused else (edit.after, edit.before)
        yield Example(
            id=example_id(ExampleKind.EDIT, edit.id),
            kind=ExampleKind.REFUSED if is_refused else ExampleKind.EDIT,
            role=Role.TEACHER,
            course_id=lesson.course_id,
            class_id=None,
            person_id=edit.edited_by,
            content=Content(prompt=prompt, chosen=better, rejected=worse),
            sources=[str(edit.id)],
            model=call.model if call else "",
            prompt_hash=call.prompt_hash if call else "",
        )
