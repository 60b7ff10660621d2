"""The author: one page's prompt, what is kept of the model's draft, and the actions that come of it. No database.

The prompt is the static part, then the deck, then the page, so that the pages of a deck share their beginning. It
names the page before but does not quote its words: small models repeat what they are shown.
"""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from app.base.prompts import fill
from app.base.text import shorten
from app.courses.grounding import supported
from app.courses.schema import Page, Passage
from app.inference.schema import ModelJunk, Prompt, Role
from app.inference.service import draft, embed
from app.lessons.fallback import fallback_words, page_lines
from app.lessons.schema import ActionKind, PageDraft, PageWords, TeachingAction, Written
from app.lessons.words import ended, foreign_numbers, is_meta, key, sentences, tidy, words

PROMPTS = Path(__file__).with_name("prompts")

FEWEST_WORDS = 5
"""A page with fewer has nothing to explain, and a model would make something up."""
KEEP_WORDS = 8
"""A draft of which less is left after the checks counts as junk."""
SENTENCE_WORDS = 60
ITEM_WORDS = 45
PAGE_CHARACTERS, NOTE_CHARACTERS, OUTLINE_CHARACTERS = 1400, 500, 500

NO_WORDS = "There are too few words on this page to explain it from."
JUNK = "The model's words for this page could not be used, twice."
GONE = "The language model did not answer."
UNREAD = "This page of the deck could not be read."


@dataclass(frozen=True)
class Assignment:
    """What a writer needs to know about one page, gathered before the model is asked."""

    lesson_page_id: UUID
    lesson_id: UUID
    claim: UUID
    attempt: int
    deck: str
    outline: list[str]
    before: str
    total: int
    page: Page

    @property
    def asks(self) -> bool:
        """Whether this page ends with a question to the student: every third one, and the only one of a short deck."""
        return self.page.number % 3 == 2 or self.total == 1


@dataclass
class DraftCheck:
    """Checks drafts sentence by sentence; what passes is kept, and a draft with too little left is refused."""

    page: Page
    deck: str
    say: list[str] = field(default_factory=list)
    ask: str = ""

    def __call__(self, document: PageWords) -> str:
        """ "" when enough is left, else what is wrong with the draft, for the model to mend."""
        said, troubles = self._sifted(document.say)
        asked = self._asked(document.ask, said) if isinstance(document, PageDraft) else ""
        if _count(said) >= _count(self.say):
            self.say, self.ask = said, asked
        return "" if _count(said) >= KEEP_WORDS else troubles[0] if troubles else "There were too few words."

    def _sifted(self, items: list[str]) -> tuple[list[str], list[str]]:
        kept: list[str] = []
        troubles = []
        for sentence in (one for item in items for one in sentences(tidy(item))):
            if trouble := self._trouble(sentence, kept):
                troubles.append(trouble)
            else:
                kept.append(ended(sentence))
        return kept, troubles

    def _trouble(self, sentence: str, kept: list[str]) -> str:
        """Why a sentence cannot be said, or ""."""
        if not words(sentence) or len(words(sentence)) > SENTENCE_WORDS:
            return "Sentences must be short and complete."
        if is_meta(sentence):
            return "Speak about the subject itself, not about slides, pages or your task."
        if key(sentence) in map(key, kept):
            return "Do not say anything twice."
        if strange := foreign_numbers(sentence, (self.page.title, self.page.text, self.page.notes, self.deck)):
            return f"The number {min(strange)} is not on the page."
        if not supported(sentence, self.page.passages):
            return f"The page does not say this: {shorten(sentence, 120)}"
        return ""

    def _asked(self, text: str, said: list[str]) -> str:
        """The question, if it is one, is about this page and was not said already; else ""."""
        found = sentences(tidy(text))[:1]
        if not found or not found[0].endswith("?") or is_meta(found[0]) or key(found[0]) in map(key, said):
            return ""
        if foreign_numbers(found[0], (self.page.title, self.page.text, self.page.notes)):
            return ""
        return found[0] if supported(found[0], self.page.passages) else ""


