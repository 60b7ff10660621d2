"""Whom to write to, by name: only those who allow their records to be used for teaching, and only for who teaches."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select

from app.accounts.models import Person
from app.analysis.flow.part import risks_of
from app.analysis.logs.subjects import Records
from app.analysis.subject import Subject
from app.records.privacy.keeping_back import kept_back

MOST = 50


class PersonAtRisk(BaseModel):
    """Somebody who may be lost or has gone: the module they are in, the chance that they go no further, days of
    silence, and what speaks for it.
    """

    name: str
    email: str
    module: str
    chance: float
    silent_days: int
    is_gone: bool
    why: list[str]


class Risks(BaseModel):
    """The list, those still here first; `unnamed` are others like them who keep their names back; `trouble` says why
    there is no list.
    """

    here: list[PersonAtRisk] = []
    gone: list[PersonAtRisk] = []
    unnamed: int = 0
    more: int = 0
    trouble: str = ""


def people_at_risk(subject: Subject, records: Records) -> Risks:
    """The likeliest to be lost, at most MOST of either kind. Nobody by name in a researcher's view."""
    session, course_id = subject.session, subject.source.course_id
    if session is None or course_id is None or subject.for_research:
        return Risks(trouble="Names are for those who teach the course.")
    found = risks_of(records)
    if isinstance(found, str):
        return Risks(trouble=found)
    learners = records.lines.course.learners
    people = {UUID(learners[one.learner]) for one in found}
    hidden = kept_back(session, people, course_id)
    query = select(Person.id, Person.name, Person.email).where(Person.id.in_(people))
    known = {row.id: row for row in session.execute(query)}
    told = Risks(unnamed=len(hidden))
    for one in found:
        person = UUID(learners[one.learner])
        if person in hidden or person not in known:
            continue
        some = told.gone if one.is_gone else told.here
        if len(some) >= MOST:
            told.more += 1
            continue
        some.append(
            PersonAtRisk(
                name=known[person].name,
                email=known[person].email,
                module=records.lines.course.modules[one.module],
                chance=one.chance,
                silent_days=int(one.silent_days),
                is_gone=one.is_gone,
                why=one.why,
            )
        )
    return told
