"""Questions about the class itself: how they are heard, and what is said to them without a model."""

import pytest
from making import Made, make_lesson
from parts import Services

from app.base.db import now, unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.hearing import hear, matter_of
from app.classroom.log.phrases import Matter
from app.classroom.log.state import OpenAsk, Question
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Intent, Voice
from app.classroom.speech.scene import set_scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.stage.lesson import lesson_of
from app.lessons.schema import Ask

pytestmark = pytest.mark.usefixtures("stub")
ASKED_AT = 90


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


HEARD = [
    ("What is this lesson about?", Matter.LESSON),
    ("hey, ok so what will we learn today", Matter.LESSON),
    ("what's this slide about", Matter.PAGE),
    ("summary please", Matter.SO_FAR),
    ("Can you summarize what we learned so far?", Matter.SO_FAR),
    ("what's next?", Matter.NEXT),
    ("how many pages are left?", Matter.LEFT),
    ("How long does this lesson take?", Matter.LEFT),
    ("which page are we on", Matter.LEFT),
    ("will this be on the exam?", Matter.EXAM),
    ("is there any homework", Matter.EXAM),
    ("are you a bot?", Matter.SELF),
    ("are you a human or a bot?", Matter.SELF),
    ("what can I ask you?", Matter.HELP),
    ("can i ask you a question?", Matter.MAY_ASK),
]
ABOUT_THE_MATTER = [
    "What is this lesson about membranes?",
    "how long does it take?",
    "what happens next?",
    "how does this work?",
    "how many pages did Darwin write?",
    "What is a membrane? And who are you?",
    "what is the next step of the cycle?",
    "where are we most likely to find them?",
    "is the exam of a sample costly?",
    "help",
    "I have a question: mitochondria?",
    "Can I ask something? Photosynthesis?",
    "What's next, mitosis?",
    "What can we do?",
    "What do I do here?",
    "How does this class work?",
    "What is this class about?",
    "Is it graded?",
    "Is there a test for this?",
    "What is the subject?",
    "How much longer?",
    "Where are we?",
    "Is that a robot?",
    "summarize it",
    "what is the plan",
]
ABROAD = [
    ("de", "Worum geht es in dieser Lektion?", Matter.LESSON),
    ("de", "Bist du ein Bot?", Matter.SELF),
    ("fr", "Combien de pages reste-t-il ?", Matter.LEFT),
    ("es", "¿De qué trata esta lección?", Matter.LESSON),
    ("it", "Chi sei?", Matter.SELF),
    ("nl", "Wie ben je?", Matter.SELF),
    ("pt", "Quantas páginas faltam?", Matter.LEFT),
    ("zh", "这节课讲什么？", Matter.LESSON),
    ("zh", "还有几页？", Matter.LEFT),
    ("zh", "你是机器人吗？", Matter.SELF),
]


@pytest.mark.parametrize(("text", "matter"), HEARD)
def test_a_question_about_the_class_is_heard_as_one(text: str, matter: Matter) -> None:
    assert matter_of(text) is matter
    assert hear(text).intent is Intent.QUESTION


@pytest.mark.parametrize("text", ABOUT_THE_MATTER)
def test_a_question_about_what_is_taught_is_none_about_the_class(text: str) -> None:
    assert matter_of(text) is None


@pytest.mark.parametrize(("language", "text", "matter"), ABROAD)
def test_it_is_heard_in_the_language_of_the_class(language: str, text: str, matter: Matter) -> None:
    assert matter_of(text, language) is matter
    assert hear(text, language=language).intent is Intent.QUESTION


def test_a_name_beside_it_is_whom_the_words_address() -> None:
    assert matter_of("Who are you, Mira?", named=Voice.TUTOR) is Matter.SELF
    assert matter_of("What's next, mitosis?") is None
    assert hear("Who are you, Mira?", {Voice.TUTOR: "Mira"}).intent is Intent.QUESTION


def test_who_answers_with_a_clause_has_answered() -> None:
    for words in ("It controls what can get in and out", "It measures how far it moved", "it says what should happen"):
        assert hear(words, is_asked=True).intent is Intent.ANSWER
        assert hear(words).intent is Intent.STATEMENT
    assert hear("explain how metals like iron conduct heat").intent is Intent.QUESTION
    assert hear("explain it like i am ten").intent is Intent.SIMPLER


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "Wie heißen sie?"), ("it", "Come si chiama?"), ("fr", "Quel est le sujet ?"), ("zh", "什么时候结束？")],
)
def test_what_may_be_about_the_matter_is_so_in_other_languages_too(language: str, text: str) -> None:
    assert matter_of(text, language) is None


