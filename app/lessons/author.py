"""The author: one page's prompt, what is kept of the model's draft, and the actions that come of it. No database.

The model is not asked to lecture about a page but to say the page's points, a sentence each. Every sentence is checked
against the page and put to the point it tells; a point that none tells is said in its own words. So every point is
taught, in order, whatever the model is worth. The prompt is the static part, then the deck, then the page, so that the
pages of a deck share their beginning. It does not tell what was said before: small models then say that again.
"""

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from uuid import UUID

from app.base.languages import LANGUAGES
from app.base.marks import data, without_marks
from app.base.phrasebook import USUAL
from app.base.prompts import fill
from app.base.scripts import is_question, run_on
from app.base.text import shorten
from app.courses.schema import Page
from app.inference.schema import ModelJunk, Prompt, Role
from app.inference.service import draft
from app.lessons.forms import exactly
from app.lessons.interpreting import interpret
from app.lessons.planning.fallback import fallback_words, grouped, naming
from app.lessons.planning.planning import NOWHERE, Place, planned
from app.lessons.planning.points import is_bare, points, spoken
from app.lessons.resting import rested
from app.lessons.schema import PageDraft, PageWords, TeachingAction, Written
from app.lessons.words import (
    ended,
    foreign_names,
    foreign_numbers,
    is_meta,
    key,
    numbers,
    sentences,
    share,
    shorter,
    stems,
    tidy,
    words,
)

PROMPTS = Path(__file__).with_name("prompts")

GROUNDED = 0.5
"""How much of what a sentence is about must be in the deck up to its page. With less, inventions come in."""
HERE = 0.34
"""How much of it must be on the page itself."""
ASKED = 0.6
"""How much of what a question is about must be on the page, so that the page can answer it."""
TOLD = 0.34
"""How much of what a point is about must be in the words said for it."""
COVERED = 0.67
"""How much, to be told in passing by sentences about other points."""
KEPT = 0.34
"""A draft of which fewer of the points hold is refused, and asked for once more."""
SENTENCE_WORDS = 60
LONGEST = 360
"""Tokens of a draft; a whole page takes about 150, and a model that runs on must not hold up the next page."""
OUTLINE_CHARACTERS = 500
SHOWN_CHARACTERS = 500

NO_WORDS = "There are too few words on this page to explain it from; a model would make something up."
JUNK = "The model's words for this page could not be used, twice."
PARTLY = "Most of the model's sentences did not hold against the page, so the page's own words are used for them."
UNREAD = "This page of the deck could not be read."


@dataclass(frozen=True)
class Assignment:
    """What a writer needs to know about one page, gathered before the model is asked."""

    lesson_page_id: UUID
    lesson_id: UUID
    deck: str
    outline: list[str]
    heard: str
    total: int
    page: Page
    shown: str = ""
    """What a model saw on the page, beside its words."""
    place: Place = NOWHERE
    language: str = ""
    """The language that was chosen for the course, in words; "" for that of the deck."""

    @property
    def asks(self) -> bool:
        """Whether this page ends with a question to the student."""
        return asks(self.page.number, self.total)


def asks(number: int, total: int) -> bool:
    """Whether a page ends with a question to the student: every third one does, and the only one of a short deck."""
    return number % 3 == 2 or total == 1


