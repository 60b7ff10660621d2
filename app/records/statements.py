"""One class event becomes one xAPI statement. Pure: the same event in the same setting is the same statement."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import JsonValue

from app.classroom.schema import PRIVATE, Body, ClassEvent, Kind, Voice
from app.records.profile import EXTENSION, VOCABULARY, profile
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

NAMESPACE = uuid5(NAMESPACE_URL, VOCABULARY)
VERB = {name: one.iri for name, one in profile().verbs.items()}
TYPE = {name: one.iri for name, one in profile().types.items()}
CATEGORY = Activity(
    id=profile().iri,
    definition=Definition(type="http://adlnet.gov/expapi/activities/profile", name={"en": profile().label}),
)

VERBS: dict[Kind, str] = {
    Kind.STARTED: VERB["initialized"],
    Kind.PAGE: VERB["experienced"],
    Kind.ASKED: VERB["asked"],
    Kind.TURN: VERB["took-the-floor"],
    Kind.SAID: VERB["said"],
    Kind.WITHDRAWN: VERB["withdrew"],
    Kind.RETOLD: VERB["said"],
    Kind.NOTICE: VERB["notified"],
    Kind.PAUSED: VERB["suspended"],
    Kind.RESUMED: VERB["resumed"],
    Kind.SKIPPED: VERB["continued"],
    Kind.ACTIVITY: VERB["preferred"],
    Kind.MODE: VERB["preferred"],
    Kind.SPEED: VERB["preferred"],
    Kind.HAND: VERB["raised-hand"],
    Kind.CUT: VERB["interrupted"],
    Kind.RETURNED: VERB["resumed"],
    Kind.JOINED: VERB["registered"],
    Kind.LEFT: VERB["exited"],
    Kind.WHISPER: VERB["directed"],
    Kind.FLOOR: VERB["took-over"],
    Kind.RELEASED: VERB["handed-back"],
    Kind.BOARD: VERB["wrote"],
    Kind.OWN_BOARD: VERB["wrote"],
    Kind.RUBBED: VERB["rubbed-out"],
    Kind.SPOTLIGHT: VERB["pointed"],
    Kind.ECONOMY: VERB["economised"],
    Kind.CONCERN: VERB["raised-concern"],
    Kind.ANSWERED: VERB["responded"],
    Kind.OVER: VERB["notified"],
    Kind.PASSED: VERB["came-through"],
    Kind.ENDED: VERB["terminated"],
}
ASKED, RESPONDED = VERB["asked"], VERB["responded"]
AGENTS = {
    *(Kind.TURN, Kind.SAID, Kind.WITHDRAWN, Kind.RETOLD, Kind.NOTICE, Kind.BOARD, Kind.SPOTLIGHT, Kind.ECONOMY),
    *(Kind.CONCERN, Kind.OVER),
}
LEARNERS = frozenset(VERBS) - AGENTS
"""What the learner does or undergoes, even where the script moved the class; the rest the agents or the class do."""


@dataclass(frozen=True)
class Setting:
    """Where a class happens. `home` is the installation's address without a slash at its end; `instructors` are those
    who have a place in the class as such.
    """

    home: str
    class_id: UUID
    person_id: UUID
    course_id: UUID
    course_title: str
    lesson_id: UUID
    lesson_title: str
    is_shared: bool = False
    instructors: frozenset[UUID] = frozenset()


def statement_id(event_id: UUID) -> UUID:
    """The id of the statement that an event becomes."""
    return uuid5(NAMESPACE, str(event_id))


def statement_of(event: ClassEvent, setting: Setting, answers: UUID | None) -> Statement:
    """The event as a statement. `answers` is the id of the event whose words this one answers."""
    return Statement(
        id=statement_id(event.id),
        actor=_actor(event, setting),
        verb=_verb(event),
        object=_object(event, setting),
        result=_result(event),
        context=Context(
            registration=setting.class_id,
            context_activities=_places(setting),
            statement=StatementRef(id=statement_id(answers)) if answers else None,
            extensions=_extensions(event, setting),
        ),
        timestamp=event.at,
    )


def learner_of(event: ClassEvent, setting: Setting) -> UUID | None:
    """Whose record an event belongs to. What happens to all in a shared class is nobody's own: the class does it."""
    if event.kind not in LEARNERS:
        return None
    return event.person_id or (None if setting.is_shared else setting.person_id)


