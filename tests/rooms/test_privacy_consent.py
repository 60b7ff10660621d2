"""Consent: asked under versioned words, held back for minors without a guardian, and heeded when names are shown."""

import hashlib
from datetime import timedelta

import pytest
from making import Made, answer_consent, make_lesson, make_person
from parts import Services
from private import OWN, World, make_world
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import now, unit_of_work
from app.base.errors import Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson, LearnerNote
from app.classroom.schema import Body, Draft, Intent, Kind
from app.records import service as records
from app.records.privacy import service as privacy
from app.records.privacy import wording
from app.records.privacy.keeping_back import A_STUDENT
from app.records.privacy.schema import GuardianWord, Purpose, Wording

PUBLISHED = {
    "alignment.1.toml": "50e2eb4b6639e8d9",
    "alignment.2.toml": "7db152146a5bf268",
    "research.1.toml": "dd6e9648a53b2356",
    "teaching.1.toml": "b82eb0a797c73686",
}
"""The first 16 hex digits of each text's SHA-256. Somebody said yes to these words: to change them, write version 2."""


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


def guardian(made: Made, granted: bool, purpose: Purpose = Purpose.RESEARCH) -> None:
    word = GuardianWord(
        person_id=made.student.id, purpose=purpose, granted=granted, guardian="Mo Rivers", said_on=now().date()
    )
    with unit_of_work() as session:
        privacy.write_down(session, made.instructor, made.course_id, word)


def minors(made: Made, who: Who | None = None) -> None:
    with unit_of_work() as session:
        classroom.set_policy(session, who or made.instructor, made.course_id, Policy(with_minors=True))


def allowed(purpose: Purpose, in_course: bool = True) -> list[object]:
    """Whom a query finds that asks for a purpose, with the course's column or without."""
    with unit_of_work() as session:
        condition = privacy.consented(purpose, Enrolment.person_id, Enrolment.course_id if in_course else None)
        return list(session.scalars(select(Enrolment.person_id).where(condition)))


def test_published_words_are_never_changed() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in wording.TEXTS.glob("*.toml")}
    assert {name: found.get(name) for name in PUBLISHED} == PUBLISHED
    assert {purpose: [one.version for one in texts] for purpose, texts in wording.wordings().items()} == {
        purpose: list(range(1, len(texts) + 1)) for purpose, texts in wording.wordings().items()
    }


def test_a_changed_text_asks_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work() as session:
        assert not privacy.must_ask(session, made.student, made.course_id)
        assert not privacy.must_ask(session, made.instructor, made.course_id)
    old = wording.wordings()
    second = Wording.model_validate({**old[Purpose.RESEARCH][0].model_dump(), "version": 2})
    texts = {**old, Purpose.RESEARCH: [*old[Purpose.RESEARCH], second]}
    monkeypatch.setattr(wording, "wordings", lambda: texts)
    with unit_of_work() as session:
        assert privacy.must_ask(session, made.student, made.course_id)
        privacy.choose(session, made.student, dict.fromkeys(Purpose, True))
    with unit_of_work() as session:
        assert not privacy.must_ask(session, made.student, made.course_id)
        assert privacy.history(session, made.student.id)[0].text_version in (1, 2)


def test_somebody_new_is_asked(made: Made) -> None:
    ida = make_person("ida@school.test", is_new=True)
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, ida.id, CourseRole.STUDENT)
        assert privacy.must_ask(session, ida, made.course_id)


def test_saying_the_same_again_is_no_new_word(made: Made) -> None:
    for _ in range(2):
        with unit_of_work() as session:
            privacy.choose(session, made.student, {Purpose.RESEARCH: True})
    with unit_of_work() as session:
        said = [word.granted for word in privacy.history(session, made.student.id) if word.purpose == "research"]
    assert said == [True, False]


# ------------------------------------------------------------------------------------------------------------ minors


def test_a_minors_yes_counts_with_a_guardians(made: Made) -> None:
    answer_consent(made.student.id, *Purpose)
    assert allowed(Purpose.RESEARCH) == [made.student.id]
    minors(made)
    assert allowed(Purpose.RESEARCH) == allowed(Purpose.RESEARCH, in_course=False) == []
    assert allowed(Purpose.TEACHING) == [made.student.id]
    with unit_of_work() as session:
        assert privacy.standing(session, made.student.id, made.course_id)[Purpose.RESEARCH] is False
        held = {choice.wording.purpose: choice.held_by for choice in privacy.choices(session, made.student.id)}
        assert held == {Purpose.TEACHING: [], Purpose.RESEARCH: ["Biology"], Purpose.ALIGNMENT: ["Biology"]}
    guardian(made, True)
    assert allowed(Purpose.RESEARCH) == allowed(Purpose.RESEARCH, in_course=False) == [made.student.id]
    assert allowed(Purpose.ALIGNMENT) == []
    guardian(made, False)
    assert allowed(Purpose.RESEARCH) == []


