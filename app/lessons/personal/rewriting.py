"""The job that puts an approved version in other words: page by page from the first, each between two transactions.

A class reads what is there and never waits for this job. A worker that was killed loses the page it was at; one that
was overtaken, or whose version was taken out of use, stores nothing.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.languages import language_of
from app.base.lease import Hold
from app.base.settings import get_settings
from app.courses import service as courses
from app.courses.schema import Page
from app.inference.accounting import account
from app.inference.schema import CallStopped, ModelJunk, ModelUnavailable, Role
from app.inference.service import draft
from app.lessons.deck.structure import structure_of
from app.lessons.models import LessonVersion
from app.lessons.personal.checking import Original, is_left_alone
from app.lessons.personal.models import PersonalPage, PersonalVersion
from app.lessons.personal.schema import Line, LineState, PersonalState, Profile
from app.lessons.personal.wording import RewordCheck, form_of, prompt
from app.lessons.runs.handing import at_work
from app.lessons.schema import LessonScript, Say, Summarise
from app.lessons.words import key, stems

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
ATTEMPTS, BACK_OFF_SECONDS = 5, 8
CHUNK = 4
"""Lines that the model is given at once: a page's, or a part of them."""
TOKENS_A_LINE, TOKENS = 90, 60
GONE = "The language model did not answer."


@dataclass(frozen=True)
class Work:
    """A claimed version, and all that its pages are made of."""

    personal_id: UUID
    hold: Hold[PersonalVersion]
    attempt: int
    profile: Profile
    script: LessonScript
    pages: dict[int, Page]
    terms: dict[int, frozenset[str]]
    language: str
    done: frozenset[int]


def overdue(session: Session) -> list[UUID]:
    """Versions for the clock to ring for: they wait, or their writer went silent."""
    late = or_(PersonalVersion.lease_until.is_(None), PersonalVersion.lease_until < now())
    is_open = PersonalVersion.state.in_([PersonalState.WAITING.value, PersonalState.WRITING.value])
    query = select(PersonalVersion.id).where(and_(is_open, late)).order_by(PersonalVersion.made_at).limit(50)
    return list(session.scalars(query))


def rewrite(personal_id: UUID) -> None:
    """Carry a personal version on to its end. Safe to run twice."""
    work = _claim(personal_id)
    if work is None:
        return None
    with work.hold.renewed(), account(work.hold.lost.is_set):
        for page in work.script.pages:
            if page.page in work.done:
                continue
            try:
                lines, call_id = _reworded(work, page.page)
            except CallStopped:
                return None
            except ModelUnavailable:
                if work.attempt < ATTEMPTS:
                    return _wait(work)
                lines, call_id = [_stands(one, GONE) for one in _lines(work, page.page)], None
            if not _keep(work, page.page, lines, call_id):
                return None
    return _finish(work)


def _claim(personal_id: UUID) -> Work | None:
    with unit_of_work() as session:
        row = session.get(PersonalVersion, personal_id, with_for_update={"skip_locked": True})
        is_open = row is not None and row.state in (PersonalState.WAITING.value, PersonalState.WRITING.value)
        if row is None or not is_open or row.is_held or _is_full(session):
            return None
        hold = Hold.take(row, LEASE)
        row.state, row.attempts = PersonalState.WRITING.value, row.attempts + 1
        session.flush()
        version = session.get_one(LessonVersion, row.version_id)
        script = LessonScript.model_validate(version.script)
        pages = {page.number: page for page in courses.pages(session, script.material_id)}
        said = " ".join(one.words for one in script.actions)
        done = session.scalars(select(PersonalPage.page).where(PersonalPage.personal_id == personal_id))
        return Work(
            personal_id=personal_id,
            hold=hold,
            attempt=row.attempts,
            profile=Profile.model_validate(row.profile),
            script=script,
            pages=pages,
            terms=_terms(session, script.material_id, pages),
            language=language_of(said) or "en",
            done=frozenset(done),
        )