def _actor(event: ClassEvent, setting: Setting) -> Actor:
    spoke = event.person_id if event.kind in (Kind.TURN, Kind.SAID) else None
    if person := learner_of(event, setting) or spoke:
        return Actor(account=Account(home_page=setting.home, name=str(person)))
    role = event.voice.value if event.voice else "class"
    return Actor(name=role.capitalize(), account=Account(home_page=setting.home, name=f"agent:{role}"))


def _verb(event: ClassEvent) -> Verb:
    iri = VERBS[event.kind]
    if event.kind in (Kind.ASKED, Kind.SAID) and event.body.answers is not None:
        iri = RESPONDED
    elif event.kind is Kind.SAID and event.body.asks:
        iri = ASKED
    return Verb(id=iri, display={"en": plain(iri)})


def plain(iri: str) -> str:
    """A verb's plain word: the end of its IRI."""
    return iri.rsplit("/", 1)[-1].replace("-", " ")


def _object(event: ClassEvent, setting: Setting) -> Activity:
    """A shown page, something said, or the class itself."""
    here = f"{setting.home}/classes/{setting.class_id}"
    if event.kind is Kind.PAGE:
        page = event.body.page
        return _activity(f"{setting.home}/lessons/{setting.lesson_id}#page-{page}", "page", f"Page {page}")
    if event.kind in (Kind.ASKED, Kind.TURN, Kind.SAID, Kind.WITHDRAWN, Kind.RETOLD, Kind.NOTICE, Kind.ANSWERED):
        said = str(event.body.turn) if event.body.turn else f"event-{event.seq}"
        return _activity(f"{here}#{said}", "utterance", f"What was said at {event.seq}")
    return _activity(here, "class", f"A class of {setting.lesson_title}")


def _activity(iri: str, kind: str, name: str) -> Activity:
    return Activity(id=iri, definition=Definition(type=TYPE[kind], name={"en": name}))


def _places(setting: Setting) -> ContextActivities:
    lesson = Definition(type=TYPE["lesson"], name={"en": setting.lesson_title})
    course = Definition(type=TYPE["course"], name={"en": setting.course_title})
    return ContextActivities(
        parent=[Activity(id=f"{setting.home}/lessons/{setting.lesson_id}", definition=lesson)],
        grouping=[Activity(id=f"{setting.home}/courses/{setting.course_id}", definition=course)],
        category=[CATEGORY],
    )


def _role(event: ClassEvent, setting: Setting) -> str:
    if event.person_id in setting.instructors:
        return "instructor"
    voice = event.voice or (Voice.STUDENT if learner_of(event, setting) else None)
    return voice.value if voice else "class"


def _result(event: ClassEvent) -> Result | None:
    if event.kind is Kind.ENDED:
        return Result(completion=event.body.cause == "finished")
    if event.kind is Kind.ACTIVITY and event.body.activity:
        return Result(response=event.body.activity.value)
    if event.kind in PRIVATE:
        return None  # what only instructors may see stays in the class log
    return Result(response=event.body.text) if event.body.text else None


def _extensions(event: ClassEvent, setting: Setting) -> dict[str, JsonValue]:
    """What xAPI has no field for. What the event has, of a private one nothing; `seq`, `kind` and `role` always."""
    body = Body() if event.kind in PRIVATE else event.body
    sources: list[JsonValue] = [{"passage": str(one.passage_id), "page": one.page} for one in body.sources]
    known: dict[str, JsonValue] = {
        "page": body.page or None,
        "turn": str(body.turn) if body.turn else None,
        "action": body.action,
        "answers": body.answers,
        "asks": body.asks or None,
        "cause": body.cause or None,
        "sources": sources or None,
        "model": body.model or None,
        "call": str(body.call_id) if body.call_id else None,
        "fallback": body.fallback if event.kind is Kind.SAID else None,
        "pages": body.pages or None,
        "intent": body.intent.value if body.intent else None,
        "named": body.named.value if body.named else None,
        "verdict": body.verdict.value if body.verdict else None,
        "tutor-action": body.move.value if body.move else None,
        "chosen-by": body.chosen or None,
        "mode": body.mode.value if body.mode else None,
        "speed": body.speed or None,
        "heard": body.heard or None,
    }
    always: dict[str, JsonValue] = {
        "seq": event.seq,
        "kind": event.kind.value,
        "role": _role(event, setting),
    }
    return {EXTENSION + name: value for name, value in {**always, **known}.items() if value is not None}
