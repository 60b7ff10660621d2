"""Tasks of all queues but the live one, whose are in `turns`: each opens a unit of work or calls a room's job.

Ids come in as text; rows are the truth.
"""

import logging
from uuid import UUID

from celery.signals import worker_shutting_down
from sqlalchemy.exc import OperationalError

from app.alignment import looping
from app.alignment import service as alignment
from app.alignment.runs import service as runs
from app.alignment.runs.carrying import LET_GO
from app.alignment.serving import gating, promoting
from app.alignment.serving import service as serving
from app.analysis import service as analysis
from app.analysis.learners import service as learners
from app.analysis.order import service as order
from app.assessment import service as assessment
from app.base.db import is_held, unit_of_work
from app.base.queue import ring_once
from app.classroom import service as classroom
from app.courses import service as courses
from app.exchange import service as exchange
from app.lessons import service as lessons
from app.lessons.personal import service as personal
from app.records import service as records
from app.records.desk import service as desk
from app.records.privacy import service as privacy
from app.records.release import service as releases
from workers.app import task

log = logging.getLogger(__name__)


def _let_go(**_: object) -> None:
    """A worker that is asked to end does not wait for the end of a training, which goes on where it was."""
    LET_GO.set()


worker_shutting_down.connect(_let_go, weak=False)


@task("live.absent")
def live_absent() -> None:
    """See off who closed a shared class and did not come back."""
    with unit_of_work() as session:
        rooms = classroom.attended(session)
    for class_id in rooms:
        try:
            with unit_of_work() as session:
                classroom.see_off(session, class_id)
        except OperationalError as error:
            if not is_held(error):
                raise
            log.warning("class %s is held by something that does not let go of it; it is looked at again", class_id)


@task("live.previews")
def live_previews() -> None:
    """Remove previews of the day before."""
    with unit_of_work() as session:
        classroom.remove_previews(session)


@task("train.gate")
def train_gate(gate_id: str) -> None:
    """Hold an adapter against what speaks now."""
    gating.carry_out(UUID(gate_id))


@task("records.promote")
def records_promote(rollout_id: str) -> None:
    """Have the model server load an adapter, and let it speak."""
    promoting.carry_out(UUID(rollout_id))


@task("records.rollouts")
def records_rollouts() -> None:
    """Watch adapters that are being tried; ring for gates and rollouts that wait."""
    serving.sweep()


@task("write.describe")
def write_describe(page_id: str) -> None:
    """Describe a page anew."""
    courses.describe(UUID(page_id))


@task("write.structure")
def write_structure(material_id: str) -> None:
    """Propose names, objectives and components for a deck's structure."""
    lessons.name_structure(UUID(material_id))


@task("write.step")
def write_step(step_id: str) -> None:
    """Do one step of a run that writes a lesson."""
    lessons.carry_on(UUID(step_id))


@task("write.personal")
def write_personal(personal_id: str) -> None:
    """Put an approved version in other words for a profile."""
    personal.rewrite(UUID(personal_id))


@task("write.grade")
def write_grade(attempt_id: str) -> None:
    """Have an open answer marked."""
    assessment.grade(UUID(attempt_id))


@task("write.coding")
def write_coding(project_id: str) -> None:
    """Have the model code a stretch of a coding project's utterances."""
    desk.code_with_model(UUID(project_id))


@task("write.transfer")
def write_transfer(transfer_id: str) -> None:
    """Have an outline written."""
    exchange.carry_on(UUID(transfer_id))


@task("records.transfer")
def records_transfer(transfer_id: str) -> None:
    """Bring something in, or make a file to take away."""
    exchange.carry_on(UUID(transfer_id))


