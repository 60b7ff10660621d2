"""Sets the scene of a turn: everything its words depend on, read in one short transaction."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.assessment import service as assessment
from app.assessment.in_class import Solution
from app.base.languages import code_of
from app.base.marks import without_marks
from app.base.phrasebook import USUAL
from app.base.scripts import count_words, is_question
from app.base.text import shorten
from app.classroom.directing.budgets import Economy
from app.classroom.directing.director import Act, Move
from app.classroom.log.gates import awaited
from app.classroom.log.hearing import matter_of, wants_answer
from app.classroom.log.phrases import phrases
from app.classroom.log.state import Chapter, ClassState, Exchange, ItemState, OpenAsk, Question
from app.classroom.models import ClassSession
from app.classroom.schema import Intent, Voice
from app.classroom.speech.answerable import asks_whether, named_thing, strange_word
from app.classroom.speech.class_matters import words_on
from app.classroom.speech.guard import Secret
from app.classroom.speech.keys import deck_key, key_of, told_of
from app.classroom.speech.prompting import MANNERS, Scene
from app.classroom.speech.quizzing import solution_words
from app.classroom.speech.recalling import notes_about, weak_here
from app.classroom.speech.standing_in import asks_which_part, is_near
from app.classroom.stage.lesson import Lesson, adapter_of, cast_of, lesson_of
from app.classroom.stage.own_board import newest_on
from app.courses import service as courses
from app.courses.schema import Passage
from app.courses.searching import RELEVANT
from app.lessons.schema import Ask, Discuss

LONGEST_NAME = 40
SHORT_WORDS = 14
"""Of words that may speak of the page that is shown without naming a thing."""
MOST_OF_BOARD = 400
"""So many characters of a student's board are read with their words."""


def set_scene(session: Session, row: ClassSession, state: ClassState, move: Move) -> Scene:
    """The scene for a move that needs a model."""
    lesson = lesson_of(session, row)
    scene = Scene(
        class_id=row.id,
        course=lesson.course_title,
        lesson=lesson.script.title,
        page=lesson.told_pages[max(1, state.page)],
        act=move.act,
        voice=move.voice or Voice.TUTOR,
        cast=cast_of(session, row),
        answers=move.answers,
        recent=state.recent[-4:],
        whispers=state.whispers,
        is_shared=row.is_shared,
        language=lesson.language,
        crosses=lesson.crosses,
        short=state.economy >= Economy.SHORT,
        script_only=state.economy >= Economy.SCRIPT_ONLY or _is_held_up(state, move),
    )
    scene.approved = lesson.approved
    scene.titles = {number: page.title for number, page in lesson.pages.items()}
    scene.adapter = adapter_of(session, row, scene.member.adapter)
    if move.act is Act.NUDGE:
        scene.answers = None
        scene.asks_before = sum(isinstance(one, (Ask, Discuss)) for one in lesson.script.actions[: state.cursor])
    elif move.act is Act.REPLY:
        scene.question = next((line.text for line in state.recent if line.seq == move.answers), "")
        scene.answers = None
    elif question := next((one for one in state.pending if one.seq == move.answers), None):
        _add_question(session, lesson, state, question, scene)
        scene.asker = _asker(state, question)
        # Elsewhere the story would only be reading: seconds on a CPU.
        if phrases(scene.code).looks_back.search(question.text):
            scene.story = story_of(state, lesson)
        if question.person:
            scene.notes = [*weak_here(state.weak, scene.page), *notes_about(session, question.person, row, scene.page)]
    waiting = _open_questions(state)
    if waiting and not scene.asked:
        _keep_secret(session, lesson, scene, waiting.pop(0))
    others = [secret for one in waiting for secret in _secrets_of(session, lesson, one)]
    scene.others = [(key, words) for key, words in others if key not in ("", scene.key, scene.script_key)]
    scene.other_deck_keys = [_deck_key(lesson, one) for one in waiting]
    asked = next((one for one in state.pending if one.seq == move.answers), None)
    asks = asked and (asked.intent is Intent.QUESTION or not scene.replying)  # who is asked may ask back
    if asked and asks and (matter := matter_of(asked.text, scene.code, asked.named)):
        scene.matter, scene.of_class = matter, words_on(matter, scene, lesson, state)
    return scene


