"""An xAPI statement as a release may tell it: put together anew from known fields, so that nothing unknown slips in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from app.classroom.schema import AGENTS, Intent, Kind, Mode, TutorAction, Verdict
from app.records.profile import EXTENSION
from app.records.release.columns import Row, Value
from app.records.release.logs import CAUSES, HIDDEN_INTENTS
from app.records.release.scope import ClassRow, Scope
from app.records.schema import (
    Account,
    Activity,
    Actor,
    Context,
    ContextActivities,
    Definition,
    Result,
    Statement,
    StatementRef,
    Verb,
)
from app.records.statements import CATEGORY, RESPONDED, TYPE, VERBS, plain

HOME = "https://lyceum.example/release"
"""The home page of pseudonyms: a name, not an address."""
KNOWN_VERBS = frozenset(VERBS.values()) | {RESPONDED}
NAMED = {iri: name for name, iri in TYPE.items()}
"""What the types of activities are called."""
_ROLES = {voice.value for voice in AGENTS} | {"student", "instructor", "class"}
_WORDS: dict[str, set[str]] = {
    "kind": {kind.value for kind in Kind},
    "role": _ROLES,
    "cause": set(CAUSES),
    "intent": {one.value for one in Intent} - set(HIDDEN_INTENTS),
    "named": {voice.value for voice in AGENTS},
    "verdict": {one.value for one in Verdict},
    "tutor-action": {one.value for one in TutorAction},
    "chosen-by": {"rule", "model", "fallback"},
    "mode": {one.value for one in Mode},
}
"""Extensions that hold one word of a known set."""
_NUMBERS = ("seq", "page", "action", "answers", "pages", "speed", "heard")
_TRUTHS = ("asks", "fallback")
_ALWAYS = ("seq", "kind", "role")


@dataclass(frozen=True)
class Stored:
    """A statement as it lies in the database, with its class."""

    id: UUID
    seq: int
    verb: str
    at: datetime
    statement: Statement
    row: ClassRow


def told_statement(scope: Scope, stored: Stored, shut: set[int]) -> Row | None:
    """The statement as a row, its `statement` the xAPI document as one line of JSON; None where it may not be told.

    `shut` holds the seqs of the class's events that are not told: an agent's reply to one of them keeps its structure
    only, a student's everything but what it points to.
    """
    given, thing = stored.statement, scope.names.thing
    actor = _actor(scope, given)
    if actor is None or stored.verb not in KNOWN_VERBS:
        return None
    told = _extensions(given)
    withheld = told.get("answers") in shut
    veiled = withheld and told.get("kind") != Kind.ASKED
    if withheld:
        told = {name: value for name, value in told.items() if (name in _ALWAYS if veiled else name != "answers")}
    made = Statement(
        id=thing("statement", stored.id),
        actor=actor,
        verb=verb_of(stored.verb),
        object=_object(scope, stored),
        result=None if veiled else _result(given),
        context=Context(
            registration=thing("class", stored.row.id),
            context_activities=_places(scope, stored.row),
            statement=None if withheld else reply_of(scope, given),
            extensions={EXTENSION + name: value for name, value in told.items()},
        ),
        timestamp=stored.at + scope.shift_of(stored.row),
    )
    return {**row_of(made), "reply_withheld": withheld, **_columns(made, told)}


def _columns(made: Statement, told: dict[str, JsonValue]) -> dict[str, Value]:
    """The columns that only statements of classes have."""
    page, seq, role = (told.get(name) for name in ("page", "seq", "role"))
    return {
        "class_id": str(made.context.registration),
        "seq": seq if isinstance(seq, int) else None,
        "role": role if isinstance(role, str) else None,
        "page": page if isinstance(page, int) else None,
    }


def row_of(made: Statement) -> dict[str, Value]:
    """The columns that a told statement fills by itself."""
    return {
        "statement_id": str(made.id),
        "at": made.timestamp,
        "actor": made.actor.account.name,
        "verb": plain(made.verb.id),
        "verb_iri": made.verb.id,
        "object_type": NAMED[type_of(made.object)],
        "object_id": made.object.id,
        "completed": made.result.completion if made.result else None,
        "reply_to": str(made.context.statement.id) if made.context.statement else None,
        "reply_withheld": False,
        "statement": made.model_dump_json(by_alias=True, exclude_none=True),
    }


def account(name: str) -> Actor:
    """Somebody of a release, by the name that they have there."""
    return Actor(account=Account(home_page=HOME, name=name))


def verb_of(iri: str) -> Verb:
    """A verb with its plain word."""
    return Verb(id=iri, display={"en": plain(iri)})


def activity(iri: str, kind: str, interaction: str | None = None) -> Activity:
    """An activity; its name says what kind of thing it is, as titles are not told."""
    name = {"en": NAMED[kind].capitalize()}
    return Activity(id=iri, definition=Definition(type=kind, name=name, interaction_type=interaction))


def type_of(thing: Activity) -> str:
    """The IRI of the kind of thing that it is; "" where that is not said."""
    return thing.definition.type if thing.definition else ""


def reply_of(scope: Scope, given: Statement) -> StatementRef | None:
    """The statement that this one answers, by its id in the release."""
    found = given.context.statement
    return StatementRef(id=scope.names.thing("statement", found.id)) if found else None


def _actor(scope: Scope, given: Statement) -> Actor | None:
    """A person in the release or an agent; None for anybody else."""
    name = given.actor.account.name
    if name.startswith("agent:"):
        return account(name) if name[6:] in _ROLES else None
    try:
        person = UUID(name)
    except ValueError:
        return None
    return account(scope.pseudonym(person)) if person in scope.roster else None


def _object(scope: Scope, stored: Stored) -> Activity:
    """The page, the words or the class that it is about."""
    here = f"{HOME}/classes/{scope.names.thing('class', stored.row.id)}"
    given = stored.statement
    if type_of(given.object) == TYPE["page"]:
        page = given.context.extensions.get(EXTENSION + "page")
        number = page if isinstance(page, int) else 0
        lesson = scope.names.thing("lesson", stored.row.lesson_id)
        return activity(f"{HOME}/lessons/{lesson}#page-{number}", TYPE["page"])
    if type_of(given.object) == TYPE["utterance"]:
        return activity(f"{here}#{scope.names.thing('utterance', given.object.id)}", TYPE["utterance"])
    return activity(here, TYPE["class"])


def _places(scope: Scope, row: ClassRow) -> ContextActivities:
    lesson, course = scope.names.thing("lesson", row.lesson_id), scope.names.thing("course", row.course_id)
    return ContextActivities(
        parent=[activity(f"{HOME}/lessons/{lesson}", TYPE["lesson"])],
        grouping=[activity(f"{HOME}/courses/{course}", TYPE["course"])],
        category=[CATEGORY],
    )


def _result(given: Statement) -> Result | None:
    """Whether the lesson was finished, where that is said, and nothing else."""
    completed = given.result.completion if given.result else None
    return None if completed is None else Result(completion=completed)


def _extensions(given: Statement) -> dict[str, JsonValue]:
    """The extensions that may be told, by their short names, each checked to be what it ought to be."""
    found: dict[str, JsonValue] = {}
    for name in ("seq", "kind", "role", *_NUMBERS[1:], *_TRUTHS, *list(_WORDS)[2:]):
        value = given.context.extensions.get(EXTENSION + name)
        number = name in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)
        truth = name in _TRUTHS and isinstance(value, bool)
        if number or truth or (isinstance(value, str) and value in _WORDS.get(name, ())):
            found[name] = value
    return found
