"""A course to take releases from: fourteen learners, two of whom say no, classes of their own and one they share.

Every name, address and word that must not get out holds "canary" somewhere.
"""

import tarfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pyarrow.parquet
from examining import MATCH, MULTIPLE, NUMERIC, ORDER, SINGLE, TEXT
from making import PASSWORD, Made, make_lesson

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan
from app.assessment.documents import Purpose as For
from app.assessment.importing import Given
from app.assessment.schema import Response
from app.base.db import now, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind, TutorAction, Verdict, Voice
from app.courses.models import Course
from app.lessons.models import Lesson
from app.records import service as records
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.schema import Format, ReleaseSpec

CANARY = "canary"
TABLES = ["learners", "classes", "events", "statements", "visits", "questions"]
ITEMS = (SINGLE, MULTIPLE, NUMERIC, TEXT, ORDER, MATCH)
COMPONENTS = (["Cells"], ["Cells", "Energy"], ["Length"], ["Cells"], ["Length"], ["Energy"])
ANSWER_TABLES = ["learners", "items", "sittings", "attempts", "statements"]
TELEPHONE = "442079460958"


@dataclass
class Field:
    """The course, its willing learners, those who say no, and the class that all share."""

    made: Made
    willing: list[Who] = field(default_factory=list)
    unwilling: list[Who] = field(default_factory=list)
    shared: UUID | None = None

    @property
    def course_id(self) -> UUID:
        return self.made.course_id

    def spec(self, **more: object) -> ReleaseSpec:
        """Everything there is, in every format, but for a band that moves with the shifts and would cost people."""
        given = {
            "courses": [self.course_id],
            "tables": TABLES,
            "formats": list(Format),
            "purpose": "A test of all tables.",
            "quasi": ["role", "courses", "activity"],
        }
        return ReleaseSpec.model_validate({**given, **more})


def allow(who: Who, granted: bool = True) -> None:
    """Say yes or no to research."""
    with unit_of_work() as session:
        declare(session, who.id, Purpose.RESEARCH, granted, 1)


def learner(course_id: UUID, number: int) -> Who:
    """An enrolled student with canaries in name and address."""
    name, email = f"Canaryname{number} Canarykin{number}", f"canarymail{number}@canary.test"
    with unit_of_work() as session:
        person_id = accounts.add_person(session, email, name, PASSWORD, SiteRole.STUDENT)
        accounts.enrol(session, course_id, person_id, CourseRole.STUDENT)
    return Who(id=person_id, name=name, email=email, role=SiteRole.STUDENT)


def append(class_id: UUID, *drafts: Draft) -> int:
    """Log these events; returns the seq of the last."""
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        return [log.append(draft).seq for draft in drafts][-1]


def wrote(who: Who, text: str, intent: Intent = Intent.QUESTION) -> Draft:
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=Body(text=text, page=1, intent=intent))


def said(text: str, voice: Voice = Voice.TUTOR, **more: object) -> Draft:
    return Draft(kind=Kind.SAID, voice=voice, body=Body(text=text, page=1, **more))


def page(number: int) -> Draft:
    return Draft(kind=Kind.PAGE, body=Body(page=number, action=0, cause="script"))


def own_class(made: Made, who: Who) -> UUID:
    """A class with a question of the learner's, two tries at one of the class's, and an end."""
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)
    asked = append(class_id, page(1), wrote(who, f"Why? I am {who.name}, {who.email}, call +44 20 7946 0958."))
    append(class_id, said("Because of canary water.", answers=asked, model="small"), page(2))
    append(class_id, said("What is in a cell?", Voice.TEACHER, asks=True, action=4))
    first = append(class_id, wrote(who, "canary air", Intent.ANSWER))
    append(class_id, said("Not quite.", answers=first, verdict=Verdict.WRONG, move=TutorAction.HINT))
    second = append(class_id, wrote(who, "canary water", Intent.ANSWER))
    append(class_id, said("Yes.", answers=second, verdict=Verdict.RIGHT, move=TutorAction.CONFIRM))
    append(class_id, Draft(kind=Kind.ENDED, person_id=who.id, body=Body(cause="finished")))
    records.project(class_id)
    return class_id


