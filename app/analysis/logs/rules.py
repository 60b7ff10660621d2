"""What a line does in a class, by rule: MAIC's seven activities, Flanders' ten categories, the presences of a community
of inquiry. The codes are those of the desk's schemes, so that people's codes can stand in their place.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from app.analysis.logs.codes import CLASS, INSTRUCTOR, STUDENT
from app.classroom.schema import CLASSMATES, Intent, Kind, TutorAction, Voice

SPEECH, SKIPPED = (Kind.ASKED.value, Kind.SAID.value), Kind.SKIPPED.value
ASKING = (Intent.QUESTION, Intent.CONFUSED, Intent.DEEPER, Intent.EXAMPLE, Intent.SIMPLER)
STEERING = (Intent.GO_ON, Intent.HOLD_ON)
HINTS = (TutorAction.HINT, TutorAction.HINT_ON_REQUEST, TutorAction.CREDIT_AND_HINT)
TEACHERS = (Voice.TEACHER.value, Voice.TUTOR.value, INSTRUCTOR)
MATES = tuple(one.value for one in CLASSMATES)


class Said(NamedTuple):
    """A line as the rules see it. `is_asked`: a question to students was open when it was said."""

    kind: str
    voice: str
    text: str = ""
    intent: str = ""
    move: str = ""
    cause: str = ""
    asks: bool = False
    is_asked: bool = False
    scripted: bool = False


class Coded(NamedTuple):
    """The codes of a line, "" where a scheme has none for it."""

    activity: str = ""
    flanders: str = ""
    presence: str = ""


@lru_cache
def _rules() -> dict[str, re.Pattern[str]]:
    written = tomllib.loads((Path(__file__).parent / "rules.toml").read_text("utf-8"))
    return {name: re.compile("|".join(f"(?:{one})" for one in some)) for name, some in written.items()}


def _fits(rule: str, text: str) -> bool:
    return bool(_rules()[rule].search(text))


def code(line: Said) -> Coded:
    """The codes of a line. What nobody said has none, save silence after a question."""
    if line.kind not in SPEECH:
        return Coded(flanders="10-silence" if line.kind == SKIPPED and line.is_asked else "")
    return _scripted(line) if line.scripted else _code(line)


@lru_cache(maxsize=4096)
def _scripted(line: Said) -> Coded:
    """A script's line is said in every class; what people say is kept nowhere."""
    return _code(line)


def _code(line: Said) -> Coded:
    text = " ".join(line.text.replace("’", "'").lower().split())
    if line.voice == CLASS:
        return Coded()
    if line.voice == STUDENT:
        activity = activity_of(text, line.intent, line.is_asked)
        return Coded(activity, _pupil(text, line), _presence_of_student(text, activity))
    if line.voice in TEACHERS:
        return Coded("", _teacher(text, line), _presence_of_teacher(line))
    return Coded("", _pupil(text, line), _presence_of_mate(text, line.voice))


def activity_of(text: str, intent: str, is_asked: bool = False) -> str:
    """Which of the seven activities a student's message is, of its words in small letters and its intent."""
    if _fits("manages", text):
        return "managing"
    if is_asked and intent in (Intent.ANSWER, Intent.STATEMENT, ""):
        return "responding"
    for rule, name in (("regulates", "regulating"), ("negotiates", "negotiating"), ("feels", "feeling")):
        if _fits(rule, text):
            return name
    if intent in STEERING:
        return "regulating"
    if intent in ASKING or "?" in text:
        return "asking"
    if intent == Intent.ANSWER:
        return "responding"
    if intent == Intent.THANKS:
        return "negotiating"
    return "feeling" if intent in (Intent.DISTRESS, Intent.ABUSE) else "initiating"


def _pupil(text: str, line: Said) -> str:
    if text and not re.search(r"[^\W_]", text):
        return "10-silence"
    answers = line.is_asked and line.intent not in (*ASKING, *STEERING)
    return "8-pupil-responds" if answers else "9-pupil-initiates"


def _teacher(text: str, line: Said) -> str:
    """The talk of who teaches; where two fit, the one farther from 5, as Flanders has it."""
    if line.cause == "calm":
        return "1-feelings"
    if line.move == TutorAction.REDIRECT or _fits("scolds", text):
        return "7-criticises"
    if line.move == TutorAction.CONFIRM or (not line.scripted and _fits("praises", text)):
        return "2-praises"
    if line.move == TutorAction.CREDIT_AND_HINT or (not line.scripted and _fits("takes_up", text)):
        return "3-uses-ideas"
    if line.asks or line.move == TutorAction.CLARIFY:
        return "4-asks"
    return "6-directs" if _fits("directs", text) and line.move not in HINTS else "5-lectures"


def _presence_of_student(text: str, activity: str) -> str:
    if activity in ("regulating", "managing"):
        return "teaching"
    if activity == "feeling":
        return "social"
    if _fits("applies", text):
        return "resolution"
    if _fits("reasons", text):
        return "integration"
    if activity == "asking":
        return "triggering"
    return "social" if activity == "negotiating" else "exploration"


def _presence_of_teacher(line: Said) -> str:
    return "social" if line.cause in ("greeting", "closing", "calm") else "teaching"


def _presence_of_mate(text: str, voice: str) -> str:
    if "?" in text:
        return "triggering"
    if _fits("reasons", text):
        return "integration"
    return "social" if voice == Voice.CLOWN.value else "exploration"