def compose(work: Assignment) -> Written:
    """The actions of one page, from the model or, where it has nothing usable, from the page itself.

    Raises ModelUnavailable: whether to wait or to fall back is for the job to decide.
    """
    page = work.page
    if page.problem and not page.text.strip():
        return fallback(page, UNREAD)
    if len(words(f"{page.title} {page.text} {page.notes}")) < FEWEST_WORDS:
        return fallback(page, NO_WORDS)
    check = DraftCheck(page, work.deck)
    schema = PageDraft if work.asks else PageWords
    call_id = None
    try:
        _, reply = draft(
            Role.AUTHOR, author_prompt(work), schema, about=work.lesson_page_id, max_tokens=400, check=check
        )
        call_id = reply.call_id
    except ModelJunk:
        return fallback(page, JUNK)
    return Written(actions=actions(page, grouped(check.say), check.ask), call_id=call_id)


def fallback(page: Page, reason: str) -> Written:
    """A page's own words as its actions, marked with the reason."""
    return Written(actions=actions(page, fallback_words(page), ""), fallback=True, reason=reason)


def author_prompt(work: Assignment) -> Prompt:
    """What the author model reads: at most about 700 tokens, the first 300 the same for every page of a deck."""
    page = work.page
    lines = page_lines(page)
    outline = shorten("; ".join(shorten(title, 50) for title in work.outline if title), OUTLINE_CHARACTERS)
    text = "\n".join(lines)[:PAGE_CHARACTERS]
    return Prompt(
        system=fill(PROMPTS, "author_system.txt.j2", deck=work.deck, outline=outline),
        turn=fill(
            PROMPTS,
            "author_turn.txt.j2",
            before=shorten(work.before, 80),
            title=shorten(page.title, 160),
            lines=text.splitlines(),
            notes=shorten(page.notes, NOTE_CHARACTERS),
            count=sentence_count(text, len(lines)),
            ask=work.asks,
        ),
    )


def sentence_count(text: str, lines: int) -> int:
    """How many sentences a page deserves, 2 to 6: about one for each of its points."""
    return max(2, min(6, 1 + max(lines, round(len(words(text)) / 14))))


def grouped(said: list[str]) -> list[str]:
    """Sentences as things to say one after the other: one to three sentences each, about 45 words at most."""
    items: list[list[str]] = []
    for sentence in said:
        if items and len(items[-1]) < 3 and _count([*items[-1], sentence]) <= ITEM_WORDS:
            items[-1].append(sentence)
        else:
            items.append([sentence])
    return [" ".join(item) for item in items]


def actions(page: Page, say: list[str], ask: str) -> list[TeachingAction]:
    """Show the page, say each item, ask the question if there is one; each with the passages it rests on."""
    spoken = [(ActionKind.SAY, text) for text in say] + ([(ActionKind.ASK, ask)] if ask else [])
    rests = closest([text for _, text in spoken], page.passages)
    return [TeachingAction(kind=ActionKind.SHOW, page=page.number)] + [
        TeachingAction(kind=kind, page=page.number, text=text, passages=found)
        for (kind, text), found in zip(spoken, rests, strict=True)
    ]


def closest(texts: list[str], passages: list[Passage]) -> list[list[UUID]]:
    """For each text the ids of the one or two passages nearest to it in meaning, nearest first."""
    if not texts or not passages:
        return [[] for _ in texts]
    vectors = embed([*texts, *(passage.text for passage in passages)])
    spoken, written = vectors[: len(texts)], vectors[len(texts) :]
    return [_nearest(vector, written, passages) for vector in spoken]


def _nearest(vector: list[float], written: list[list[float]], passages: list[Passage]) -> list[UUID]:
    scored = sorted(
        ((sum(a * b for a, b in zip(vector, other, strict=True)), at) for at, other in enumerate(written)),
        key=lambda pair: (-pair[0], pair[1]),
    )
    best = scored[0][0]
    return [passages[at].id for score, at in scored[:2] if score >= best - 0.1]


def _count(said: list[str]) -> int:
    return sum(len(words(sentence)) for sentence in said)