def shared_class(made: Made, inside: Who, outside: Who) -> UUID:
    """A class in which one who is willing and one who is not both write, and are answered."""
    with unit_of_work() as session:
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
        for who in (inside, outside):
            classroom.join(session, who, class_id)
    mine = append(class_id, page(1), wrote(inside, "What is a canary cell?"))
    theirs = append(class_id, said("A small canary room.", answers=mine), wrote(outside, "And a canary secret?"))
    append(class_id, said(f"That is canary private, {outside.name}.", answers=theirs, verdict=Verdict.WRONG))
    append(class_id, wrote(inside, f"I agree with {outside.name} about that."))
    with unit_of_work() as session:
        classroom.whisper(session, made.instructor, class_id, "canary whisper")
        classroom.speak_as_teacher(session, made.instructor, class_id, "canary words of the instructor")
    append(class_id, Draft(kind=Kind.CONCERN, person_id=inside.id, body=Body(text="canary concern", cause="distress")))
    append(class_id, Draft(kind=Kind.ENDED, person_id=made.instructor.id, body=Body(cause="finished")))
    records.project(class_id)
    return class_id


def make_field(willing: int = 12, unwilling: int = 2) -> Field:
    """The course, with a class for everybody and a shared one."""
    found = Field(make_lesson(ask_on=2))
    with unit_of_work() as session:
        session.get_one(Course, found.course_id).title = "Biology with Professor Canary"
        session.get_one(Lesson, found.made.lesson_id).title = "A canary lesson"
    for number in range(willing + unwilling):
        who = learner(found.course_id, number)
        (found.willing if number < willing else found.unwilling).append(who)
        allow(who, number < willing)
        own_class(found.made, who)
    found.shared = shared_class(found.made, found.willing[0], found.unwilling[0])
    return found


def given(who: Who, at: datetime, versions: list[UUID], is_second: bool) -> list[Given]:
    """An answer to each item, with canaries wherever somebody may write; the second time another."""
    said = [
        Response(chosen=["w1" if is_second else "r1"]),
        Response(chosen=["r3", "r2"]),
        Response(text=TELEPHONE if is_second else "1609 m"),
        Response(text=f"I am {who.name}, {who.email}, +44 20 7946 0958" if is_second else "membrane"),
        Response(chosen=["l", "m", "s"] if is_second else ["s", "m", "l"]),
        Response(pairs={"a": "x", "b": "z"}),
    ]
    return [
        Given(version_id=one, response=response, at=at + timedelta(minutes=place), seconds=30.5)
        for place, (one, response) in enumerate(zip(versions, said, strict=True))
    ]


def make_answers(field: Field) -> None:
    """A test of every kind of item that code grades, taken twice by everybody."""
    who = field.made.instructor
    plan = PaperPlan(title="A canary test", purpose=For.PRACTICE, sittings=0)
    with unit_of_work() as session:
        ids = [
            assessment.add_item(session, who, field.course_id, item, None, names)
            for item, names in zip(ITEMS, COMPONENTS, strict=True)
        ]
        assessment.add_item(session, who, field.course_id, SINGLE.model_copy(update={"stem": "Never asked"}), None, [])
        paper = assessment.make_paper(session, who, field.course_id, plan)
        assessment.set_items(session, who, paper, ids)
        assessment.publish(session, who, paper)
        cards = {one.id: one.version_id for one in assessment.access_paper(session, who, paper).items}
    for person in (*field.willing, *field.unwilling):
        for is_second in (False, True):
            at = now() - timedelta(hours=1 if is_second else 2)
            with unit_of_work() as session:
                answered = given(person, at, [cards[one] for one in ids], is_second)
                assessment.bring_in(session, person, paper, at - timedelta(minutes=1), answered)
    records.follow_answers()


def ask(spec: ReleaseSpec) -> UUID:
    """Ask for a release in the operator's name."""
    with unit_of_work() as session:
        return releases.request_for_operator(session, spec)


def made(spec: ReleaseSpec) -> Path:
    """A release asked for and made here; its folder."""
    release_id = ask(spec)
    releases.make(release_id)
    return folder_of(release_id)


def rows(path: Path) -> list[dict]:
    """The rows of a Parquet file."""
    return pyarrow.parquet.read_table(path).to_pylist()


def everything(folder: Path) -> str:
    """All that the files of a release say, as text: Parquet unpacked, the archive opened."""
    found = []
    for path in sorted(folder.iterdir()):
        found.append(path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            found.append(str(pyarrow.parquet.read_schema(path).metadata) + str(rows(path)))
        if path.suffix == ".tar":
            with tarfile.open(path) as archive:
                assert len(archive.getnames()) == len(list(folder.iterdir())) - 1
    return "\n".join(found)
