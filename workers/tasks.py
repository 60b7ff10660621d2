"""Tasks: each opens a unit of work or calls a room's job. Ids come in as text; rows are the truth."""

from uuid import UUID

from app.base.db import unit_of_work
from app.base.queue import ring_once
from app.classroom import service as classroom
from app.courses import service as courses
from app.lessons import service as lessons
from app.records import service as records
from workers.app import task


@task("live.turn")
def live_turn(class_id: str) -> None:
    """Carry a class on until it has to wait."""
    classroom.take_turn(UUID(class_id))


@task("live.warm")
def live_warm(class_id: str) -> None:
    """Have the model read the page that is shown."""
    classroom.warm(UUID(class_id))


@task("live.sweep")
def live_sweep() -> None:
    """Ring for classes whose turn is due or whose speaker was lost."""
    with unit_of_work() as session:
        waiting = classroom.due(session)
    for class_id in waiting:
        ring_once("live.turn", str(class_id), seconds=2)


@task("live.absent")
def live_absent() -> None:
    """See off who closed a shared class and did not come back."""
    with unit_of_work() as session:
        rooms = classroom.attended(session)
    for class_id in rooms:
        with unit_of_work() as session:
            classroom.see_off(session, class_id)


@task("write.deck")
def write_deck(material_id: str) -> None:
    """Read a deck, then open the pages of the lessons made from it."""
    courses.read_deck(UUID(material_id))
    with unit_of_work() as session:
        lessons.open_pages(session, UUID(material_id))


@task("write.page")
def write_page(lesson_page_id: str) -> None:
    """Write the teaching actions of one page."""
    lessons.write_page(UUID(lesson_page_id))


@task("write.sweep")
def write_sweep() -> None:
    """Ring for decks and pages that wait, or whose worker was lost."""
    with unit_of_work() as session:
        decks, pages = courses.overdue(session), lessons.overdue(session)
    for material_id in decks:
        ring_once("write.deck", str(material_id), seconds=10)
    for page_id in pages:
        ring_once("write.page", str(page_id), seconds=10)


@task("records.project")
def records_project(class_id: str) -> None:
    """Turn new class events into statements."""
    records.project(UUID(class_id))


@task("records.sweep")
def records_sweep() -> None:
    """Ring for classes whose log is ahead of their statements."""
    with unit_of_work() as session:
        behind = records.overdue(session)
    for class_id in behind:
        ring_once("records.project", str(class_id), seconds=8)