def test_a_guardians_yes_alone_is_none(made: Made) -> None:
    minors(made)
    guardian(made, True)
    assert allowed(Purpose.RESEARCH) == []


def test_only_the_courses_instructors_write_down_guardians(made: Made) -> None:
    word = GuardianWord(
        person_id=made.student.id,
        purpose=Purpose.RESEARCH,
        granted=True,
        guardian="Mo Rivers",
        said_on=now().date(),
    )
    stranger = make_person("eve@school.test", SiteRole.INSTRUCTOR)
    for who in (made.student, stranger):
        with pytest.raises(NotFound), unit_of_work() as session:
            privacy.write_down(session, who, made.course_id, word)
    for wrong in ({"person_id": stranger.id}, {"guardian": " "}, {"said_on": now().date() + timedelta(days=2)}):
        with pytest.raises(Invalid), unit_of_work() as session:
            privacy.write_down(session, made.instructor, made.course_id, word.model_copy(update=wrong))


# ------------------------------------------------------------------------------------------- without a yes to teaching


def withdraw(who: Who) -> None:
    with unit_of_work() as session:
        privacy.choose(session, who, {Purpose.TEACHING: False})


def test_instructors_see_what_was_done_and_not_by_whom(db: Services) -> None:
    world = make_world()
    withdraw(world.zelda)
    with unit_of_work() as session:
        lines = records.attendance(session, world.made.course_id)
        questions = records.questions_asked(session, world.made.course_id)
    assert {(line.person, line.is_named) for line in lines} == {(A_STUDENT, False), ("Kim Hollow", True)}
    assert {one.person for one in questions if one.text == OWN} == {A_STUDENT}


def test_nobody_looks_into_the_class_of_one_who_lets_nobody_look(db: Services) -> None:
    world = make_world()
    teacher = world.made.instructor
    with unit_of_work() as session:
        classroom.join(session, teacher, world.alone)
        assert "Zelda" in privacy.look_inside(session, teacher, world.alone).student
    withdraw(world.zelda)
    with unit_of_work() as session:
        assert session.get(ClassPerson, (world.alone, teacher.id)) is None
        for look in (privacy.look_inside, privacy.need_open_to_staff):
            with pytest.raises(NotFound):
                look(session, teacher, world.alone)
        inside = privacy.look_inside(session, teacher, world.shared)
    told = inside.model_dump_json()
    assert "Zelda" not in told
    assert "Kim Hollow" in told
    assert OWN in told


def test_who_may_be_in_danger_is_named_all_the_same(db: Services) -> None:
    world = make_world()
    withdraw(world.zelda)
    with unit_of_work() as session:
        log = OpenLog.lock(session, world.alone)
        for cause in (Intent.DISTRESS, Intent.ABUSE):
            body = Body(text="words", cause=cause.value)
            log.append(Draft(kind=Kind.CONCERN, person_id=world.zelda.id, body=body))
    with unit_of_work() as session:
        concerns = classroom.concerns(session, world.made.course_id)
        told = privacy.without_names(session, world.made.course_id, concerns)
    assert {one.cause: one.person for one in told} == {"distress": "Zelda Quirk", "abuse": A_STUDENT}


def needs_it_simpler(world: World) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, world.alone)
        body = Body(text="Simpler, please", page=1, intent=Intent.SIMPLER)
        log.append(Draft(kind=Kind.ASKED, person_id=world.zelda.id, body=body))
    records.project(world.alone)


def notes_of(who: Who) -> list[str]:
    with unit_of_work() as session:
        return [note.text for note in classroom.learner_notes(session, who)]


def test_notes_are_made_only_with_a_yes_and_go_with_a_no(db: Services) -> None:
    world = make_world()
    needs_it_simpler(world)
    assert len(notes_of(world.zelda)) == 2, "the one of the world, and the new one"
    withdraw(world.zelda)
    assert notes_of(world.zelda) == []
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).where(LearnerNote.text != "")) == 0
        classroom.control(session, world.zelda, world.alone, classroom_end())
    records.project(world.alone)
    assert notes_of(world.zelda) == []


def classroom_end():
    from app.classroom.schema import Control

    return Control.END


def test_staff_and_admins_keep_their_names(made: Made) -> None:
    admin = make_person("ann@school.test", SiteRole.ADMIN)
    with unit_of_work() as session:
        people = session.scalars(select(Person.id)).all()
        hidden = privacy.kept_back(session, people, made.course_id)
    assert not {made.instructor.id, made.student.id, admin.id} & hidden