@task("write.sweep")
def write_sweep() -> None:
    """Hand in tests whose time is up; ring for what waits to be written or read, or whose worker was lost."""
    with unit_of_work() as session:
        assessment.close_overdue(session)
    with unit_of_work() as session:
        lessons.sweep(session)
    with unit_of_work() as session:
        decks = courses.overdue(session)
        versions = personal.overdue(session)
        unseen, unnamed = courses.undescribed(session), lessons.unnamed(session)
        answers, codings = assessment.overdue(session), desk.overdue(session)
        transfers = exchange.overdue(session)
    for material_id in decks:
        ring_once("records.deck", str(material_id), seconds=10)
    for page_id in unseen:
        ring_once("write.describe", str(page_id), seconds=10)
    for material_id in unnamed:
        ring_once("write.structure", str(material_id), seconds=10)
    for personal_id in versions:
        ring_once("write.personal", str(personal_id), seconds=10)
    for attempt_id in answers:
        ring_once("write.grade", str(attempt_id), seconds=10)
    for project_id in codings:
        ring_once("write.coding", str(project_id), seconds=10)
    for bell, transfer_id in transfers:
        ring_once(bell, str(transfer_id), seconds=10)


@task("records.deck")
def records_deck(material_id: str) -> None:
    """Read a deck, then open the pages of the lessons made from it."""
    courses.read_deck(UUID(material_id))
    with unit_of_work() as session:
        lessons.open_pages(session, UUID(material_id))


@task("records.project")
def records_project(class_id: str) -> None:
    """Turn new class events into statements."""
    records.project(UUID(class_id))


@task("records.answers")
def records_answers(_: str) -> None:
    """Turn new answers, and new marks of old ones, into statements. There is one list of them."""
    records.follow_answers()


@task("records.mastery")
def records_mastery(_: str) -> None:
    """Work out what learners know after new answers. There is one list of them."""
    learners.follow()


@task("records.refit")
def records_refit(course_id: str) -> None:
    """Fit a course's parameters of knowledge tracing anew."""
    learners.refit(UUID(course_id))


@task("records.fit")
def records_fit() -> None:
    """The same for every course."""
    learners.refit_all()


@task("records.sweep")
def records_sweep() -> None:
    """Ring for classes and answers without their statements, for accounts to be erased, for releases that wait."""
    with unit_of_work() as session:
        behind, answers = records.overdue(session), records.answers_wait(session)
        unknown = learners.waits(session)
        leaving, waiting = privacy.overdue(session), releases.overdue(session)
    for class_id in behind:
        ring_once("records.project", str(class_id), seconds=8)
    if answers:
        ring_once("records.answers", "all", seconds=8)
    if unknown:
        ring_once("records.mastery", "all", seconds=8)
    for person_id in leaving:
        ring_once("records.erase", str(person_id), seconds=30)
    for release_id in waiting:
        ring_once("records.release", str(release_id), seconds=8)


@task("records.erase")
def records_erase(person_id: str) -> None:
    """Erase an account whose owner asked for it."""
    with unit_of_work() as session:
        learners.forget(session, UUID(person_id))
    privacy.erase(UUID(person_id))


@task("records.signals")
def records_signals() -> None:
    """Take what is not allowed any more out of examples and data sets."""
    alignment.follow()


@task("records.keep")
def records_keep() -> None:
    """Remove what was kept long enough."""
    privacy.keep_no_longer()


@task("records.release")
def records_release(release_id: str) -> None:
    """Make a research data set."""
    releases.make(UUID(release_id))


@task("records.weeks")
def records_weeks() -> None:
    """Ring for courses whose last week has no digest yet; take those out of trials who no longer allow research."""
    with unit_of_work() as session:
        order.forget_withdrawn(session)
        waiting = analysis.digests_due(session)
    for course_id in waiting:
        ring_once("records.digest", str(course_id), seconds=600)


@task("records.digest")
def records_digest(course_id: str) -> None:
    """Make a course's digest of last week."""
    analysis.make_digest(UUID(course_id))


@task("train.run")
def train_run(run_id: str) -> None:
    """Train a model, or go on with it."""
    runs.carry_out(UUID(run_id))


@task("train.loop")
def train_loop() -> None:
    """Go round from data to an adapter that the gate would let through, where the settings name a recipe for it."""
    looping.go_round()


@task("train.sweep")
def train_sweep() -> None:
    """Ring for runs that wait, or whose keeper was lost."""
    with unit_of_work() as session:
        waiting = runs.overdue(session)
    for run_id in waiting[:1]:
        ring_once("train.run", str(run_id), seconds=8)
