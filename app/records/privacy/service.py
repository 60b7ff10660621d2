"""The verbs of privacy, for the doors and the rooms above."""

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.records.privacy.audit import audit_csv, audit_log, note, note_reading, note_reading_by_credential, who_looked
from app.records.privacy.consent import answer_all, choices, consented, declare, history, must_ask, standing
from app.records.privacy.erasing import ask_to_be_erased, erase, overdue
from app.records.privacy.guardians import guardians_words, write_down
from app.records.privacy.keeping_back import (
    gates_without_names,
    kept_back,
    look_inside,
    need_open_to_staff,
    without_names,
)
from app.records.privacy.register import register
from app.records.privacy.releases import releases_of
from app.records.privacy.retention import keep_no_longer, older
from app.records.privacy.schema import Purpose, What
from app.records.privacy.taking import everything, held
from app.records.privacy.wording import newest

__all__ = [
    "answer_all",
    "ask_to_be_erased",
    "audit_csv",
    "audit_log",
    "choices",
    "choose",
    "consented",
    "declare",
    "erase",
    "everything",
    "gates_without_names",
    "guardians_words",
    "held",
    "history",
    "keep_no_longer",
    "kept_back",
    "look_inside",
    "must_ask",
    "need_open_to_staff",
    "note",
    "note_reading",
    "note_reading_by_credential",
    "older",
    "overdue",
    "register",
    "releases_of",
    "standing",
    "who_looked",
    "without_names",
    "write_down",
]


def choose(session: Session, who: Who, wanted: dict[Purpose, bool], address: str = "") -> None:
    """Keep a person's words on all purposes as the page had them; what is so already, under this text, stays so."""
    before = {choice.wording.purpose: choice for choice in choices(session, who.id)}
    for purpose, granted in wanted.items():
        if before[purpose].asked and before[purpose].granted == granted:
            continue
        declare(session, who.id, purpose, granted, newest(purpose).version)
        details = f"{purpose.value}: {'yes' if granted else 'no'}"
        note(session, who, What.CONSENT, person_id=who.id, details=details, address=address)
