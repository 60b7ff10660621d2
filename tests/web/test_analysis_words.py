"""Talk, flow and agents at the door: strips that lead to the words, names only of those who allow it, plain trouble."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from parts import Services, empty_stores
from people import Browser, School, person, school, sign_in
from releasing import ask
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, SiteRole, Who
from app.alignment.serving.models import AdapterRow, RolloutRow
from app.alignment.signals.saying import thumb
from app.alignment.signals.schema import Thumb
from app.alignment.telling import outside
from app.analysis import service as analysis
from app.analysis.agents.reading import trials_of
from app.analysis.flow import part as flow
from app.analysis.flow.strip import strip
from app.analysis.logs.subjects import records_of
from app.analysis.talk.floor import flanders
from app.analysis.talk.messages import activities, messages
from app.analysis.talk.sequences import sequences
from app.base.db import unit_of_work
from app.base.embedded.address import use_environment
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Kind
from app.cli.simulated.school import School as Simulated
from app.cli.simulated.school import simulate
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.schema import Format, ReleaseSpec

STUDENTS = 14


@pytest.fixture(scope="module")
def term(services: Services) -> Iterator[Simulated]:
    """A simulated course, for all tests of this file: none changes what happened in it."""
    use_environment({})
    yield simulate(STUDENTS, 9, lambda words: None)
    empty_stores()


def reader(term: Simulated, role: CourseRole) -> Browser:
    """Somebody new in the simulated course."""
    who = person(SiteRole.INSTRUCTOR if role is CourseRole.INSTRUCTOR else SiteRole.RESEARCHER, "Ada Brandt")
    with unit_of_work() as session:
        accounts.enrol(session, term.lessons.course_id, who.id, role)
    return sign_in(who)


def test_from_the_dashboard_to_the_words_and_no_nan_anywhere(term: Simulated) -> None:
    browser = reader(term, CourseRole.INSTRUCTOR)
    base = f"/courses/{term.lessons.course_id}/analysis"
    for name in ("talk", "flow", "agents"):
        text = browser.get(f"{base}/{name}").text
        assert not re.search(r"\bnan\b", text, re.IGNORECASE), name
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), name
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", text)
    links = re.findall(rf'href="({base}/utterances\?[^"]+)"', browser.get(f"{base}/flow").text)
    assert len(links) >= 4 * 5 * 4
    signs = {sign: next(one for one in links if one.endswith(f"sign={sign}")) for sign in ("asked", "slow", "stopped")}
    words = browser.get(signs["asked"].replace("&amp;", "&").replace("page=1&", "page=2&")).text
    place = re.search(r'href="(/classes/[^"#]+)#at-(\d+)"', words)
    assert place
    assert f'id="at-{place[2]}"' in browser.get(place[1].replace("&amp;", "&")).text
    for sign in ("slow", "stopped"):
        assert browser.get(signs[sign].replace("&amp;", "&")).status_code == 200
    wrong = browser.get(f"{base}/utterances?activity=singing")
    assert wrong.status_code == 400
    assert "it is one of asking" in wrong.text
    assert browser.get(f"{base}/utterances?lesson={UUID(int=0)}").status_code == 404


def test_researchers_meet_no_names_and_those_who_keep_theirs_back_are_not_named(term: Simulated) -> None:
    course_id = term.lessons.course_id
    with unit_of_work() as session:
        said = select(EventRow.person_id).where(EventRow.kind == Kind.ASKED.value).order_by(EventRow.at.desc())
        owner = session.scalar(said.limit(1))
        declare(session, owner, Purpose.TEACHING, False, 1)
        name = accounts.name_and_address(session, owner)[0]
    base = f"/courses/{course_id}/analysis"
    instructor, researcher = reader(term, CourseRole.INSTRUCTOR), reader(term, CourseRole.RESEARCHER)
    told = [instructor.get(f"{base}/{one}").text for one in ("flow", "utterances", "talk")]
    assert all(name not in text for text in told)
    assert "A student" in told[1]
    assert re.search(r"Learner \d{4}", told[1])
    pages = [researcher.get(f"{base}/{one}").text for one in ("flow", "utterances", "agents")]
    assert all(not re.search(r"Learner \d{4}|@simulated", text) for text in pages)
    assert "person-" in pages[1]
    assert "Names are for those who teach" in pages[0]


def test_a_researcher_sees_classes_of_those_who_consent_at_that_moment(term: Simulated) -> None:
    before = researched(term)
    assert before == {one.number for one in term.truth.learners if one.consents["research"]}
    leaver = min(before)
    withdraw(term, leaver)
    assert researched(term) == before - {leaver}


def researched(term: Simulated) -> set[int]:
    """The numbers of the learners in a researcher's analysis."""
    with unit_of_work() as session:
        lines = records_of(analysis.read_course(session, term.lessons.course_id, for_research=True)).lines
        people = [UUID(lines.course.learners[at]) for at in set(lines.learner.tolist()) - {-1}]
        return {int(accounts.name_and_address(session, one)[0].split()[-1]) for one in people}


