"""The words of a class log as small numbers: each tuple's places are the codes, 0 stands for none."""

import numpy as np

from app.classroom.schema import AGENTS, CLASSMATES, Intent, Kind, TutorAction, Verdict, Voice
from app.records.desk.schemes import scheme_named

RULES = 1
"""The number of these codes and rules. Digests made under another are made anew."""

KINDS = (
    "",
    Kind.STARTED.value,
    Kind.PAGE.value,
    Kind.ASKED.value,
    Kind.SAID.value,
    Kind.PAUSED.value,
    Kind.RESUMED.value,
    Kind.SKIPPED.value,
    Kind.HAND.value,
    Kind.CUT.value,
    Kind.RETURNED.value,
    Kind.JOINED.value,
    Kind.LEFT.value,
    Kind.ENDED.value,
)
"""What is kept of a log; what only instructors may see is not among it."""
STUDENT, INSTRUCTOR, CLASS = Voice.STUDENT.value, "instructor", "class"
VOICES = ("", *(voice.value for voice in AGENTS), STUDENT, INSTRUCTOR, CLASS)
CAUSES = ("", "other", "script", "back", "forward", "finished", "left", "greeting", "closing", "calm")
INTENTS = ("", *(one.value for one in Intent))
VERDICTS = ("", *(one.value for one in Verdict))
MOVES = ("", *(one.value for one in TutorAction))
ACTIVITIES = ("", *scheme_named("activities").names)
FLANDERS = ("", *scheme_named("flanders").names)
PRESENCES = ("", *scheme_named("inquiry").names)
SCHEMES = {"activities": ACTIVITIES, "flanders": FLANDERS, "inquiry": PRESENCES}

TEACHING = tuple(VOICES.index(one) for one in (Voice.TEACHER.value, Voice.TUTOR.value, INSTRUCTOR))
MATES = tuple(VOICES.index(one.value) for one in CLASSMATES)

FIGURES = np.dtype(
    [
        ("seq", "<i4"),
        ("at", "<f8"),
        ("kind", "i1"),
        ("voice", "i1"),
        ("who", "<i8"),
        ("page", "<i4"),
        ("characters", "<i4"),
        ("answers", "<i4"),
        ("action", "<i4"),
        ("asks", "?"),
        ("fallback", "?"),
        ("cause", "i1"),
        ("intent", "i1"),
        ("verdict", "i1"),
        ("move", "i1"),
        ("activity", "i1"),
        ("flanders", "i1"),
        ("presence", "i1"),
        ("model", "<i2"),
        ("prompt", "<i2"),
        ("first_ms", "<i4"),
        ("total_ms", "<i4"),
        ("tokens_in", "<i4"),
        ("tokens_out", "<i4"),
    ]
)
"""A line of a log. `at` in seconds since 1970, `who` a key of the person (0: nobody), `answers` a seq (0: none, -1:
one that is not told), `action` the script's action (-1: none), `model` and `prompt` places in the names beside it (0:
none).
"""


def kind(one: Kind) -> int:
    """The code of a kind."""
    return KINDS.index(one.value)


def places(known: tuple[str, ...]) -> dict[object, int]:
    """The code of each word."""
    return {word: at for at, word in enumerate(known)}
