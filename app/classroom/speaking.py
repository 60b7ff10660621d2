"""What an agent says in one turn: the prompt, the stream of words, and the check against the page.

Words are shown a sentence at a time, each one only after it was found to rest on the passages; where a reply has
no support at all, the passage itself is quoted with its page.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from app.base.prompts import fill
from app.base.text import shorten
from app.classroom.cast import CAST, Member
from app.classroom.schema import CLASSMATES, Source, Voice
from app.classroom.state import Line
from app.courses.grounding import is_talk, supported
from app.courses.schema import Page, Passage
from app.inference import service as inference
from app.inference.schema import ModelUnavailable, Prompt, Reply, Role

PROMPTS = Path(__file__).parent / "prompts"
ROLES = {Voice.TEACHER: Role.TEACHER, Voice.TUTOR: Role.TUTOR}
_SENTENCE = re.compile(r".+?(?:[.!?…][\"'”’)]*(?=\s)|\n+|$)", re.DOTALL)
_NAMES = "|".join(re.escape(name) for member in CAST.values() for name in (member.name, member.duty))
_LABEL = re.compile(
    rf"^\s*(?:\*\*)?(?:{_NAMES}|assistant|student|classmate)(?:\*\*)?\s*:\s*(?:\*\*)?\s*", re.IGNORECASE
)
"""A speaker's name before the words, as models like to put it."""
PAGE_CHARACTERS = 900
ELSEWHERE_CHARACTERS = 260


class Scene(BaseModel):
    """All that a turn's words depend on, read in one short transaction before the model is asked."""

    class_id: UUID
    course: str
    lesson: str
    page: Page
    voice: Voice
    question: str = ""
    asked: str = ""
    answers: int | None = None
    recent: list[Line] = []
    passages: list[Passage] = []
    covered: bool = True

    @property
    def member(self) -> Member:
        """The agent that speaks."""
        return CAST[self.voice]

    @property
    def ground(self) -> list[Passage]:
        """Everything the words may rest on: what was found, then the page that is shown."""
        found = {passage.id for passage in self.passages}
        return [*self.passages, *(one for one in self.page.passages if one.id not in found)]


class Utterance(BaseModel):
    """What was said. `asks` marks a question; `reply` is empty where no model spoke."""

    text: str
    sources: list[Source] = []
    fallback: bool = False
    asks: bool = False
    reply: Reply | None = None


def class_prompt(course: str, lesson: str, page: Page) -> str:
    """The shared beginning of every prompt on a page, so that one warm-up serves all voices."""
    words = shorten(f"{page.text} {page.notes}", PAGE_CHARACTERS) or "(a picture without words)"
    return fill(PROMPTS, "class.txt.j2", course=course, lesson=lesson, page=page.number, title=page.title, words=words)


def opening_prompt(course: str, lesson: str, page: Page) -> Prompt:
    """How every answer on a page begins, up to the student's words: what a warm-up has the model read."""
    tutor = CAST[Voice.TUTOR]
    turn = fill(
        PROMPTS, "answer.txt.j2", name=tutor.name, duty=tutor.duty, passages=[], before="", manner="", question="?"
    )
    return Prompt(system=class_prompt(course, lesson, page), turn=turn)


def turn_prompt(scene: Scene) -> str:
    """The part of the prompt that is new in this turn. What is always the same stands first, for the prefix cache."""
    member = scene.member
    last = scene.recent[-1].text if scene.recent else ""
    shared = {"name": member.name, "duty": member.duty, "question": shorten(scene.question, 600)}
    if scene.voice in CLASSMATES:
        return fill(PROMPTS, f"{scene.voice.value}.txt.j2", before=shorten(last, 240), name=member.name)
    elsewhere = [
        one.model_copy(update={"text": shorten(one.text, ELSEWHERE_CHARACTERS)})
        for one in scene.passages
        if one.page != scene.page.number
    ][:1]
    if scene.asked:
        return fill(PROMPTS, "feedback.txt.j2", asked=scene.asked, passages=elsewhere, **shared)
    if scene.answers is None:
        return fill(PROMPTS, "reply.txt.j2", **shared)
    before = shorten(_last_agent_line(scene.recent), 200)
    return fill(PROMPTS, "answer.txt.j2", passages=elsewhere, before=before, manner=_manner(scene.question), **shared)


def _last_agent_line(recent: list[Line]) -> str:
    return next((line.text for line in reversed(recent) if line.voice is not Voice.STUDENT), "")


