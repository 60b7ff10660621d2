"""Makes what tests of signals need: a class with an answer in it, words on its lines, and the examples of them."""

from pathlib import Path
from uuid import UUID

from logs import log_of
from making import Made
from sqlalchemy import select
from stub_model import Scripted, StubModel

from app.accounts.schema import Who
from app.alignment import service as alignment
from app.alignment.signals.models import ExampleRow
from app.alignment.signals.schema import Content, Thumb
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Activity, ClassEvent, Kind
from app.classroom.turns import retelling
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from app.records.privacy.wording import newest

ANSWER = "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria."
OTHER = "Mitochondria turn sugar into energy for the cell."
QUESTION = "What do mitochondria do for a muscle cell?"


def allow(who: Who, granted: bool = True) -> None:
    with unit_of_work() as session:
        privacy.declare(session, who.id, Purpose.ALIGNMENT, granted, newest(Purpose.ALIGNMENT).version)


def start(made: Made, who: Who | None = None) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who or made.student, made.lesson_id, pace=1)
        classroom.set_activity(session, who or made.student, class_id, Activity.OFF)
    return class_id


def asked(made: Made, stub: StubModel, class_id: UUID, *replies: str, who: Who | None = None) -> ClassEvent:
    """What the tutor answered to the question, with these replies of the model."""
    if replies:
        stub.script(*(Scripted(match="mitochondria", reply=one, times=1) for one in replies))
    with unit_of_work() as session:
        seq = classroom.say(session, who or made.student, class_id, QUESTION)
    classroom.take_turn(class_id)
    return next(one for one in log_of(class_id) if one.kind is Kind.SAID and one.body.answers == seq)


def thumb(who: Who, class_id: UUID, seq: int, value: Thumb = Thumb.UP, **more: str) -> None:
    with unit_of_work() as session:
        alignment.thumb(session, who, class_id, seq, value, **more)


def examples() -> list[ExampleRow]:
    with unit_of_work() as session:
        alignment.gather(session)
        return list(session.scalars(select(ExampleRow).order_by(ExampleRow.kind, ExampleRow.made_at)))


def content(row: ExampleRow) -> Content:
    return Content.model_validate(row.content)


RECIPE = 'name = "mine"\ntitle = "Mine"\nsignals = true\nlabelled = false\nheld_share = 0.0\nprompt_characters = 9000\n'


def recipe(tmp: Path, more: str = "") -> str:
    path = tmp / "mine.toml"
    path.write_text(RECIPE + more)
    return str(path)


def otherwise(made: Made, class_id: UUID, seq: int) -> None:
    with unit_of_work() as session:
        classroom.ask_otherwise(session, made.student, class_id, seq)
    classroom.tell_otherwise(class_id, seq, retelling.ASKED)


def retold(class_id: UUID) -> list[ClassEvent]:
    return [one for one in log_of(class_id) if one.kind is Kind.RETOLD]