def _is_held_up(state: ClassState, move: Move) -> bool:
    """Whether a reply to a gate's question waits for a model that is gone: the class, which is held there, is not kept
    waiting, and the reply is judged by rule.
    """
    return any(one.seq == move.answers and one.gate and one.kept for one in state.pending)


def _open_questions(state: ClassState) -> list[OpenAsk | ItemState]:
    """What the students are asked now and have not been told: two, where words that waited for a model come back to the
    one while the other is put.
    """
    item = state.item if state.item and awaited(state) else None
    return [one for one in (state.open_ask, item) if one]


def _keep_secret(session: Session, lesson: Lesson, scene: Scene, asked: OpenAsk | Question | ItemState) -> None:
    """Put a question into the scene with what must not be said about it."""
    scene.asked = _words_of(asked)
    if found := solution_of(session, lesson, asked):
        scene.stem, scene.key = found.stem, "\n".join(found.lines)
        scene.solution = solution_words(found, lesson.language)
        scene.script_key = told_of(lesson, found) if lesson.crosses else ""
    elif isinstance(asked, (OpenAsk, Question)):
        scene.key, scene.deck_key = _key(lesson, asked), _deck_key(lesson, asked)


def solution_of(session: Session, lesson: Lesson, asked: OpenAsk | Question | ItemState) -> Solution | None:
    """What is right about a question of the bank, be it put at a gate or asked by the script; None for others."""
    if version := _version_of(asked):
        return assessment.solution(session, version)
    action = None if isinstance(asked, ItemState) else _action(lesson, asked)
    return assessment.solution_now(session, action.item) if action and action.item else None


def _action(lesson: Lesson, asked: OpenAsk | Question) -> Ask | None:
    """The script's action that asks this, None where it is not the script's."""
    if asked.action is None or asked.action >= len(lesson.script.actions):
        return None
    action = lesson.script.actions[asked.action]
    return action if isinstance(action, Ask) else None


def _words_of(asked: OpenAsk | Question | ItemState) -> str:
    if isinstance(asked, ItemState):
        return asked.words
    return asked.replies_to if isinstance(asked, Question) else asked.text


def _version_of(asked: OpenAsk | Question | ItemState) -> UUID | None:
    """Which question of the bank it is, if it is one."""
    return asked.version if isinstance(asked, ItemState) else asked.item


def _asker(state: ClassState, question: Question) -> str:
    """Who asks, where several people are in the class: a name as data, in one line and without marks."""
    name = state.people.get(question.person, "") if question.person and len(state.people) > 1 else ""
    return shorten(" ".join(without_marks(name).split()), LONGEST_NAME)


def story_of(state: ClassState, lesson: Lesson) -> list[str]:
    """What was done so far, a line for each page: its title, what was asked and answered there, and the verdicts."""
    titles = {number: page.title for number, page in lesson.pages.items()}
    return [_chapter_line(chapter, titles.get(chapter.page, "")) for chapter in state.chapters]


def _chapter_line(chapter: Chapter, title: str) -> str:
    head = f"Page {chapter.page}, “{shorten(title, 60)}”" if title else f"Page {chapter.page}"
    told = "; ".join(_exchange_words(one) for one in chapter.exchanges)
    more = chapter.count - len(chapter.exchanges)
    return f"{head}: {told}{f'; and {more} more before' if more else ''}." if told else f"{head}."


def _exchange_words(exchange: Exchange) -> str:
    words = f"a student said “{exchange.said}”"
    if exchange.verdict:
        return f"{words} ({exchange.verdict.value})"
    return f"{words}, answered “{exchange.answer}”" if exchange.answer else f"{words}, not answered yet"