def withdraw(term: Simulated, number: int) -> None:
    """A learner does not allow research any more."""
    with unit_of_work() as session:
        person_id = session.scalar(select(Person.id).where(Person.name == f"Learner {number:04d}"))
        declare(session, person_id, Purpose.RESEARCH, False, 1)


def test_an_empty_course_has_sentences(term: Simulated) -> None:
    place: School = school()
    browser = sign_in(place.instructor)
    base = f"/courses/{place.course_id}/analysis"
    assert "Nobody has attended a class yet" in browser.get(f"{base}/talk").text
    assert "Nobody has attended a class yet" in browser.get(f"{base}/flow").text
    assert "No agent has said anything" in browser.get(f"{base}/agents").text
    assert "Nothing fits" in browser.get(f"{base}/utterances").text
    for stranger in (place.student, person()):
        for name in ("flow", "talk", "agents", "utterances"):
            assert sign_in(stranger).get(f"{base}/{name}").status_code == 404


def test_a_release_gives_the_figures_of_the_page(term: Simulated) -> None:
    course_id = term.lessons.course_id
    spec = ReleaseSpec(
        courses=[course_id],
        tables=["learners", "classes", "events", "sittings", "items", "attempts"],
        formats=[Format.PARQUET],
        purpose="The same figures out of files.",
        words=True,
        quasi=[],
    )
    release_id = ask(spec)
    releases.make(release_id)
    released = records_of(analysis.read_release(folder_of(release_id)))
    with unit_of_work() as session:
        kept = records_of(analysis.read_course(session, course_id, for_research=True))
    one, two = released.lines, kept.lines
    assert len(one) == len(two) > 500
    assert messages(one).each == messages(two).each
    assert activities(one) == activities(two)
    assert (flanders(one).matrix == flanders(two).matrix).all()
    assert (sequences(one).counts == sequences(two).counts).all()
    told, wanted = ([strip(some.lines, at, np.inf) for at in range(4)] for some in (released, kept))
    assert [[page.asked for page in each.pages] for each in told] == [
        [page.asked for page in each.pages] for each in wanted
    ]
    assert [page.seconds.value for page in told[0].pages] == pytest.approx(
        [page.seconds.value for page in wanted[0].pages]
    )
    after = [sorted(some.results.after[np.isfinite(some.results.after)].tolist()) for some in (released, kept)]
    assert after[0] == pytest.approx(after[1], abs=1e-4)
    assert flow.make(analysis.read_release(folder_of(release_id))).measures[1].value is not None


def test_thumbs_on_agents_lines_are_told_with_the_agents(term: Simulated) -> None:
    course_id = term.lessons.course_id
    spoke = select(EventRow.class_id, EventRow.seq, ClassSession.person_id).join(ClassSession)
    spoke = spoke.where(
        EventRow.voice == "tutor", EventRow.kind == Kind.SAID.value, ClassSession.course_id == course_id
    )
    with unit_of_work() as session:
        lines = session.execute(spoke.limit(4)).all()
        for at, (class_id, seq, person_id) in enumerate(lines):
            who = Who(id=person_id, name="", email="", role=SiteRole.STUDENT)
            thumb(session, who, class_id, seq, Thumb.DOWN if at == 3 else Thumb.UP)
    page = reader(term, CourseRole.INSTRUCTOR).get(f"/courses/{course_id}/analysis/agents").text
    assert "Nobody has given thumbs" not in page
    assert re.search(r"<b>0.75</b> share of thumbs", page)


def test_an_adapter_that_was_rolled_out_is_compared_by_lot(term: Simulated) -> None:
    course_id = term.lessons.course_id
    with unit_of_work() as session:
        name = "lyceum-tutor-0123456789ab"
        session.add(AdapterRow(name=name, role="tutor", base="tiny", sha256="0" * 64))
        session.flush()
        started = datetime(2026, 1, 1, tzinfo=UTC)
        session.add(RolloutRow(role="tutor", adapter=name, percent=50, state="share", started_at=started))
        rows = session.scalars(select(ClassSession).where(ClassSession.course_id == course_id)).all()
        people = sorted({row.person_id for row in rows})
        for row in rows:
            row.adapters = {"tutor": name} if people.index(row.person_id) % 2 else {}
        session.flush()
        (trial,) = trials_of(session, course_id, outside(session, course_id).rollouts)
        assert trial.arms == ["base model", name]
        assert set(trial.assigned.values()) == set(trial.arms)
    page = reader(term, CourseRole.INSTRUCTOR).get(f"/courses/{course_id}/analysis/agents").text
    assert f"By lot: tutor: {name}" in page
    assert "No adapters were given by lot" not in page
