"""The lesson of a class and its agents, as they were when it was opened; a process reads each once."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.languages import LANGUAGES, language_of
from app.classroom.models import ClassSession
from app.classroom.stage.cast import Cast, Member
from app.courses import service as courses
from app.courses.models import Course
from app.courses.schema import Page, Passage
from app.courses.stemming import beginnings, plain_words, stem
from app.inference import adapters
from app.lessons import service as lessons
from app.lessons.schema import LessonScript, Say, Summarise, Worded

MOST_KEPT = 64
"""How many lessons a process keeps; the one read first goes first."""
FRESH_SECONDS = 60.0
"""For how long a course's language is taken to be what it was: an instructor may change it."""
MOST_CASTS = 1000
STRANGE = 0.25
"""Of the words of a script in the deck's language at least so many are the deck's."""


class Lesson(BaseModel):
    """An approved lesson as a class needs it, never changed but for a `language` that the course chose and the script
    does not tell: a worker keeps it. `deck_code` is the code of the language of the deck, "" where it cannot be told;
    `crosses` says that the script is in another one, so that what is said has none of the deck's words.
    """

    script: LessonScript
    course_title: str
    language: str = "English"
    deck_code: str = ""
    crosses: bool = False
    pages: dict[int, Page]

    @property
    def passages(self) -> Iterator[Passage]:
        """All of its passages."""
        return (passage for page in self.pages.values() for passage in page.passages)

    @cached_property
    def approved(self) -> tuple["Told", ...]:
        """What the script says, without its questions."""
        known = {one.id: one for one in self.passages}
        said = [one for one in self.script.actions if isinstance(one, (Say, Summarise))]
        rests = [(one, tuple(known[each] for each in one.passages if each in known)) for one in said]
        return tuple(Told(one.page, one.text, passages) for one, passages in rests if passages)

    @cached_property
    def lines(self) -> tuple[Passage, ...]:
        """What the script says, as passages: each with the id of the first it rests on, on the page it is said on."""
        return tuple(one.passage.model_copy(update={"text": one.text, "page": one.page}) for one in self.approved)

    @cached_property
    def word_stems(self) -> frozenset[str]:
        """The stems of all its words."""
        return frozenset(map(stem, self.words))

    @cached_property
    def word_beginnings(self) -> frozenset[str]:
        """How they begin, by which the forms of a word meet whose endings no rule knows."""
        return beginnings(" ".join(sorted(self.words)))

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that the lesson has, in its script and on its pages, and of its titles, in small letters."""
        said = [one.text for one in self.script.actions if isinstance(one, Worded)]
        pages = [f"{page.title}\n{page.text}\n{page.notes}" for page in self.pages.values()]
        passages = [one.text for one in self.passages]
        return frozenset(plain_words("\n".join([self.course_title, self.script.title, *said, *pages, *passages])))

    @cached_property
    def told_pages(self) -> dict[int, Page]:
        """The pages as agents speak of them, by their numbers: where the lesson crosses languages, the script's lines
        stand before the deck's words, as text and as passages.
        """
        if not self.crosses:
            return self.pages
        return {at: _told(page, [one for one in self.lines if one.page == at]) for at, page in self.pages.items()}


class Told(NamedTuple):
    """A line of the approved script on a page, and the passages it rests on, one at least."""

    page: int
    text: str
    rests: tuple[Passage, ...]

    @property
    def passage(self) -> Passage:
        """The first that it rests on."""
        return self.rests[0]


def _told(page: Page, lines: list[Passage]) -> Page:
    """A page with what the script says on it before its own words."""
    if not lines:
        return page
    text, notes = "\n".join(one.text for one in lines), f"{page.text} {page.notes}".strip()
    return page.model_copy(update={"text": text, "notes": notes, "passages": [*lines, *page.passages]})


class _Kept(NamedTuple):
    """A lesson, the code of the language of its script, and until when (in the process's own seconds) its language
    holds.
    """

    lesson: Lesson
    script_code: str
    until: float


_lessons: dict[UUID, _Kept] = {}


def lesson_of(session: Session, row: ClassSession) -> Lesson:
    """The class's lesson version with its pages, read once a process and version. Its language is the script's; where
    that cannot be told the course's, looked up once a minute, else the deck's.
    """
    kept = _lessons.get(row.version_id) or _read(session, row)
    if kept.until <= monotonic():
        code = kept.script_code or courses.teaching_language(session, row.course_id) or kept.lesson.deck_code
        lesson = kept.lesson.model_copy(update={"language": LANGUAGES.get(code, "English")})
        kept = _Kept(lesson, kept.script_code, monotonic() + FRESH_SECONDS)
        if row.version_id not in _lessons:
            _make_room(_lessons, MOST_KEPT)
        _lessons[row.version_id] = kept
    return kept.lesson


def _read(session: Session, row: ClassSession) -> _Kept:
    """The lesson from the database, without its language yet."""
    script = lessons.script(session, row.version_id)
    pages = {page.number: page for page in courses.pages(session, script.material_id)}
    title = session.scalar(select(Course.title).where(Course.id == row.course_id)) or ""
    words = "\n".join(f"{page.title}\n{page.text}" for page in pages.values())
    said = [one.text for one in script.actions if isinstance(one, Worded)]
    deck = language_of(words)
    told = _told_in(said, deck)
    crosses = bool(told) and (deck != told if deck else _is_strange("\n".join(said), words))
    lesson = Lesson(script=script, course_title=title, deck_code=deck, crosses=crosses, pages=pages)
    return _Kept(lesson, told, until=0.0)


def _told_in(said: list[str], deck: str) -> str:
    """The code of the language that most lines of a script are in, of two as common that which is not the deck's: where
    no model found words for a page, it is told in the deck's. "" where that cannot be told.
    """
    codes = Counter(code for one in said if (code := language_of(one)))
    return max(codes, key=lambda code: (codes[code], code != deck)) if codes else language_of("\n".join(said))


def _is_strange(said: str, deck: str) -> bool:
    """Whether a script has hardly a word of a deck whose own do not tell their language."""
    words, known = beginnings(said), beginnings(deck)
    return bool(known) and len(words & known) < STRANGE * len(words)


_casts: dict[UUID, Cast] = {}


def cast_of(session: Session, row: ClassSession) -> Cast:
    """The agents of this class, as they were when it was opened; that never changes, so a process keeps it."""
    if row.id not in _casts:
        listed = row.cast or session.scalars(select(ClassSession.cast).where(ClassSession.id == row.id)).one()
        members = [Member.model_validate(member) for member in listed]
        _make_room(_casts, MOST_CASTS)
        _casts[row.id] = {member.voice: member for member in members}
    return _casts[row.id]


def adapter_of(session: Session, row: ClassSession, role: str) -> str:
    """The adapter that speaks for a role in this class: the one it was given, unless that was rolled back."""
    return adapters.speaker(session, role, str(row.adapters.get(role, "")))


def _make_room(kept: dict[UUID, _Kept] | dict[UUID, Cast], most: int) -> None:
    """Forget what was read first, where there is more than is to be kept."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)
