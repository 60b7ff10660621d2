"""What the author model is asked for: a chunk of lines in other words for one profile, and what of its reply holds."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, create_model

from app.base.languages import LANGUAGES
from app.base.marks import data
from app.base.prompts import fill
from app.inference.schema import Prompt
from app.lessons.personal.checking import Original, trouble
from app.lessons.personal.schema import Depth, Goal, Level, Profile
from app.lessons.words import ended, tidy

PROMPTS = Path(__file__).with_name("prompts")
GROUND_CHARACTERS, LINE_CHARACTERS = 900, 600

_WISHES = {
    Goal.TEST: "The student learns for a test: make plain what has to be known.",
    Goal.WORK: "The student learns for work: speak plainly and to the point.",
    Goal.CURIOUS: "The student is curious: speak in a lively way.",
    Goal.REFRESH: "The student heard this long ago: speak as one who reminds.",
    Level.NEW: "The student is new to this: use short sentences and everyday words around the terms.",
    Level.KNOWS: "The student knows the basics: speak as to a colleague, in the terms of the subject.",
    Depth.BRIEF: "Say it in fewer words.",
    Depth.FULL: "Say it a little more fully, with how the parts belong together.",
}


class Reworded(BaseModel):
    """What the model is asked for: each line in other words; also the JSON schema of its reply."""

    lines: list[str]


@lru_cache(maxsize=16)
def form_of(count: int) -> type[Reworded]:
    """The reply's schema with exactly `count` lines."""
    made: type[Reworded] = create_model(
        "Reworded", __base__=Reworded, lines=(list[str], Field(min_length=count, max_length=count))
    )
    return made


def prompt(profile: Profile, originals: list[Original]) -> Prompt:
    """What the model reads; the part before the page, whose title the ground begins with, is the same for all pages of
    a profile.
    """
    wishes = [_WISHES[wish] for wish in (profile.goal, profile.level, profile.depth) if wish]
    language = LANGUAGES.get(profile.language, "")
    wishes += [f"You speak {language}; only names and numbers stay as they are." if language else ""]
    turn = fill(
        PROMPTS,
        "rewriter_turn.txt.j2",
        ground=data(originals[0].ground, GROUND_CHARACTERS),
        lines=[data(one.text, LINE_CHARACTERS) for one in originals],
        language=language,
        wishes=[*filter(None, wishes)],
    )
    system = fill(PROMPTS, "rewriter_system.txt.j2", wishes=[*filter(None, wishes)], language=language)
    return Prompt(system=system, turn=turn)


@dataclass
class RewordCheck:
    """Holds each line against its approved one. What passed once is kept, so that the second reply has to mend only the
    rest; `said` has "" where nothing passed, and `why` the reason."""

    originals: list[Original]
    profile: Profile
    said: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said = [""] * len(self.originals)
        self.why = ["The model gave nothing that could be read."] * len(self.originals)

    def __call__(self, document: Reworded) -> str:
        """ "" when every line holds, else what is wrong with the first that does not."""
        for at, (one, text) in enumerate(zip(self.originals, document.lines, strict=True)):
            if self.said[at]:
                continue
            spoken = ended(tidy(text))
            self.why[at] = trouble(one, spoken, self.profile)
            self.said[at] = "" if self.why[at] else spoken
        wrong = next((at for at, text in enumerate(self.said) if not text), None)
        return "" if wrong is None else f"Sentence {wrong + 1}: {self.why[wrong]}"
