"""The prompts of a turn: a beginning that all voices share on a page, and the part that is new in this turn.

What is always the same stands first, for the prefix cache. Students' and slides' words stand between marks, as data.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from app.base.languages import code_of
from app.base.marks import data
from app.base.prompts import fill
from app.classroom.directing.director import Act
from app.classroom.log.phrases import Matter
from app.classroom.log.state import Line, Question
from app.classroom.schema import CLASSMATES, SOLUTIONS, Intent, Source, TutorAction, Verdict, Voice
from app.classroom.speech.guard import Secret, tells
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.quoting import source_of
from app.classroom.stage.cast import Cast, Member, full_cast, helper
from app.classroom.stage.lesson import Told
from app.courses.schema import Page, Passage
from app.courses.stemming import stems
from app.inference.schema import Prompt

PROMPTS = Path(__file__).parent / "prompts"
ENGLISH = "English"
LONGEST = 6000
"""No turn's prompt has more characters than this."""
PAGE_CHARACTERS = 900
ELSEWHERE_CHARACTERS = 260
STORY_CHARACTERS = 600
PERSONA_CHARACTERS = 400
MANNERS = {
    Intent.EXAMPLE: "Give the example that the page gives, beginning with “For example”. Invent none.",
    Intent.SIMPLER: "Say it in other, simpler words than those, using what else the page says about it.",
    Intent.CONFUSED: "Say it in other, simpler words than those, using what else the page says about it.",
    Intent.DEEPER: "Go one step deeper: say why it is so, as far as the pages tell.",
}
"""How to answer where that is not the usual way, by what the student wants."""


DISCUSSED = (
    "The class discusses: {asked} There is no right answer, so do not judge. Take up what the student thinks and add "
    "one thought from the page."
)

OPENING = (TutorAction.CONFIRM, *SOLUTIONS)
"""Actions of the tutor that may say the answer."""