def _add_question(session: Session, lesson: Lesson, state: ClassState, question: Question, scene: Scene) -> None:
    board = _own_board(session, scene, question)
    scene.question = without_marks(f"{question.text}\nOn my board: {board}" if board else question.text)
    scene.intent = question.intent
    if question.intent is Intent.STATEMENT and any(map(asks_which_part, scene.told[-2:])):
        scene.intent = Intent.CONFUSED  # what they name is what they did not understand
    scene.page = lesson.told_pages.get(question.page, scene.page)
    scene.named = question.named is scene.voice
    if question.replies_to:
        scene.replying = question
        _keep_secret(session, lesson, scene, question)
        scene.judges = bool(scene.key)
    asked = ""
    if wants_answer(question.text, scene.code) and not question.replies_to:
        asked = _asked_last(state)
        scene.wants_answer = not asked
        scene.question = f"{scene.question}\n{asked}".strip()
    if question.intent in MANNERS and scene.code == USUAL:
        scene.thing = named_thing(question.text, question.intent, lesson)
    meant = "".join(scene.told[-1:]) if question.intent in MANNERS and not scene.names_a_thing else ""
    words = " ".join(f"{scene.stem} {question.text} {board} {asked} {meant}".split())
    scene.passages = [one for one in _found(session, lesson, words) if one.score >= RELEVANT]
    if question.intent is Intent.QUESTION and not board and scene.code == USUAL:
        names = [*(one.name for one in scene.cast.values()), *state.people.values()]
        scene.strange = strange_word(question.text, lesson, [*names, *scene.told, scene.asked])
    is_about_here = _about_here(scene, question.text)
    is_made_up = scene.strange and asks_whether(question.text) and not is_near(scene)  # yes and no would both be
    is_of_lesson = scene.passages or is_about_here or scene.names_a_thing
    scene.covered = bool(scene.asked or scene.named or (is_of_lesson and not is_made_up))


def _found(session: Session, lesson: Lesson, words: str) -> list[Passage]:
    """The passages that answer best; where the lesson crosses languages, the lines of its script before the deck's."""
    code, limit = code_of(lesson.language), 3
    if not lesson.crosses:
        return courses.search_in(session, lesson.script.material_id, lesson.passages, words, limit, code)
    found = [one for one in courses.search_among(lesson.lines, words, limit, code) if one.score >= RELEVANT]
    deck = courses.search_in(session, lesson.script.material_id, lesson.passages, words, limit, lesson.deck_code)
    return [*found, *deck][:limit]


def _asked_last(state: ClassState) -> str:
    """What an agent asked with the last words of the class that are not a student's, "" where those asked nothing."""
    said = next((one.text for one in reversed(state.recent) if one.voice is not Voice.STUDENT), "")
    return without_marks(said) if is_question(said) else ""


def _own_board(session: Session, scene: Scene, question: Question) -> str:
    """What the student wrote last on their own board for this page, if they speak of it; else it would only be reading,
    and it is theirs alone until they do.
    """
    if question.person is None or not phrases(scene.code).own_board.search(question.text):
        return ""
    item = newest_on(session, scene.class_id, question.person, question.page)
    return shorten(item.text, MOST_OF_BOARD) if item else ""


def _key(lesson: Lesson, asked: OpenAsk | Question) -> str:
    """What the lesson says about a question of the script's, "" for others."""
    action = _action(lesson, asked)
    return key_of(lesson, action) if action else ""


def _deck_key(lesson: Lesson, asked: OpenAsk | Question | ItemState) -> str:
    """Where the lesson crosses languages, what may be the answer in the deck's words."""
    action = None if isinstance(asked, ItemState) else _action(lesson, asked)
    return deck_key(lesson, action, key_of(lesson, action)) if action and lesson.crosses else ""


def secrets_now(session: Session, row: ClassSession, state: ClassState) -> list[Secret]:
    """The answers of the questions that are open now, each with the question."""
    lesson = lesson_of(session, row)
    secrets = [secret for one in _open_questions(state) for secret in _secrets_of(session, lesson, one)]
    return [(key, asked) for key, asked in secrets if key]


def _secrets_of(session: Session, lesson: Lesson, asked: OpenAsk | ItemState) -> list[Secret]:
    """What is right about a question, and its words, without the options among which what is right stands too; where
    the lesson crosses languages, also what the script says of it.
    """
    if found := solution_of(session, lesson, asked):
        told = [(told_of(lesson, found), "")] if lesson.crosses else []
        return [("\n".join(found.lines), found.stem), *told]
    return [(_key(lesson, asked), _words_of(asked))] if isinstance(asked, OpenAsk) else []


def _about_here(scene: Scene, text: str) -> bool:
    """Whether words without a match elsewhere still speak of the page that is shown: "explain that again"."""
    is_short = count_words(text) <= SHORT_WORDS
    return bool(scene.page.passages) and is_short and bool(phrases(scene.code).about_here.search(text))
