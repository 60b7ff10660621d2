"""What students' words want, and whom they address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classroom.log.hearing import NEEDS_NO_ANSWER, hear, wants_answer
from app.classroom.schema import Intent, Voice
from app.classroom.stage.cast import full_cast

NAMES = {voice: member.name for voice, member in full_cast().items()}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What is a cell?", Intent.QUESTION),
        ("so basically it takes longer up there?", Intent.QUESTION),
        ("i was wondering what the little dash is for", Intent.QUESTION),
        ("ok got it, but why does it bend", Intent.QUESTION),
        ("wait, why is that?", Intent.QUESTION),
        ("huh", Intent.CONFUSED),
        ("idk", Intent.CONFUSED),
        ("im so lost", Intent.CONFUSED),
        ("I'm so stupid, I'll never get this", Intent.CONFUSED),
        ("could you explain that again more simply", Intent.SIMPLER),
        ("an example please", Intent.EXAMPLE),
        ("tell me more about that", Intent.DEEPER),
        ("thanks, that makes sense now!", Intent.THANKS),
        ("lol ok", Intent.THANKS),
        ("cool how does spacing work", Intent.QUESTION),
        ("sorry whats chunking mean again", Intent.QUESTION),
        ("thanks do i need to know it", Intent.QUESTION),
        ("sorry i meant the second one", Intent.STATEMENT),
        ("wow what a curve", Intent.THANKS),
        ("thanks will do that", Intent.THANKS),
        ("thank you so much for explaining what it means", Intent.THANKS),
        ("lol what", Intent.THANKS),
        ("sorry", Intent.THANKS),
        ("after how many days do i repeat the stuff", Intent.QUESTION),
        ("ok repeat that", Intent.SIMPLER),
        ("say a bit more on platelets", Intent.DEEPER),
        ("go on please", Intent.GO_ON),
        ("ok sorry. it's fine now, carry on", Intent.GO_ON),
        ("hang on, counting", Intent.HOLD_ON),
        ("hmmm lemme think", Intent.HOLD_ON),
        ("my cat walked over the keyboard", Intent.STATEMENT),
        ("shut up you stupid bot", Intent.ABUSE),
        ("you are all such idiots", Intent.ABUSE),
        ("this exercise is stupid", Intent.STATEMENT),
        ("i want to die", Intent.DISTRESS),
        ("sorry i need a sec, my mum's in hospital", Intent.DISTRESS),
    ],
)
def test_what_words_want(text: str, intent: Intent) -> None:
    assert hear(text, NAMES).intent is intent


def test_a_question_after_english_thanks_is_heard_in_other_languages() -> None:
    assert hear("cool was ist das", language="de").intent is Intent.QUESTION
    assert hear("danke", language="de").intent is Intent.THANKS


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Sydney", Intent.ANSWER),
        ("is it 42?", Intent.ANSWER),
        ("no", Intent.ANSWER),
        ("what do you mean by hiding?", None),
    ],
)
def test_words_after_a_question_are_an_answer_unless_they_ask(text: str, intent: Intent | None) -> None:
    found = hear(text, NAMES, is_asked=True).intent
    assert found is intent if intent else found in (Intent.QUESTION, Intent.CONFUSED)


@pytest.mark.parametrize(
    "text",
    [
        "what's the answer to the question you asked?",
        "whats the answer?",
        "so what is the right answer?",
        "ok who's right then?",
        "where's the mistake?",
        "give me the answer",
        "please solve it",
        "can you give us the right answer",
        "just tell me",
    ],
)
def test_to_want_the_answer_is_not_to_give_one(text: str) -> None:
    assert hear(text, NAMES, is_asked=True).intent is Intent.QUESTION


@pytest.mark.parametrize(
    "text",
    ["the answer is 4", "I would solve it with a table", "42?", "so photosynthesis?", "the results reveal a trend"],
)
def test_an_answer_that_speaks_of_answers_is_one(text: str) -> None:
    assert hear(text, NAMES, is_asked=True).intent is Intent.ANSWER


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Teacher, is that right?", Voice.TEACHER),
        ("hey clown, got a joke?", Voice.CLOWN),
        ("what does the thinker think", Voice.THINKER),
        ("can u notes guy list the four real quick", Voice.NOTES),
        ("Mira, can you help me?", Voice.TUTOR),
        ("what do you think, Gus?", Voice.CLOWN),
        ("i'd like to hear what curious would ask", Voice.CURIOUS),
        ("the teacher said so", None),
        ("is what the thinker just said right?", None),
        ("i took notes", None),
    ],
)
def test_who_is_addressed(text: str, named: Voice | None) -> None:
    assert hear(text, NAMES).named is named


def test_to_say_back_an_answer_is_to_take_note_of_it() -> None:
    assert hear("oh right, Canberra", before="Many think so, but it is Canberra.").intent is Intent.THANKS
    assert hear("oh right, Canberra").intent is not Intent.THANKS


@given(st.text(max_size=300), st.booleans())
def test_any_words_are_read_and_a_question_mark_is_never_taken_for_thanks(text: str, is_asked: bool) -> None:
    heard = hear(f"{text}?", NAMES, is_asked)
    assert heard.intent not in NEEDS_NO_ANSWER
    assert hear(f"{text}?", NAMES, is_asked) == heard


@pytest.mark.parametrize(
    ("text", "is_all"),
    [
        ("What’s the answer to the question you asked?", True),
        ("what is the answer", True),
        ("just tell me the answer please", True),
        ("tell me the answer: why do we forget?", False),
        ("What is the answer to 3 + 4?", False),
        ("Why do we forget?", False),
    ],
)
def test_who_wants_an_answer_told_and_nothing_else(text: str, is_all: bool) -> None:
    assert wants_answer(text) is is_all
