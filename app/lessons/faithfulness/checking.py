"""A lesson's draft held against its deck: what its editor shows beside each sentence. Worked out as it is shown."""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.base.languages import language_of
from app.courses import service as courses
from app.courses.schema import Page, Passage
from app.lessons.deck.structure import Structure, structure_of
from app.lessons.faithfulness.faithful import Flag, Ground, check_page, ground_of, is_claim, source_of
from app.lessons.schema import LessonPageView, LessonView, Spoken, Summarise, TeachingAction
from app.lessons.words import sentences

HEARD_CHARACTERS = 2000
"""How much of each earlier page counts as said before."""


class CheckedAction(BaseModel):
    """What is to be looked at in an action, and the passages that its sentences rest on."""

    flags: list[Flag] = []
    sources: list[Passage] = []


class CheckedPage(BaseModel):
    """The same for a page's actions in their order; `flags` are those of the page as a whole."""

    actions: list[CheckedAction] = []
    flags: list[Flag] = []

    @property
    def count(self) -> int:
        """How many flags there are."""
        return len(self.flags) + sum(len(one.flags) for one in self.actions)


def checked(session: Session, lesson: LessonView, number: int = 0) -> dict[int, CheckedPage]:
    """The check of a lesson's pages, or of one of them, by number; for a caller who has checked who asks."""
    pages = courses.pages(session, lesson.material_id)
    language = courses.teaching_language(session, lesson.course_id)
    grounds = Grounds(pages, lesson.title, structure_of(session, lesson.material_id))
    shown = [page for page in lesson.pages if page.actions and number in (0, page.number)]
    return {page.number: _checked(page, grounds, language) for page in shown}


def _checked(page: LessonPageView, grounds: "Grounds", language: str) -> CheckedPage:
    found = check_page(page.actions, [grounds.of(one) for one in page.actions], language or grounds.language)
    actions = [
        CheckedAction(flags=flags, sources=sources(action, grounds.passages(action)))
        for action, flags in zip(page.actions, found.actions, strict=True)
    ]
    return CheckedPage(actions=actions, flags=found.page)


def sources(action: TeachingAction, passages: list[Passage]) -> list[Passage]:
    """The passages that an action's sentences rest on, in their order, each once."""
    if not isinstance(action, Spoken) or not is_claim(action):
        return []
    found = [source_of(one, passages) for one in sentences(action.text)]
    return list({one.id: one for one in found if one}.values())


class Grounds:
    """What each action of a deck's lesson may lean on: its page, and a summary its section as far as it was taught."""

    def __init__(self, pages: list[Page], title: str, structure: Structure) -> None:
        self._pages = {page.number: page for page in pages}
        self._title = title
        self._sections = [section.pages for part in structure.parts for section in part.sections]
        self.language = language_of("\n".join(f"{page.title}\n{page.text}" for page in pages))

    def of(self, action: TeachingAction) -> Ground:
        """The ground of an action."""
        return ground_of(self._taught(action), self._heard(action.page), self.language)

    def passages(self, action: TeachingAction) -> list[Passage]:
        """The passages that an action can rest on."""
        return [passage for page in self._taught(action) for passage in page.passages]

    def _taught(self, action: TeachingAction) -> list[Page]:
        numbers = [action.page]
        if isinstance(action, Summarise):
            section = next((one for one in self._sections if action.page in one), numbers)
            numbers = [one for one in section if one <= action.page]
        return [self._pages[one] for one in numbers if one in self._pages]

    def _heard(self, number: int) -> str:
        before = [page for page in self._pages.values() if page.number < number]
        return "\n".join((self._title, *(f"{one.title}\n{one.text[:HEARD_CHARACTERS]}" for one in before)))
