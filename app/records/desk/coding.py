"""Coding projects: a seeded sample of utterances, and people who code it blind to one another.

Who codes sees nobody's codes before they handed in theirs, and cannot change theirs afterwards. An utterance whose
people do not consent any more is left out of everything from that moment on.
"""

import random
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import Who
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound
from app.classroom.schema import AGENTS, Kind
from app.records.desk.coding_schema import CoderView, Given, Line, Plan, ProjectView, UnitView
from app.records.desk.filtering import Columns, Told, chosen, told
from app.records.desk.models import CodingCode, CodingCoder, CodingProject, CodingUnit
from app.records.desk.reading import Shown, reader_of
from app.records.desk.schema import DESK, Reader
from app.records.desk.schemes import CANNOT, Scheme, scheme_named
from app.records.models import StatementRow
from app.records.profile import EXTENSION

MOST_UNITS, MOST_CODERS = 1000, 8
LONGEST_TITLE = 120
MOST_SEED = 2**31 - 1
SPOKEN = (Kind.SAID.value, Kind.ASKED.value)
BEFORE, AFTER = 2, 1
"""How many utterances before and after are shown with the one to be coded."""
MODEL, FINAL = "model", "final"
"""Givers of codes that are no coders: the language model, and who decides where coders differ."""

_role = StatementRow.document["context"]["extensions"][EXTENSION + "role"].astext
_kind = StatementRow.document["context"]["extensions"][EXTENSION + "kind"].astext
_words = func.coalesce(StatementRow.document["result"]["response"].astext, "")


def spoken(course_id: UUID) -> Columns:
    """Everything that was said in a course's classes by people who consent, or to them."""
    return told(course_id, only_open=True).where(_kind.in_(SPOKEN), _words != "")


def _speakers(scheme: Scheme) -> list[ColumnElement[bool]]:
    if scheme.speakers == "students":
        return [_role == "student"]
    return [_role.in_([voice.value for voice in AGENTS])] if scheme.speakers == "agents" else []


