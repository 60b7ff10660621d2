"""Examples and sets over time: who allows it at present, which sets held what, and what goes when somebody says no.

Consent is asked in each query and once more when a set is written down. Who takes it back, or whose account is erased,
is in no example any more; the lines of every frozen set that held one go from the disk, and the next build is without.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.alignment.datasets.building import FromClasses
from app.alignment.datasets.freezing import take_words_away
from app.alignment.datasets.schema import CLASSES, SetManifest
from app.alignment.evaluation import child
from app.alignment.runs.files import forget_words
from app.alignment.runs.schema import run_folder
from app.alignment.runs.service import mark_withdrawn, runs_on
from app.alignment.schema import PairLine, Role, UnpairedLine
from app.alignment.signals.models import ExampleRow, SetExample, SetRow, TurnSignal
from app.alignment.signals.schema import Content, ExampleKind
from app.base.db import now, unit_of_work
from app.base.errors import Conflict
from app.base.settings import get_settings
from app.records.privacy.consent import agreed, consented
from app.records.privacy.schema import Purpose

SURPRISING = 0.3
"""An outcome speaks for or against a turn where it was so far from what was to be expected."""
WITHDRAWN = "Somebody took their consent back while the set was made. Build it again; it will be without their words."


def follow() -> int:
    """Take out what nobody allows any more, and what was kept long enough; returns how many sets lost their lines.
    The lines go from the disk after that is committed, with what runs and evaluations copied of them, and a job that
    was killed in between does it the next time.
    """
    with unit_of_work() as session:
        _drop_examples(session)
        _mark_sets(session)
        gone = session.scalars(select(SetRow.hash).where(SetRow.withdrawn_at.is_not(None))).all()
        trained = runs_on(session, gone)
    for run in trained:
        forget_words(run_folder(run))
    child.forget_words(gone)
    return sum(take_words_away(one) for one in gone)


def _drop_examples(session: Session) -> None:
    stands = consented(Purpose.ALIGNMENT, ExampleRow.person_id, ExampleRow.course_id)
    session.execute(delete(ExampleRow).where(~stands))
    if days := get_settings().keep_words_days:
        before = now() - timedelta(days=days)
        session.execute(delete(ExampleRow).where(ExampleRow.made_at < before))
        session.execute(update(TurnSignal).where(TurnSignal.at < before, TurnSignal.words != "").values(words=""))


def _mark_sets(session: Session) -> None:
    """A set with an example that is gone is withdrawn, and the runs on it are marked and stopped."""
    there = select(ExampleRow.id).where(ExampleRow.id == SetExample.example_id).correlate(SetExample).exists()
    missing = select(SetExample.hash).where(~there)
    marking = update(SetRow).where(SetRow.withdrawn_at.is_(None), SetRow.hash.in_(missing)).values(withdrawn_at=now())
    for content_hash in session.scalars(marking.returning(SetRow.hash)).all():
        mark_withdrawn(session, content_hash)


def is_withdrawn(session: Session, content_hash: str) -> bool:
    """Whether somebody whose words a set holds does not allow it any more, whether or not that was followed yet."""
    row = session.scalar(select(SetRow).where(SetRow.hash.startswith(content_hash)))
    if row is None:
        return False
    stands = (
        select(ExampleRow.id)
        .where(
            ExampleRow.id == SetExample.example_id,
            consented(Purpose.ALIGNMENT, ExampleRow.person_id, ExampleRow.course_id),
        )
        .correlate(SetExample)
        .exists()
    )
    missing = select(SetExample.example_id).where(SetExample.hash == row.hash, ~stands)
    return row.withdrawn_at is not None or session.scalar(missing.limit(1)) is not None


def collected(session: Session, role: Role) -> FromClasses:
    """The examples for one role of those who allow it, as lines."""
    query = (
        select(ExampleRow)
        .where(
            ExampleRow.role == role.value,
            consented(Purpose.ALIGNMENT, ExampleRow.person_id, ExampleRow.course_id),
        )
        .order_by(ExampleRow.id)
    )
    found = FromClasses()
    for row in session.scalars(query):
        line = _line(row, Content.model_validate(row.content))
        if line is None:
            continue
        found.examples[line.id], found.owners[line.id] = row.id, str(row.person_id)
        if isinstance(line, PairLine):
            found.pairs.append(line)
        else:
            found.unpaired.append(line)
    return found


def _line(row: ExampleRow, content: Content) -> PairLine | UnpairedLine | None:
    head: dict[str, object] = {
        "id": f"{CLASSES}:{row.id}",
        "conversation": f"{CLASSES}:{row.class_id or row.course_id}",
        "source": CLASSES,
        "role": row.role,
        "prompt": content.prompt,
    }
    if content.chosen and content.rejected and content.chosen != content.rejected:
        sides = {side: [{"role": "assistant", "content": getattr(content, side)}] for side in ("chosen", "rejected")}
        return PairLine.model_validate({**head, **sides, "edited": row.kind == ExampleKind.EDIT})
    label = content.label
    if content.outcome and abs(content.outcome.surprise) >= SURPRISING:
        label = content.outcome.surprise > 0
    if label is None or not content.completion:
        return None
    turn = [{"role": "assistant", "content": content.completion}]
    said = content.reason if row.kind == ExampleKind.THUMB else ""
    return UnpairedLine.model_validate({**head, "completion": turn, "label": label, "feedback": said})


def register_set(session: Session, made: SetManifest) -> None:
    """Write down which examples a set holds. Raises Conflict where somebody took theirs back meanwhile."""
    people = session.scalars(select(ExampleRow.person_id).where(ExampleRow.id.in_(made.examples)).distinct()).all()
    agreed(session, Purpose.ALIGNMENT, people)  # from here on nobody's word changes
    stands = consented(Purpose.ALIGNMENT, ExampleRow.person_id, ExampleRow.course_id)
    standing = select(func.count()).where(ExampleRow.id.in_(made.examples), stands)
    if (session.scalar(standing) or 0) < len(made.examples):
        raise Conflict(WITHDRAWN)
    row = session.get(SetRow, made.hash)
    if row is not None:
        row.withdrawn_at = None  # everybody in it allows it again
        return
    session.add(SetRow(hash=made.hash, recipe=made.name))
    session.flush()
    session.add_all(SetExample(hash=made.hash, example_id=one) for one in made.examples)


def examples_of(session: Session, course_id: UUID) -> dict[str, int]:
    """How many examples of each kind a course has given."""
    query = select(ExampleRow.kind, func.count()).where(ExampleRow.course_id == course_id).group_by(ExampleRow.kind)
    return dict(session.execute(query.order_by(ExampleRow.kind)).all())