@dataclass
class DraftCheck:
    """Checks drafts sentence by sentence. `said` has the words for each point, "" where nothing told it; `opening` what
    was said about the page as a whole."""

    page: Page
    points: list[str]
    heard: str = ""
    """The deck's title and the text of the pages before, which sentences may lean on."""
    language: str = ""
    """The code of the language of what is said by rule."""
    said: list[str] = field(default_factory=list)
    opening: str = ""
    ask: str = ""

    def __post_init__(self) -> None:
        self.texts = (self.page.title, self.page.text, *self.points)
        self.here = {stem for text in self.texts for stem in stems(text)}
        self.ground = self.here | stems(self.heard)
        subject = stems(self.page.title)
        self.own = [stems(point) - subject or stems(point) for point in self.points]
        self.said = [""] * len(self.points)

    def __call__(self, document: PageWords) -> str:
        """ "" when enough holds, else what is wrong with the draft, for the model to mend."""
        opening, said, trouble = self._sifted([one for item in document.say for one in sentences(tidy(item))])
        told = self._told(opening, said)
        if sum(told) >= sum(self.told()):
            self.opening, self.said = opening, said
            self.ask = self._asked(document.ask) if isinstance(document, PageDraft) else ""
        return "" if sum(told) >= KEPT * len(self.points) else trouble

    def told(self) -> list[bool]:
        """For each point whether the kept words tell it."""
        return self._told(self.opening, self.said)

    def _told(self, opening: str, said: list[str]) -> list[bool]:
        """A point is told by words of its own, or by sentences that tell several points at once."""
        whole = stems(" ".join((opening, *said)))
        return [bool(text) or _part(one, whole) >= COVERED for text, one in zip(said, self.own, strict=True)]

    def _sifted(self, spoken: list[str]) -> tuple[str, list[str], str]:
        """The opening, the words for each point, and the first trouble."""
        told: list[list[str]] = [[] for _ in range(len(self.points) + 1)]
        first, at = "", 0
        for sentence in spoken:
            before = [one for part in told for one in part]
            first = first or self._trouble(sentence, before)
            held = next((one for one in shorter(sentence) if not self._trouble(one, before)), "")
            if held:
                at = self._place(held, at)
                told[at].append(ended(held))
        opening, *said = (run_on(part) for part in told)
        return opening, said, first or "The points are not told one by one."

    def _place(self, sentence: str, last: int) -> int:
        """Which point a sentence tells, counted from 1; 0 for the page as a whole, `last` when it tells none."""
        about = stems(sentence)
        shares = [_part(one, about) for one in self.own]
        best = max(range(len(shares)), key=lambda at: shares[at])
        if shares[best] >= TOLD:
            return best + 1
        return 0 if self.page.title and share(self.page.title, about) >= TOLD else last

    def _trouble(self, sentence: str, before: list[str]) -> str:
        """Why a sentence cannot be said, or ""."""
        if not words(sentence) or len(words(sentence)) > SENTENCE_WORDS:
            return "Sentences must be short and complete."
        if is_question(sentence):
            return "Tell the points; do not ask."
        if is_meta(sentence):
            return "Speak about the subject itself, not about slides, pages or your task."
        if any(self._repeats(sentence, one) for one in before):
            return "Do not say anything twice."
        if strange := foreign_numbers(sentence, self.texts) or foreign_names(sentence, self.ground):
            return f"{min(strange)} is not on the page."
        if share(sentence, self.ground) < GROUNDED or share(sentence, self.here) < HERE:
            return f"The page does not say this: {shorten(sentence, 120)}"
        return ""

    def _repeats(self, sentence: str, earlier: str) -> bool:
        """Whether a sentence brings nothing of the page that an earlier one has not brought."""
        new = (stems(sentence) - stems(earlier)) & self.here
        return key(sentence) in key(earlier) or not (new or numbers(sentence) - numbers(earlier))

    def _asked(self, text: str) -> str:
        """The question, if it is one and about this page; else ""."""
        found = sentences(tidy(text))[:1]
        if not found or not is_question(found[0]) or not stems(found[0]):
            return ""
        if share(found[0], self.here) < ASKED or self._trouble(found[0].rstrip("?？؟"), []):
            return ""
        return found[0]

    def script(self) -> list[str]:
        """The sentences for the page: what it is about, then each point in the model's words or in its own."""
        body: list[str] = []
        rows = zip(self.told(), self.said, self.points, strict=True)
        for told, group in groupby(rows, key=lambda row: row[0]):
            if told:
                body += [text for _, text, _ in group if text]
            else:
                body += spoken([point for _, _, point in group], self.language)
        is_named = share(self.page.title, stems(" ".join(body[:1]))) >= TOLD
        start = self.opening or ("" if is_named else naming(self.page, self.language))
        said = [sentence for text in (start, *body) for sentence in sentences(text)]
        return list({key(sentence): sentence for sentence in reversed(said)}.values())[::-1]


def compose(work: Assignment) -> Written:
    """The actions of one page, from the model or, where it has nothing usable, from the page itself.

    Raises ModelUnavailable: whether to wait or to fall back is for the job to decide.
    """
    page = work.page
    told = points(page)
    if all(is_bare(point) for point in told):
        return fallback(page, UNREAD if page.problem and not told else NO_WORDS, work.place)
    if work.place.crosses:
        try:
            return interpret(page, told, work.place, asks=work.asks, about=work.lesson_page_id)
        except ModelJunk:
            return fallback(page, JUNK, work.place)
    check = DraftCheck(page, told, f"{work.deck}\n{work.heard}", work.place.language)
    form = exactly(len(told) + 1, PageDraft if work.asks else PageWords)
    call_id = None
    try:
        prompt = author_prompt(work, told)
        _, reply = draft(Role.AUTHOR, prompt, form, about=work.lesson_page_id, max_tokens=LONGEST, check=check)
        call_id = reply.call_id
    except ModelJunk:
        if not any(check.told()):
            return fallback(page, JUNK, work.place)
    mostly_own = 2 * sum(check.told()) < len(told)
    return Written(
        actions=actions(page, grouped(check.script()), check.ask, work.place),
        fallback=mostly_own,
        reason=PARTLY if mostly_own else "",
        call_id=call_id,
    )


def fallback(page: Page, reason: str, place: Place = NOWHERE) -> Written:
    """A page's own words as its actions, marked with the reason."""
    said = fallback_words(page, place.language)
    return Written(actions=actions(page, said, "", place), fallback=True, reason=reason)


def author_prompt(work: Assignment, told: list[str]) -> Prompt:
    """What the author model reads: at most about 750 tokens, the first 300 the same for every page of a deck."""
    page = work.page
    outline = shorten("; ".join(shorten(title, 50) for title in work.outline if title), OUTLINE_CHARACTERS)
    return Prompt(
        system=fill(PROMPTS, "author_system.txt.j2", deck=data(work.deck, 160), outline=without_marks(outline)),
        turn=fill(
            PROMPTS,
            "author_turn.txt.j2",
            title=data(page.title, 160),
            points=[without_marks(one) for one in told],
            shown=data(work.shown, SHOWN_CHARACTERS),
            ask=work.asks,
            language=work.language or _other_than_english(work.place.language),
        ),
    )


def _other_than_english(code: str) -> str:
    """A language in words, "" for English: prompts are in English, and small models stay with it unless told."""
    return "" if code == USUAL else LANGUAGES.get(code, "")


def actions(page: Page, say: list[str], ask: str, place: Place = NOWHERE) -> list[TeachingAction]:
    """Show the page, say each item, ask the question if there is one, each with the passages it rests on; and what
    follows from the page and its place in the deck.
    """
    return planned(page, say, ask, rested([*say, ask] if ask else say, page.passages), place)


def _part(one: set[str], whole: set[str]) -> float:
    return len(one & whole) / len(one) if one else 0.0