def create_project(session: Session, who: Who, course_id: UUID, plan: Plan) -> UUID:
    """Draw the sample and name the coders. The same seed on the same records draws the same utterances.

    Raises Invalid for a plan that cannot be carried out.
    """
    reader, scheme = reader_of(session, who, course_id), scheme_named(plan.scheme)
    title = " ".join(plan.title.split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise Invalid(f"Give the project a title of 1 to {LONGEST_TITLE} characters.")
    if not 1 <= plan.size <= MOST_UNITS:
        raise Invalid(f"A sample has 1 to {MOST_UNITS:,} utterances.")
    if not 0 <= plan.seed <= MOST_SEED:
        raise Invalid(f"A seed is a whole number from 0 to {MOST_SEED:,}.")
    coders = _known_coders(session, course_id, plan.coders)
    query = spoken(course_id).where(*_speakers(scheme), *chosen(session, reader, plan.wanted))
    found = sorted(session.scalars(query.with_only_columns(StatementRow.id)))
    if not found:
        raise Invalid("Nobody who consents to research said anything that fits; widen the filter.")
    row = CodingProject(
        id=new_id(),
        course_id=course_id,
        title=title,
        scheme=scheme.name,
        chosen=plan.wanted.model_dump(),
        seed=plan.seed,
        created_by=who.id,
    )
    session.add(row)
    session.flush()
    sample = random.Random(plan.seed).sample(found, min(plan.size, len(found)))
    for position, statement_id in enumerate(sample, start=1):
        session.add(CodingUnit(project_id=row.id, position=position, statement_id=statement_id))
    session.add_all(CodingCoder(project_id=row.id, person_id=coder) for coder in coders)
    session.flush()
    return row.id


def possible_coders(session: Session, course_id: UUID) -> list[CoderView]:
    """The course's researchers and instructors, by name."""
    people = accounts.people(session, course_id)
    return [CoderView(person_id=one.id, name=one.name) for one in people if one.role in DESK]


def _known_coders(session: Session, course_id: UUID, wanted: Sequence[UUID]) -> set[UUID]:
    coders = set(wanted)
    if not 1 <= len(coders) <= MOST_CODERS:
        raise Invalid(f"Choose one to {MOST_CODERS} coders; with two or more you learn how far they agree.")
    if coders - {one.person_id for one in possible_coders(session, course_id)}:
        raise Invalid("A coder has to be a researcher or an instructor of this course.")
    return coders


def access_project(session: Session, who: Who, project_id: UUID) -> tuple[CodingProject, Reader]:
    """The project, for somebody at its course's desk. NotFound for others."""
    row = session.get(CodingProject, project_id)
    if row is None:
        raise NotFound
    return row, reader_of(session, who, row.course_id)


def units_of(session: Session, row: CodingProject, position: int = 0) -> list[tuple[CodingUnit, Told]]:
    """The project's utterances that may still be used, in order; only the one at a position, where given."""
    query = (
        spoken(row.course_id)
        .join(CodingUnit, CodingUnit.statement_id == StatementRow.id)
        .where(CodingUnit.project_id == row.id)
        .add_columns(CodingUnit)
        .order_by(CodingUnit.position)
    )
    if position:
        query = query.where(CodingUnit.position == position)
    return [(one[5], Told(*one[:5])) for one in session.execute(query)]


def positions_of(session: Session, row: CodingProject) -> list[int]:
    """The positions of those utterances."""
    query = spoken(row.course_id).join(CodingUnit, CodingUnit.statement_id == StatementRow.id)
    query = query.where(CodingUnit.project_id == row.id)
    return sorted(session.scalars(query.with_only_columns(CodingUnit.position)))


def newest_codes(session: Session, project_id: UUID, giver: str = "") -> dict[str, dict[int, Given]]:
    """What stands, by giver and position: the newest code of each, save what was taken back."""
    query = (
        select(CodingCode, CodingUnit.position, Person.name)
        .join(CodingUnit, CodingUnit.id == CodingCode.unit_id)
        .outerjoin(Person, Person.id == CodingCode.person_id)
        .where(CodingUnit.project_id == project_id)
        .ext(distinct_on(CodingCode.unit_id, CodingCode.giver))
        .order_by(CodingCode.unit_id, CodingCode.giver, CodingCode.number.desc())
    )
    found: dict[str, dict[int, Given]] = {}
    for code, position, name in session.execute(query.where(CodingCode.giver == giver) if giver else query):
        if code.code:
            found.setdefault(code.giver, {})[position] = _given(code, name)
    return found


def _given(code: CodingCode, name: str | None) -> Given:
    return Given(number=code.number, code=code.code, by=name or "", model=code.model, note=code.note, at=code.at)


def coders_of(session: Session, row: CodingProject) -> list[CoderView]:
    """The project's coders by name, with how far each has come."""
    query = (
        select(CodingCoder, Person.name)
        .join(Person, Person.id == CodingCoder.person_id)
        .where(CodingCoder.project_id == row.id)
        .order_by(Person.name, Person.id)
    )
    given, positions = newest_codes(session, row.id), set(positions_of(session, row))
    return [
        CoderView(
            person_id=coder.person_id,
            name=name,
            coded=len(positions & given.get(str(coder.person_id), {}).keys()),
            done_at=coder.done_at,
        )
        for coder, name in session.execute(query)
    ]


def project_view(session: Session, who: Who, project_id: UUID) -> ProjectView:
    """The project as `who` may see it."""
    row, _ = access_project(session, who, project_id)
    return view_of(session, who, row)


def view_of(session: Session, who: Who, row: CodingProject) -> ProjectView:
    """The document of a project row."""
    coders = coders_of(session, row)
    mine = next((one for one in coders if one.person_id == who.id), None)
    units = positions_of(session, row)
    given = newest_codes(session, row.id, MODEL).get(MODEL, {})
    return ProjectView(
        id=row.id,
        course_id=row.course_id,
        title=row.title,
        scheme=scheme_named(row.scheme),
        seed=row.seed,
        chosen=row.chosen,
        created_at=row.created_at,
        units=len(units),
        coders=coders,
        mine=mine,
        sees=mine is None or mine.done_at is not None,
        model_status=row.model_status,
        model_coded=len(given.keys() & set(units)),
    )


def projects_of(session: Session, who: Who, course_id: UUID) -> list[ProjectView]:
    """A course's projects, newest first, for somebody at its desk."""
    reader_of(session, who, course_id)
    query = select(CodingProject).where(CodingProject.course_id == course_id)
    rows = session.scalars(query.order_by(CodingProject.created_at.desc()).limit(100))
    return [view_of(session, who, row) for row in rows]


def unit_for(session: Session, who: Who, project_id: UUID, position: int = 0) -> UnitView:
    """The utterance at a position, or the first that `who` has not coded; of all coded, the last.

    NotFound for who does not code here, and for an utterance that is not there.
    """
    row, reader = access_project(session, who, project_id)
    coder = _coder(session, row, who)
    places = positions_of(session, row)
    mine = newest_codes(session, row.id, str(who.id)).get(str(who.id), {})
    open_ones = [one for one in places if one not in mine]
    wanted = position or (open_ones or places[-1:] or [0])[0]
    if wanted not in places:
        raise NotFound
    (unit, one), *_ = units_of(session, row, wanted)
    place = places.index(wanted)
    show = Shown(session, reader)
    given = mine.get(unit.position)
    return UnitView(
        project_id=row.id,
        course_id=row.course_id,
        title=row.title,
        scheme=scheme_named(row.scheme),
        position=unit.position,
        total=len(places),
        done=len(places) - len(open_ones),
        line=line_of(show, one),
        before=neighbours(session, show, row, one.row, is_before=True),
        after=neighbours(session, show, row, one.row, is_before=False),
        given=given.code if given else "",
        earlier=places[place - 1] if place else 0,
        later=places[place + 1] if place + 1 < len(places) else 0,
        handed_in=coder.done_at is not None,
        may_undo=bool(mine) and coder.done_at is None,
    )


def line_of(show: Shown, one: Told) -> Line:
    """An utterance as coders see it."""
    record = show.record(one)
    return Line(
        statement_id=record.id,
        class_id=record.class_id,
        seq=record.seq or 0,
        role=record.role,
        who=record.actor.removeprefix("agent:"),
        learner=record.learner,
        lesson=record.lesson or "",
        page=record.page or 0,
        text=record.text or "",
    )


def neighbours(session: Session, show: Shown, row: CodingProject, of: StatementRow, *, is_before: bool) -> list[Line]:
    """What was said just before or after an utterance in its class, in order."""
    query = spoken(row.course_id).where(StatementRow.class_id == of.class_id)
    if is_before:
        query = query.where(StatementRow.seq < of.seq).order_by(StatementRow.seq.desc()).limit(BEFORE)
    else:
        query = query.where(StatementRow.seq > of.seq).order_by(StatementRow.seq).limit(AFTER)
    found = [line_of(show, Told(*one)) for one in session.execute(query)]
    return found[::-1] if is_before else found


def _coder(session: Session, row: CodingProject, who: Who, lock: bool = False) -> CodingCoder:
    coder = session.get(CodingCoder, (row.id, who.id), with_for_update=lock)
    if coder is None:
        raise NotFound
    return coder


def _open_coder(session: Session, who: Who, project_id: UUID) -> CodingProject:
    """The project, if `who` codes in it and has not handed in; their codes stand still until the work is over."""
    row, _ = access_project(session, who, project_id)
    if _coder(session, row, who, lock=True).done_at:
        raise Conflict("You have handed in; your codes do not change any more.")
    return row


def give_code(session: Session, who: Who, project_id: UUID, position: int, code: str) -> bool:
    """Code an utterance; whether it had a code already. Raises Invalid for a code that the scheme does not have."""
    row = _open_coder(session, who, project_id)
    check_code(row, code)
    unit = usable_unit(session, row, position)
    mine = newest_codes(session, row.id, str(who.id)).get(str(who.id), {})
    session.add(CodingCode(unit_id=unit.id, giver=str(who.id), person_id=who.id, code=code))
    return position in mine


def check_code(row: CodingProject, code: str) -> None:
    """Raise Invalid for a code that the project's scheme does not have."""
    if code != CANNOT and code not in scheme_named(row.scheme).names:
        raise Invalid("This code is not in the scheme. Reload the page and choose again.")


def usable_unit(session: Session, row: CodingProject, position: int) -> CodingUnit:
    """The unit at a position. NotFound where its people do not consent any more."""
    query = spoken(row.course_id).join(CodingUnit, CodingUnit.statement_id == StatementRow.id)
    query = query.where(CodingUnit.project_id == row.id, CodingUnit.position == position)
    unit: CodingUnit | None = session.scalar(query.with_only_columns(CodingUnit))
    if unit is None:
        raise NotFound
    return unit


def undo(session: Session, who: Who, project_id: UUID) -> int:
    """Take back the code that `who` gave last; returns its position. Raises Conflict where there is none."""
    row = _open_coder(session, who, project_id)
    mine = newest_codes(session, row.id, str(who.id)).get(str(who.id), {})
    usable = set(positions_of(session, row))
    last = max(((given.number, position) for position, given in mine.items() if position in usable), default=None)
    if last is None:
        raise Conflict("There is nothing to take back.")
    unit = usable_unit(session, row, last[1])
    session.add(CodingCode(unit_id=unit.id, giver=str(who.id), person_id=who.id, code=""))
    return last[1]


def hand_in(session: Session, who: Who, project_id: UUID) -> None:
    """Say that all is coded. From now on `who` sees the others' codes, and theirs stand. Raises Conflict before."""
    row = _open_coder(session, who, project_id)
    mine = newest_codes(session, row.id, str(who.id)).get(str(who.id), {})
    if left := len(set(positions_of(session, row)) - mine.keys()):
        raise Conflict(f"{left} of the utterances have no code of yours yet. Code them first.")
    _coder(session, row, who).done_at = now()
