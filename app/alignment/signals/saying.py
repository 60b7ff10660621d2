"""What people in a class say of its lines: thumbs with a reason, and which of two ways to put a thing helps more."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.schema import REASONS, Choice, SignalView, Thumb
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import clean_text
from app.classroom import service as classroom
from app.classroom.models import EventRow
from app.classroom.schema import ClassEvent, Kind

THUMB, CHOICE = "thumb", "choice"
LONGEST_WORDS = 500


def thumb(
    session: Session, who: Who, class_id: UUID, seq: int, value: Thumb, reason: str = "", words: str = ""
) -> SignalView:
    """Keep what somebody in the class thinks of an agent's line; a later word replaces it. Raises NotFound where there
    is no such line for them, Invalid for a reason that is none.
    """
    _line(session, who, class_id, seq)
    if value is Thumb.NONE:
        mine = (TurnSignal.class_id == class_id) & (TurnSignal.person_id == who.id) & (TurnSignal.seq == seq)
        session.execute(delete(TurnSignal).where(mine, TurnSignal.kind == THUMB))
        return SignalView(seq=seq, kind=THUMB, value=value.value)
    words = " ".join(clean_text(words).split())
    if reason and reason not in REASONS[value]:
        raise Invalid(f"A reason is one of: {', '.join(REASONS[value])}. Anything else goes into your own words.")
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"Your words have {len(words):,} characters; {LONGEST_WORDS} is the most. Shorten them.")
    return _keep(session, who, class_id, SignalView(seq=seq, kind=THUMB, value=value.value, reason=reason, words=words))


def choose(
    session: Session, who: Who, class_id: UUID, seq: int, value: Choice, upper: Choice | None = None
) -> SignalView:
    """Keep which of two ways to put a line helps more, and which of them stood above. Raises NotFound where it was put
    in one way only, Invalid where neither stood above.
    """
    if upper is Choice.ALIKE:
        raise Invalid("Above stood the first or the second.")
    _line(session, who, class_id, seq)
    told = select(EventRow.seq).where(
        EventRow.class_id == class_id,
        EventRow.kind == Kind.RETOLD.value,
        EventRow.body["answers"].as_integer() == seq,
        EventRow.body["text"].astext != "",
    )
    other = session.scalar(told.limit(1))
    if other is None:
        raise NotFound
    word = SignalView(seq=seq, kind=CHOICE, value=value.value, upper=upper.value if upper else "")
    return _keep(session, who, class_id, word, other)


def mine(session: Session, who: Who, class_id: UUID) -> list[SignalView]:
    """A person's own words on the lines of a class, in order."""
    query = select(TurnSignal).where(TurnSignal.class_id == class_id, TurnSignal.person_id == who.id)
    rows = session.scalars(query.order_by(TurnSignal.seq, TurnSignal.kind))
    return [SignalView.model_validate(row, from_attributes=True) for row in rows]


def _line(session: Session, who: Who, class_id: UUID, seq: int) -> ClassEvent:
    """An agent's line in a class, for somebody in it. Raises NotFound."""
    if classroom.access_class(session, who, class_id).is_preview:
        raise Conflict("A preview leaves no records, so nothing is kept of this.")
    found = classroom.events_after(session, class_id, seq - 1, 1)
    if not found or found[0].seq != seq or found[0].person_id or found[0].kind not in (Kind.SAID, Kind.RETOLD):
        raise NotFound
    return found[0]


def _keep(session: Session, who: Who, class_id: UUID, word: SignalView, other: int | None = None) -> SignalView:
    told = {**word.model_dump(exclude={"seq", "kind"}), "other_seq": other, "at": now()}
    row = insert(TurnSignal).values(
        id=new_id(), class_id=class_id, person_id=who.id, seq=word.seq, kind=word.kind, **told
    )
    key = ["class_id", "seq", "person_id", "kind"]
    session.execute(row.on_conflict_do_update(index_elements=key, set_=told))
    return word