def _is_full(session: Session) -> bool:
    """Whether the model has enough to do with lessons; the clock then rings again. What is written for all learners
    goes first."""
    under_way = (PersonalVersion.state == PersonalState.WRITING.value, PersonalVersion.lease_until > now())
    others = session.scalar(select(func.count()).where(*under_way)) or 0
    return others + at_work(session) >= get_settings().author_window


def _terms(session: Session, material_id: UUID, pages: dict[int, Page]) -> dict[int, frozenset[str]]:
    """What must be called by its name, by page: what the title names, and the components that are taught there."""
    found = {number: stems(page.title) for number, page in pages.items()}
    for part in structure_of(session, material_id).parts:
        for section in part.sections:
            named = stems(" ".join([*part.components, *section.components]))
            for number in section.pages:
                found[number] = found.get(number, set()) | named
    return {number: frozenset(terms) for number, terms in found.items()}


def _lines(work: Work, number: int) -> list[Line]:
    """The lines of a page that may be put otherwise, as they were approved. Questions stay what they are: their answers
    are judged."""
    told = enumerate(work.script.actions)
    spoken = [(at, one) for at, one in told if one.page == number and isinstance(one, Say | Summarise)]
    return [Line(action=at, before=one.words, text=one.words, state=LineState.LEFT) for at, one in spoken]


def _original(work: Work, number: int, line: Line) -> Original:
    page = work.pages.get(number)
    resting = set(work.script.actions[line.action].passages)
    passages = [one.text for one in page.passages if one.id in resting] if page else []
    ground = "\n".join(passages) or (page.text if page else "")
    title = page.title if page else ""
    return Original(line.before, f"{title}\n{ground}", work.terms.get(number, frozenset()), work.language)


def _reworded(work: Work, number: int) -> tuple[list[Line], UUID | None]:
    """A page's lines in other words. Raises ModelUnavailable."""
    lines, call_id = _lines(work, number), None
    wanted = [at for at, one in enumerate(lines) if not is_left_alone(one.before)]
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        originals = [_original(work, number, lines[at]) for at in chunk]
        check = RewordCheck(originals, work.profile)
        asked = prompt(work.profile, originals)
        tokens = TOKENS + TOKENS_A_LINE * len(chunk)
        try:
            _, reply = draft(
                Role.AUTHOR, asked, form_of(len(chunk)), about=work.personal_id, max_tokens=tokens, check=check
            )
            call_id = reply.call_id
        except ModelJunk:
            log.info("lines of page %s of %s stand as they were approved", number, work.personal_id)
        for at, text, why in zip(chunk, check.said, check.why, strict=True):
            lines[at] = _said(lines[at], text) if text else _stands(lines[at], why)
    return lines, call_id


def _said(line: Line, text: str) -> Line:
    if key(text) == key(line.before):
        return line.model_copy(update={"state": LineState.SAME})
    return line.model_copy(update={"text": text, "state": LineState.REWRITTEN})


def _stands(line: Line, why: str) -> Line:
    return line.model_copy(update={"state": LineState.STANDS, "why": why})


# ------------------------------------------------------------------------------------------------------ keeping it


def _keep(work: Work, number: int, lines: list[Line], call_id: UUID | None) -> bool:
    """Store a page; False when the claim is somebody else's by now."""
    with unit_of_work() as session:
        row = work.hold.row(session)
        if row is None:
            return False
        row.attempts = 0 if call_id else row.attempts
        told = [one.model_dump(mode="json") for one in lines]
        session.add(PersonalPage(personal_id=work.personal_id, page=number, lines=told, call_id=call_id))
    return True


def _wait(work: Work) -> None:
    """The model is away: leave the rest to the clock until later."""
    with unit_of_work() as session:
        if (row := work.hold.row(session)) is not None:
            row.state, row.claim = PersonalState.WAITING.value, None
            row.lease_until = now() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (work.attempt - 1))


def _finish(work: Work) -> None:
    with unit_of_work() as session:
        if (row := work.hold.row(session)) is not None:
            row.state, row.claim, row.lease_until = PersonalState.READY.value, None, None
