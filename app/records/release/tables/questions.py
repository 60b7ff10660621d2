"""The table of questions: what learners wrote in class, and what was answered."""

from collections.abc import Iterator

from app.classroom.schema import Kind
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.logs import ClassLog, Line, class_logs, told_intent
from app.records.release.scope import Scope
from app.records.release.tables.events import INTENTS


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for logs in class_logs(scope):
        rows = [row for log in logs for row in _questions(scope, log)]
        yield rows
        scope.beat(len(rows))


def _questions(scope: Scope, log: ClassLog) -> Iterator[Row]:
    answers: dict[int, Line] = {}
    for line in log.lines:
        if line.kind == Kind.SAID and line.answers:
            answers.setdefault(line.answers, line)
    for line in log.lines:
        who = log.learner(line)
        if line.kind == Kind.ASKED and who:
            yield {
                "question_id": scope.names.thing("event", line.id),
                "class_id": scope.names.thing("class", line.class_id),
                "learner": scope.pseudonym(who),
                "asked_at": line.at + log.shift,
                "page": line.page or None,
                "intent": told_intent(line),
                "characters": line.characters,
                "words": line.words,
                "text": log.spoken(scope, line),
                **(_answer(scope, log, line, answers[line.seq]) if line.seq in answers else {}),
            }


def _answer(scope: Scope, log: ClassLog, asked: Line, line: Line) -> Row:
    return {
        "answer_id": scope.names.thing("event", line.id),
        "answered_by": log.role(line),
        "seconds": (line.at - asked.at).total_seconds(),
        "verdict": line.verdict,
        "tutor_action": line.move,
        "fallback": bool(line.fallback),
        "answer_characters": line.characters,
        "answer_words": line.words,
    }


TABLES = (
    Table(
        name="questions",
        meaning="One row for each thing that somebody in the release wrote in a class, with the answer to it.",
        columns=(
            Column("question_id", Type.TEXT, Sort.ID, "The event of the words."),
            Column("class_id", Type.TEXT, Sort.ID, "The class."),
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "Who wrote."),
            Column("asked_at", Type.TIME, Sort.TIME, "When."),
            Column("page", Type.INTEGER, Sort.STRUCTURE, "The page that was shown, from 1.", "page"),
            Column("intent", Type.TEXT, Sort.STRUCTURE, "What the words want, read by rule.", values=INTENTS),
            Column("characters", Type.INTEGER, Sort.MEASURE, "Length of the words.", "characters"),
            Column("words", Type.INTEGER, Sort.MEASURE, "Length of the words.", "words, cut at white space"),
            Column("answer_id", Type.TEXT, Sort.ID, "The event of the answer; empty where there is none."),
            Column("answered_by", Type.TEXT, Sort.STRUCTURE, "Who answered."),
            Column("seconds", Type.NUMBER, Sort.MEASURE, "Until the answer was complete.", "seconds"),
            Column("verdict", Type.TEXT, Sort.STRUCTURE, "How the words were judged, where they answered a question."),
            Column("tutor_action", Type.TEXT, Sort.STRUCTURE, "What the answer does, after arXiv 2402.05000."),
            Column("fallback", Type.TRUTH, Sort.STRUCTURE, "Whether the page's own words stand in for the model's."),
            Column("answer_characters", Type.INTEGER, Sort.MEASURE, "Length of the answer.", "characters"),
            Column("answer_words", Type.INTEGER, Sort.MEASURE, "Length of the answer.", "words, cut at white space"),
            Column("text", Type.TEXT, Sort.WORDS, "What was written, without names, addresses and long numbers."),
        ),
        rows=_rows,
        about=lambda has: has.events // 10,
        place=60,
    ),
)