class Scene(BaseModel):
    """All that a turn's words depend on, read in one short transaction before the model is asked.

    Of a question of the bank, `stem` is it without its options, and `solution` what is said by code where the answer is
    told; neither that nor the key is in any prompt.

    `crosses` says that the lesson is in another language than its deck, so that the page's first words are the
    script's; `deck_key` is then what may be the key in the deck's words, which is not shown, `other_deck_keys` the same
    of other open questions, and `script_key` what the script says of the answer of a question of the bank.

    `replying` are words that reply to an open question, `asked` is that question and `key` what the page says about
    it, which no prompt of a turn contains; `others` are what is right about the other questions that are open, each
    with the question. `judges` says that the reply is held against the key: a reply to a discussion is not,
    whatever is asked by now. `verdict` and `move` come of judging. `asker` is the name of who asks, where the class has
    several people. `adapter` is what the model speaks with. `approved` is what the approved script says;
    `wants_answer`: the student asks for the answer of a question that was put, and for nothing else. `asks_before` is
    how many questions the script has put. `strange` is a word of the question that the lesson never has, `thing` what a
    wish names of the lesson, without how it is wished; `titles` are those of all pages. `short` and `script_only` are
    the class's steps of thrift: with the second, no model is asked.
    """

    class_id: UUID
    course: str
    lesson: str
    page: Page
    act: Act
    voice: Voice
    cast: Cast = {}
    adapter: str = ""
    question: str = ""
    asker: str = ""
    is_shared: bool = False
    language: str = ENGLISH
    crosses: bool = False
    intent: Intent | None = None
    named: bool = False
    replying: Question | None = None
    judges: bool = False
    asked: str = ""
    key: str = ""
    deck_key: str = ""
    other_deck_keys: list[str] = []
    script_key: str = ""
    others: list[Secret] = []
    stem: str = ""
    solution: str = ""
    verdict: Verdict | None = None
    move: TutorAction | None = None
    answers: int | None = None
    recent: list[Line] = []
    story: list[str] = []
    notes: list[str] = []
    whispers: list[str] = []
    asks_before: int = 0
    short: bool = False
    script_only: bool = False
    passages: list[Passage] = []
    approved: Sequence[Told] = ()
    covered: bool = True
    wants_answer: bool = False
    strange: str = ""
    thing: str = ""
    titles: Mapping[int, str] = {}
    matter: Matter | None = None
    of_class: str = ""

    @property
    def member(self) -> Member:
        """The agent that speaks."""
        return (self.cast or full_cast())[self.voice]

    @property
    def code(self) -> str:
        """The code of the language of the class."""
        return code_of(self.language)

    def phrase(self, name: str, /, **parts: object) -> str:
        """What is said by rule, in the language of the class; {page} is the page that is shown, unless it is given."""
        return phrase(name, self.language, **{"page": self.page.number, **parts})

    @property
    def sentences(self) -> int:
        """How many sentences may be said; fewer where the class must be thrifty."""
        return 1 if self.short else self.member.sentences

    @property
    def told(self) -> list[str]:
        """What agents said last."""
        return [line.text for line in self.recent if line.voice is not Voice.STUDENT]

    @property
    def names_a_thing(self) -> bool:
        """Whether what the student says has a word of the page, or names something else of the lesson: "I don't get it"
        does neither.
        """
        return bool(self.thing) or any(stems(self.question) & stems(one.text) for one in self.page.passages)

    @property
    def is_asked(self) -> bool:
        """Whether the student's words are a question that is answered: they may be one where one was put to them."""
        return self.act is Act.ANSWER and self.move in (None, TutorAction.ANSWER)

    @property
    def remarks(self) -> bool:
        """Whether the student says something by themselves and wants nothing."""
        return self.intent is Intent.STATEMENT and self.replying is None

    @property
    def hidden(self) -> str:
        """The answers that must not be handed over in this turn; empty once they may be said."""
        return "\n".join(key for key, _ in self.secrets)

    @property
    def secrets(self) -> list[Secret]:
        """The same, each with what students know anyway: that question itself, and their own words. The words of one
        question may be the answer of another.
        """
        own = [] if self.move in OPENING else [self.key, self.script_key]
        every = [*((key, self.stem or self.asked) for key in own), *self.others]
        return [(key, f"{asked} {self.question}") for key, asked in every if key]

    def is_safe(self, text: str) -> bool:
        """Whether words may be quoted while a question is open."""
        own = "" if self.move in OPENING else self.deck_key
        deck = "\n".join([own, *self.other_deck_keys]).splitlines()
        return not tells(text, self.secrets) and not any(line and line in text for line in deck)

    @property
    def ground(self) -> list[Passage]:
        """Everything the words may rest on: what was found, then the page that is shown."""
        found = {(one.id, one.text) for one in self.passages}
        return [*self.passages, *(one for one in self.page.passages if (one.id, one.text) not in found)]

    @property
    def support(self) -> list[Passage]:
        """What the words are held against: the ground, without the deck's words where the lesson crosses languages."""
        if not self.crosses:
            return self.ground
        lines = {one.text for one in self.approved}
        return [one for one in self.ground if one.text in lines]

    def is_line(self, passage: Passage) -> bool:
        """Whether a passage is a line of the script, in a lesson that crosses languages."""
        return self.crosses and any(one.text == passage.text for one in self.approved)

    def sources(self, passages: Iterable[Passage]) -> list[Source]:
        """The passages as what is said names them: a line's is what it rests on. What may not be told is left out."""
        rests = {one.text: one.rests for one in self.approved} if self.crosses else {}
        named = {rest.id: rest for one in passages for rest in rests.get(one.text, (one,))}
        return [source_of(one) for one in named.values() if self.is_safe(one.text)]


def class_prompt(course: str, lesson: str, page: Page, is_shared: bool = False, language: str = ENGLISH) -> str:
    """The shared beginning of every prompt on a page, so that one warm-up serves all voices."""
    return fill(
        PROMPTS,
        "class.txt.j2",
        students="several students" if is_shared else "one student",
        language=language,
        course=data(course, 200),
        lesson=data(lesson, 200),
        page=page.number,
        title=data(page.title, 200),
        words=data(f"{page.text} {page.notes}", PAGE_CHARACTERS) or "(a picture without words)",
    )


def opening_prompt(
    course: str, lesson: str, page: Page, cast: Cast, is_shared: bool = False, language: str = ENGLISH
) -> Prompt:
    """How every answer on a page begins, up to the student's words: what a warm-up has the model read."""
    tutor = cast.get(helper(list(cast))) or full_cast()[Voice.TUTOR]
    return Prompt(system=class_prompt(course, lesson, page, is_shared, language), turn=_answer_turn(tutor, "?"))


