"""What is said to questions about the class itself: what the lesson is about, where in it the class is and what comes
next, and who speaks. The script and the log know it, so no model is asked.
"""

from collections.abc import Callable

from app.base.scripts import reading_length, run_on
from app.base.text import shorten
from app.classroom.directing.director import PAUSE_SECONDS, READING_CHARACTERS_PER_SECOND
from app.classroom.log.phrases import Matter
from app.classroom.log.state import ClassState
from app.classroom.speech.prompting import Scene
from app.classroom.speech.quoting import onward
from app.classroom.stage.lesson import Lesson
from app.lessons.schema import Worded

MOST_TITLES = 12
LONGEST_TITLE = 70
_ENDS = " .:;,-–—"


def words_on(matter: Matter, scene: Scene, lesson: Lesson, state: ClassState) -> str:
    """The words to a question about the class, in its language; a title that may tell an open question's answer is
    left out.
    """
    if plainly := _PLAINLY.get(matter):
        return scene.phrase(plainly, name=scene.member.name)
    text = run_on(one for one in _WAYS[matter](scene, lesson, state) if one)
    return text if scene.is_safe(text) else scene.phrase("place", page=_number(state), pages=len(lesson.pages))


def _on_lesson(scene: Scene, lesson: Lesson, state: ClassState) -> list[str]:
    titles = _titles(scene, lesson, [*lesson.pages])
    about = scene.phrase("lesson_through", titles=titles) if titles else ""
    return [scene.phrase("lesson_named", title=shorten(scene.lesson, 80)), about, _place(scene, lesson, state)]


def _on_page(scene: Scene, lesson: Lesson, state: ClassState) -> list[str]:
    page = scene.page
    lines = [one.text for one in lesson.approved if one.page == page.number]
    found = onward(lines, lambda _: 1.0, scene.is_safe)
    title = _title(scene, lesson, page.number)
    gist = scene.phrase("gist", title=title) if title else ""
    words = run_on(one for _, one in found)
    quote = scene.phrase("quoted", opening=scene.phrase("approved"), words=words) if words else ""
    return [gist, quote] if gist or quote else [_place(scene, lesson, state)]


def _so_far(scene: Scene, lesson: Lesson, state: ClassState) -> list[str]:
    titles = _titles(scene, lesson, [number for number in lesson.pages if number <= _number(state)])
    told = [scene.phrase("so_far", titles=titles), scene.phrase("so_far_which")] if titles else []
    return told or [_place(scene, lesson, state)]


def _next(scene: Scene, lesson: Lesson, state: ClassState) -> list[str]:
    after = min((number for number in lesson.pages if number > _number(state)), default=0)
    if not after:
        return [scene.phrase("next_none", page=_number(state))]
    if title := _title(scene, lesson, after):
        return [scene.phrase("next_titled", page=after, title=title)]
    return [scene.phrase("next_page", page=after)]


def _left(scene: Scene, lesson: Lesson, state: ClassState) -> list[str]:
    left = sum(number > _number(state) for number in lesson.pages)
    seconds = sum(
        PAUSE_SECONDS + reading_length(one.text) / READING_CHARACTERS_PER_SECOND
        for one in lesson.script.actions[state.cursor :]
        if isinstance(one, Worded)
    )
    minutes = max(1, round(seconds / state.speed / 60))
    name = ("left_none", "left_one")[left] if left < 2 else "left_more"
    return [_place(scene, lesson, state), scene.phrase(name, left=left, minutes=minutes)]


_WAYS: dict[Matter, Callable[[Scene, Lesson, ClassState], list[str]]] = {
    Matter.LESSON: _on_lesson,
    Matter.PAGE: _on_page,
    Matter.SO_FAR: _so_far,
    Matter.NEXT: _next,
    Matter.LEFT: _left,
}
_PLAINLY = {Matter.EXAM: "exam", Matter.SELF: "self", Matter.HELP: "help", Matter.MAY_ASK: "invitation"}
"""Phrases that say it, whatever the lesson is."""


def _number(state: ClassState) -> int:
    """The page the class is on; before its first line that is the first."""
    return max(1, state.page)


def _place(scene: Scene, lesson: Lesson, state: ClassState) -> str:
    number, pages = _number(state), len(lesson.pages)
    if title := _title(scene, lesson, number):
        return scene.phrase("place_titled", page=number, pages=pages, title=title)
    return scene.phrase("place", page=number, pages=pages)


def _title(scene: Scene, lesson: Lesson, number: int) -> str:
    page = lesson.pages.get(number)
    title = shorten(" ".join(page.title.split()).rstrip(_ENDS), LONGEST_TITLE) if page else ""
    return title if scene.is_safe(title) else ""


def _titles(scene: Scene, lesson: Lesson, numbers: list[int]) -> str:
    """The titles of pages, each once and without the lesson's own, as many as can be listened to."""
    found = dict.fromkeys(_title(scene, lesson, number) for number in numbers)
    titles = [one for one in found if one and one != scene.lesson]
    if len(titles) > MOST_TITLES:
        titles = [*titles[: MOST_TITLES - 1], "…"]
    return scene.phrase("titles_between").join(one.rstrip("?!？！ ") for one in titles)