def test_a_word_alone_is_the_answer_of_who_is_asked() -> None:
    for words in ("recap", "an outline", "table of contents"):
        assert hear(words).intent is Intent.QUESTION
        assert hear(words, is_asked=True).intent is Intent.ANSWER
    assert hear("what page are we on", is_asked=True).intent is Intent.QUESTION


def test_to_ask_for_a_bot_is_no_insult_and_to_call_somebody_one_is() -> None:
    assert hear("are you a robot?").intent is Intent.QUESTION
    assert hear("you are such a useless bot").intent is Intent.ABUSE


def told_on(
    made: Made, page: int, words: str, open_ask: OpenAsk | None = None, replies: Intent | None = None
) -> Utterance:
    """What the tutor says to words on a page; asking a model would fail, as the stub has nothing to say."""
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        log.state.page, log.state.open_ask = page, open_ask
        asked = Question(seq=ASKED_AT, text=words, page=page, intent=Intent.QUESTION)
        if replies and open_ask:
            to = {"replies_to": open_ask.text, "action": open_ask.action, "intent": replies}
            asked = asked.model_copy(update=to)
        log.state.pending = [asked]
        scene = set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=ASKED_AT))
        assert bool(scene.of_class) is (replies in (None, Intent.QUESTION))
    told = speak(scene.model_copy(update={"script_only": True}), lambda _: None, lambda: False)
    assert told
    return told


def test_the_lesson_is_told_by_its_pages(made: Made) -> None:
    told = told_on(made, 2, "What is this lesson about?")
    about = "This lesson is “Cells and energy”. It goes through: Cells; Membranes; Energy."
    assert told.text == f"{about} We are on page 2 of 3, “Membranes”."
    assert not told.fallback
    assert told.prompt is None
    assert told_on(made, 2, "what did we learn so far?").text.startswith("So far we had: Cells; Membranes. Ask about")


def test_where_the_class_is_and_what_comes_is_known_without_a_model(made: Made) -> None:
    assert told_on(made, 1, "how many pages are left?").text.startswith(
        "We are on page 1 of 3, “Cells”. 2 more pages come after it: about 1 min"
    )
    assert "One more page comes after it" in told_on(made, 2, "which page is this?").text
    assert told_on(made, 3, "are we done?").text.endswith("It is the last one.")
    assert told_on(made, 2, "whats next?").text == "Next comes page 3, “Energy”."
    assert told_on(made, 3, "whats next?").text == "Page 3 is the last one; nothing comes after it."
    assert told_on(made, 1, "who are you?").text.startswith("I am Mira, a program and not a person.")
    assert told_on(made, 1, "will this be on the test?").text.startswith("I know only this lesson's pages")


def test_what_a_page_is_about_is_told_in_the_lesson_s_words_with_its_source(made: Made) -> None:
    told = told_on(made, 2, "What is this page about?")
    assert told.text.startswith("Page 2 is about this: “Membranes”. In the lesson's own words: “")
    assert [one.page for one in told.sources] == [2]
    assert told_on(made, 2, "who are you?").sources == []


def test_a_title_that_tells_the_answer_of_an_open_question_is_left_out(db: Services) -> None:
    pages = (
        ("Mitochondria burn sugar", "Mitochondria burn sugar. Every cell has them."),
        ("Membranes", "A membrane surrounds each cell. It lets water in."),
    )
    told = (["Mitochondria burn sugar.", "Every cell has them."], "What burns sugar in a cell?")
    made = make_lesson(pages, told=[told, (["A membrane surrounds each cell."], "")])
    assert "Mitochondria" in told_on(made, 2, "What is this lesson about?").text
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        script = lesson_of(session, log.row).script.actions
    at = next(number for number, one in enumerate(script) if isinstance(one, Ask))
    open_ask = OpenAsk(seq=3, text=told[1], action=at, since=now())
    for words in ("what's next?", "What is this lesson about?", "what is this page about?", "what page are we on?"):
        assert "Mitochondria" not in told_on(made, 1, words, open_ask).text


def test_words_that_reply_to_a_question_are_judged_and_who_asks_back_is_answered(made: Made) -> None:
    open_ask = OpenAsk(seq=3, text="What do you think?", since=now())
    told_on(made, 2, "what's next?", open_ask, replies=Intent.ANSWER)
    assert "page 3" in told_on(made, 2, "what's next?", open_ask, replies=Intent.QUESTION).text