def prompt_of(scene: Scene) -> Prompt:
    """The whole prompt of a turn, at most LONGEST characters."""
    system = class_prompt(scene.course, scene.lesson, scene.page, scene.is_shared, scene.language)
    spoken = "" if scene.language == ENGLISH else f"\nSay it in {scene.language}."
    return Prompt(system=system, turn=_turn(scene) + spoken)


def again(prompt: Prompt, trouble: str) -> Prompt:
    """The same prompt after words that could not be shown, with the reason."""
    return Prompt(
        system=prompt.system,
        turn=f"{prompt.turn}\nYour last words were not shown: {trouble}. Say it again without that, in one sentence.",
    )


def otherwise(prompt: Prompt, said: str) -> Prompt:
    """The same prompt once more, for the same in other words."""
    wish = fill(PROMPTS, "otherwise.txt.j2", said=data(said, 600))
    return Prompt(system=prompt.system, turn=f"{prompt.turn}\n{wish}")


def _turn(scene: Scene) -> str:
    member = scene.member
    own, before = _own_words(member), _said_before(scene)
    question, asked = data(scene.question, 600), data(scene.asked, 300)
    if scene.asker:
        question = f"{data(scene.asker, 40)} says: {question}"
    if scene.act is Act.NUDGE:
        return fill(PROMPTS, "nudge.txt.j2", asked=asked, **own)
    if scene.act is Act.REPLY:
        return fill(PROMPTS, "reply.txt.j2", question=question, **own)
    if scene.act is Act.CHAT:
        return fill(PROMPTS, f"{scene.voice.value}.txt.j2", before=before, **own)
    if scene.move:
        return fill(PROMPTS, "scaffold.txt.j2", instruction=_moves()[scene.move], asked=asked, question=question, **own)
    if scene.voice in CLASSMATES:
        return fill(PROMPTS, "addressed.txt.j2", before=_said_before(scene), question=question, **own)
    return _answer_turn(member, question, scene)


def _own_words(member: Member) -> dict[str, str]:
    """Who speaks; a course's instructor may have written the name and the persona."""
    return {"name": data(member.name, 60), "duty": member.duty, "persona": data(member.persona, PERSONA_CHARACTERS)}


def _answer_turn(member: Member, question: str, scene: Scene | None = None) -> str:
    return fill(
        PROMPTS,
        "answer.txt.j2",
        **_own_words(member),
        length="two or three" if member.sentences > 1 else "one or two",
        passages=_elsewhere(scene) if scene else [],
        story=_newest(scene.story) if scene else [],
        notes=[data(note, 160) for note in scene.notes[:2]] if scene else [],
        wishes=data("; ".join(scene.whispers), 300) if scene else "",
        before=_said_before(scene) if scene else "",
        manner=_manner(scene) if scene else "",
        question=question,
    )


def _manner(scene: Scene) -> str:
    """How to answer where that is not the usual way."""
    if scene.replying and scene.asked and not scene.judges:
        return DISCUSSED.format(asked=data(scene.asked, 300))
    return MANNERS.get(scene.intent, "") if scene.intent else ""


def _elsewhere(scene: Scene) -> list[Passage]:
    """The best passage, cut short, where it is not on the page that is shown: that one is in the prompt already."""
    if scene.passages and scene.passages[0].page == scene.page.number:
        return []
    found = [one for one in scene.passages if one.page != scene.page.number and not _tells(scene, one)][:1]
    return [one.model_copy(update={"text": data(one.text, ELSEWHERE_CHARACTERS)}) for one in found]


def _tells(scene: Scene, passage: Passage) -> bool:
    """Whether a passage has the answer of a question that is open in this scene."""
    return any(line in passage.text for line in scene.hidden.splitlines())


def _newest(story: list[str]) -> list[str]:
    """The newest lines of the story that fit, in their order; of a line that is too long alone its beginning."""
    kept: list[str] = []
    left = STORY_CHARACTERS
    for line in reversed(story):
        short = data(line, STORY_CHARACTERS // 2)
        if len(short) > left:
            break
        kept.insert(0, short)
        left -= len(short)
    return kept


def _said_before(scene: Scene) -> str:
    said = next((line.text for line in reversed(scene.recent) if line.voice is not Voice.STUDENT), "")
    return data(said, 200)


@lru_cache
def _moves() -> dict[TutorAction, str]:
    read = tomllib.loads((PROMPTS / "moves.toml").read_text("utf-8"))
    return {TutorAction(name): words for name, words in read.items()}
