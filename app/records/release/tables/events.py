"""The table of events: the class logs, message by message."""

from collections.abc import Iterator

from app.classroom.schema import AGENTS, Activity, Intent, Kind, Mode, TutorAction, Verdict
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.logs import CAUSES, HIDDEN_INTENTS, ClassLog, Line, class_logs, told_cause, told_intent
from app.records.release.scope import Scope

ROLES = {voice.value: "an agent of the class" for voice in AGENTS} | {
    "student": "a learner",
    "instructor": "somebody who teaches the course",
    "class": "the class itself",
}
INTENTS = {one.value: "" for one in Intent if one.value not in HIDDEN_INTENTS} | {"other": "not told"}


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for logs in class_logs(scope):
        rows = [_row(scope, log, line, verb, ids) for log in logs for ids in (_ids(log),) for line, verb in log.verbs()]
        yield rows
        scope.beat(len(rows))


def _ids(log: ClassLog) -> dict[int, Line]:
    return {line.seq: line for line in log.lines}


def _row(scope: Scope, log: ClassLog, line: Line, verb: str, known: dict[int, Line]) -> Row:
    who, veiled = log.learner(line), log.is_veiled(line)
    replied = known.get(line.answers) if line.answers else None
    always: Row = {
        "event_id": scope.names.thing("event", line.id),
        "class_id": scope.names.thing("class", line.class_id),
        "seq": line.seq,
        "at": line.at + log.shift,
        "actor": scope.pseudonym(who) if who else None,
        "role": log.role(line),
        "kind": line.kind,
        "verb": verb,
        "page": line.page or None,
        "turn_id": scope.names.thing("turn", line.turn) if line.turn else None,
        "reply_to": scope.names.thing("event", replied.id) if replied else None,
        "reply_withheld": log.answers_untold(line),
    }
    return always if veiled else {**always, **_said(scope, log, line)}


def _said(scope: Scope, log: ClassLog, line: Line) -> Row:
    """What is told of an event unless an agent answers somebody outside the release with it."""
    return {
        "action": line.action,
        "asks": bool(line.asks),
        "gate": bool(line.gate),
        "intent": told_intent(line),
        "named": line.named,
        "verdict": line.verdict,
        "tutor_action": line.move,
        "chosen_by": line.chosen,
        "cause": told_cause(line),
        "fallback": bool(line.fallback),
        "model": line.model,
        "classmates": line.activity,
        "mode": line.mode,
        "speed": line.speed,
        "heard": line.heard,
        "characters": line.characters if line.kind in (Kind.ASKED, Kind.SAID) else None,
        "words": line.words if line.kind in (Kind.ASKED, Kind.SAID) else None,
        "text": log.spoken(scope, line),
    }


TABLES = (
    Table(
        name="events",
        meaning="One row for each event of a class log, messages among them. What people outside the release did is "
        "left out, and what agents reply to them stands here without what it says.",
        columns=(
            Column("event_id", Type.TEXT, Sort.ID, "The event."),
            Column("class_id", Type.TEXT, Sort.ID, "Its class."),
            Column(
                "seq", Type.INTEGER, Sort.STRUCTURE, "Its place in the class's log, from 1; gaps are what is left out."
            ),
            Column("at", Type.TIME, Sort.TIME, "When it happened."),
            Column("actor", Type.TEXT, Sort.PSEUDONYM, "The person who acted; empty for agents and the class."),
            Column("role", Type.TEXT, Sort.STRUCTURE, "Who acted.", values=ROLES),
            Column("kind", Type.TEXT, Sort.STRUCTURE, "What happened.", values={kind.value: "" for kind in Kind}),
            Column("verb", Type.TEXT, Sort.STRUCTURE, "The plain word of its xAPI verb."),
            Column("page", Type.INTEGER, Sort.STRUCTURE, "The page that was shown, from 1.", "page"),
            Column("turn_id", Type.TEXT, Sort.ID, "The turn of an agent that it belongs to."),
            Column("reply_to", Type.TEXT, Sort.ID, "The event that it answers."),
            Column("reply_withheld", Type.TRUTH, Sort.STRUCTURE, "Whether it answers somebody outside the release."),
            Column("action", Type.INTEGER, Sort.STRUCTURE, "The action of the lesson script that it performs, from 0."),
            Column(
                "activity_type",
                Type.TEXT,
                Sort.STRUCTURE,
                "Which kind of learning activity it belongs to; not coded yet.",
            ),
            Column("asks", Type.TRUTH, Sort.STRUCTURE, "Whether it puts a question to the student."),
            Column("gate", Type.TRUTH, Sort.STRUCTURE, "Whether the class waits for a right answer to it."),
            Column("intent", Type.TEXT, Sort.STRUCTURE, "What a student's words want, read by rule.", values=INTENTS),
            Column("named", Type.TEXT, Sort.STRUCTURE, "The agent whom the words address."),
            Column(
                "verdict",
                Type.TEXT,
                Sort.STRUCTURE,
                "How the answer was judged that this event replies to.",
                values={one.value: "" for one in Verdict},
            ),
            Column(
                "tutor_action",
                Type.TEXT,
                Sort.STRUCTURE,
                "What the tutor's turn does, after arXiv 2402.05000.",
                values={one.value: "" for one in TutorAction},
            ),
            Column("chosen_by", Type.TEXT, Sort.STRUCTURE, "Who decided on the turn: rule, model, or fallback."),
            Column("cause", Type.TEXT, Sort.STRUCTURE, "Why it happened.", values=CAUSES),
            Column("fallback", Type.TRUTH, Sort.STRUCTURE, "Whether the page's own words stand in for the model's."),
            Column("model", Type.TEXT, Sort.STRUCTURE, "The language model that made the words."),
            Column(
                "classmates",
                Type.TEXT,
                Sort.STRUCTURE,
                "How much the classmates say from now on.",
                values={one.value: "" for one in Activity},
            ),
            Column(
                "mode",
                Type.TEXT,
                Sort.STRUCTURE,
                "Whether the lecture flows on or pauses from now on.",
                values={one.value: "" for one in Mode},
            ),
            Column("speed", Type.NUMBER, Sort.STRUCTURE, "How fast the class goes on from now on.", "1: as usual"),
            Column("heard", Type.INTEGER, Sort.MEASURE, "How much was heard of what was cut.", "characters"),
            Column("characters", Type.INTEGER, Sort.MEASURE, "Length of what was said.", "characters"),
            Column("words", Type.INTEGER, Sort.MEASURE, "Length of what was said.", "words, cut at white space"),
            Column("text", Type.TEXT, Sort.WORDS, "What was said, without names, addresses and long numbers."),
        ),
        rows=_rows,
        about=lambda has: has.events,
        place=30,
    ),
)