def _manner(question: str) -> str:
    """How to answer where that is not the usual way, chosen in code from what the student wants."""
    asked = question.lower()
    if re.search(r"\bexample|for instance\b", asked):
        return "Give one concrete everyday example that fits the page."
    if re.search(r"simpl|again|don'?t (?:get|understand)|confus|lost|what do you mean", asked):
        return "Explain it again more simply, with one plain comparison."
    return ""


def speak(scene: Scene, say: Callable[[str], None], cancelled: Callable[[], bool]) -> Utterance | None:
    """Ask the model, hand on each sentence that passes (`say`), and return the whole speech.

    None means a classmate had nothing fit to say. Raises inference's ModelUnavailable when the model is gone.
    """
    if not scene.covered:
        return _not_covered(scene, say)
    prompt = Prompt(system=class_prompt(scene.course, scene.lesson, scene.page), turn=turn_prompt(scene))
    role = ROLES.get(scene.voice, Role.CLASSMATE)
    stream = inference.stream(role, prompt, about=scene.class_id, max_tokens=scene.member.tokens, cancelled=cancelled)
    said: list[str] = []
    try:
        for sentence in sentences(stream):
            if len(said) < scene.member.sentences and fits(sentence, scene, said):
                said.append(sentence)
                say(sentence if len(said) == 1 else " " + sentence)
    except ModelUnavailable:
        # A reply that cannot be read is junk, not absence; and words that were shown stand, though the rest is lost.
        if not said and stream.outcome != "junk":
            raise
    if said:
        text = " ".join(said)
        asks = scene.voice in CLASSMATES and text.endswith("?")
        return Utterance(text=text, sources=_sources(text, scene), asks=asks, reply=stream.reply)
    if scene.voice in CLASSMATES:
        return None
    quoted = _quote(scene, stream.reply)
    say(quoted.text)
    return quoted


def sentences(deltas: Iterable[str]) -> Iterator[str]:
    """Whole sentences as soon as they are complete; the last one only if it came to an end."""
    buffer = ""
    for delta in deltas:
        buffer += delta
        *whole, rest = _SENTENCE.findall(buffer) or [""]
        buffer = rest
        yield from (one for part in whole if (one := tidy(part)))
    if (last := tidy(buffer)) and last[-1] in '.!?…"”)':
        yield last


def tidy(sentence: str) -> str:
    """One sentence without role labels, markdown and surplus space."""
    plain = " ".join(_LABEL.sub("", sentence).replace("**", "").replace("`", "").split())
    is_quoted = len(plain) > 1 and plain[0] in '"“' and plain[-1] in '"”' and not set(plain[1:-1]) & set('"“”')
    return plain[1:-1].strip() if is_quoted else plain


def fits(sentence: str, scene: Scene, said: list[str]) -> bool:
    """Whether a sentence may be shown: rests on the page (or is mere talk), and says something new."""
    if not 2 <= len(sentence) <= 420 or sentence in said:
        return False
    if scene.voice is Voice.CURIOUS and not sentence.endswith("?"):
        return False
    if scene.voice in CLASSMATES and any(line.text == sentence for line in scene.recent):
        return False
    if scene.voice is Voice.CLOWN:
        return re.search(r"\d", sentence) is None
    return is_talk(sentence) or supported(sentence, scene.ground)


def _sources(text: str, scene: Scene) -> list[Source]:
    """The passages that carry the words, at most two."""
    ground = [one for one in scene.ground if supported(text, [one])] or scene.ground[:1]
    return [source_of(one) for one in ground[:2]] if scene.voice not in CLASSMATES else []


def source_of(passage: Passage) -> Source:
    """A passage as what was said names it."""
    return Source(passage_id=passage.id, page=passage.page, text=shorten(passage.text, 400))


def _quote(scene: Scene, reply: Reply | None) -> Utterance:
    """The passage itself, where the model found no words that rest on one."""
    if not scene.ground:
        text = (
            "This page has only a picture, so I cannot back an answer with its words. Your question is in the record."
        )
        return Utterance(text=text, fallback=True, reply=reply)
    best = scene.ground[0]
    text = f"I would rather show you the source than guess. Page {best.page} says: “{shorten(best.text, 320)}”"
    return Utterance(text=text, sources=[source_of(best)], fallback=True, reply=reply)


def _not_covered(scene: Scene, say: Callable[[str], None]) -> Utterance:
    """A question the material does not answer gets a plain word, not an invention."""
    text = (
        "I looked through this lesson's pages and found nothing that answers that, so I will not guess. "
        f"We are on page {scene.page.number}, “{shorten(scene.page.title, 80)}”: ask about that, or put it another way."
    )
    say(text)
    return Utterance(text=text, fallback=False)
