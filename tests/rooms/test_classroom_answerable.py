"""Questions that the lesson leaves open: a word that it never has, a name or a count that nothing tells."""

from uuid import uuid4

import pytest
from making import make_lesson
from parts import Services
from scenes import PAGE, asked_about
from stub_model import StubModel

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.state import Question
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Intent, Voice
from app.classroom.speech.answerable import asks_whether, leaves_open, named_thing, strange_word
from app.classroom.speech.guard import Refusal
from app.classroom.speech.prompting import Scene
from app.classroom.speech.refusing import refusal
from app.classroom.speech.scene import set_scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.speech.standing_in import listed
from app.classroom.stage.lesson import Lesson, Told, lesson_of
from app.courses.schema import Passage


@pytest.fixture
def lesson(db: Services, stub: object) -> Lesson:
    made = make_lesson()
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        return lesson_of(session, log.row)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Does coffee keep things out?", "coffee"),
        ("what about ADHD", "ADHD"),
        ("How do membranes work in robots?", "robots"),
        ("Can pizza get in?", "pizza"),
        ("What does Kevin from my class think?", ""),
        ("what the fuck is a cell", ""),
        ("cant a cell dont write or ask", ""),
        ("What does a membrain let in?", ""),
        ("Was ist ein Ventrikel und wie ist das?", ""),
        ("Is a membrane important for everyone?", ""),
        ("Which cell is the biggest one today?", ""),
        ("why do muscels need energie?", ""),
        ("are mitochondrial cells useless?", ""),
        ("2+2?", ""),
    ],
)
def test_a_word_that_the_lesson_never_has_is_found(lesson: Lesson, question: str, word: str) -> None:
    assert strange_word(question, lesson) == word


def test_who_is_spoken_to_is_no_word_of_a_question(lesson: Lesson) -> None:
    asked = "Mira, what did Sam and the professor say about a membrane?"
    assert strange_word(asked, lesson) == "Mira"
    assert strange_word(asked, lesson, ["Mira", "Sam Rivera"]) == ""
    assert strange_word("does a vacuole burst?", lesson, ["The vacuole can burst."]) == ""


def test_an_insult_is_never_said_back(lesson: Lesson) -> None:
    assert strange_word("is this for morons?", lesson) == ""


@pytest.mark.parametrize(
    ("question", "words", "is_open"),
    [
        ("Who discovered it?", "“The wall is thin. It was seen by Hooke in 1665.”", False),
        ("Who discovered it?", "“Hooke saw it first.”", False),
        ("Who pays the tax?", "“The people pay the tax.”", False),
        ("How many are there?", "“There are four chambers.”", False),
        ("How many human cells are there?", "“It has 46 human cells.”", False),
        ("How many sides has it?", "“It is a six-sided thing with sides.”", False),
        ("How many years did it last?", "“It went on from 1914 to 1918.”", False),
        ("How many students?", "“Students: 120”", False),
        ("Who discovered it?", "“The wall is thin. Nobody saw it for long.”", True),
        ("who was hooke", "“The wall is thin.”", False),
        ("How many cells has it?", "“It has about ten thousand tiny cells.”", False),
        ("How many cells has it?", "“A body has 37 cells, we say.”", False),
        ("How many cells has it?", "“Three doors lead to each of the cells.”", True),
        ("How many cells has it?", "“All cells have walls.”", True),
        ("How are cells made?", "“All of them have walls.”", False),
    ],
)
def test_words_without_the_name_or_the_count_that_is_asked_for_leave_it_open(
    question: str, words: str, is_open: bool
) -> None:
    assert leaves_open(question, words) is is_open


def told(scene: Scene, question: str, **others: object) -> Utterance:
    """What stands in for an answer to a question."""
    scene = scene.model_copy(update={"script_only": True, "question": question, "intent": Intent.QUESTION, **others})
    found = speak(scene, lambda _: None, lambda: False)
    assert found
    return found


def on_cells() -> Scene:
    lines = ("The first wall is a membrane. It surrounds each cell.", "The second wall is stiff. Plants alone have it.")
    approved = [Told(2, line, (Passage(id=uuid4(), page=2, text=line),)) for line in lines]
    return asked_about(PAGE).model_copy(update={"approved": approved})


def test_a_question_about_what_the_lesson_never_names_is_told_so() -> None:
    scene = on_cells()
    one = told(scene, "Does a membrane like coffee and good music?", strange="coffee")
    assert one.text.startswith(
        "The word “coffee” does not come up in this lesson, so I will not guess. We are on page 2"
    )
    assert one.sources == []
    near = told(scene, "Which membrane surrounds each cell of coffee?", strange="coffee")
    assert near.text.startswith(
        "The word “coffee” does not come up in this lesson; the nearest to it is this. In the lesson's own words: “"
    )
    assert near.sources
    off = told(scene, "Who likes coffee?", strange="coffee", covered=False)
    assert off.text.startswith("The word “coffee” does not come up in this lesson, so I will not guess.")
    assert off.prompt is None


def test_what_is_nearest_and_has_not_what_was_asked_for_is_said_to_be_only_near() -> None:
    one = told(on_cells(), "Who discovered the membrane that surrounds each cell?")
    assert one.text.startswith(
        "I found no answer to that on the lesson's pages; the nearest to it is this. In the lesson"
    )
    assert told(on_cells(), "What surrounds each cell?").text.startswith("In the lesson's own words")


@pytest.mark.parametrize(
    ("question", "is_whether"),
    [
        ("Does it work for robots?", True),
        ("so, isn't coffee bad", True),
        ("Can someone explain robots?", False),
        ("can you please say why", False),
        ("Nia, is coffee bad?", True),
        ("Dr. Okafor, does it matter?", True),
        ("Can you explain robots?", False),
        ("How does it work for robots?", False),
        ("What is coffee?", False),
    ],
)
def test_a_question_for_yes_or_no_is_told_from_others(question: str, is_whether: bool) -> None:
    assert asks_whether(question) is is_whether


def test_no_yes_or_no_is_made_up_about_what_the_lesson_never_names(db: Services, stub: StubModel) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        covered = {}
        for words in (
            "Is a cell good for coffee?",
            "How can a cell use coffee?",
            "Does each plant cell of coffee live?",
        ):
            log.state.pending = [Question(seq=90, text=words, page=1, intent=Intent.QUESTION)]
            scene = set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=90))
            assert scene.strange == "coffee"
            covered[words] = scene.covered
    assert [*covered.values()] == [False, True, True]
    assert refusal("Every plant and animal is built from coffee cells.", scene, []) is Refusal.UNSUPPORTED
    assert refusal("A cell is the smallest unit of life.", scene, []) is None


def test_what_the_lesson_lists_is_told_without_asking_a_model(stub: StubModel) -> None:
    scene = on_cells().model_copy(update={"question": "what was the second wall?", "intent": Intent.QUESTION})
    said = speak(scene, lambda _: None, lambda: False)
    assert said
    assert said.text == "In the lesson's own words: “The second wall is stiff. Plants alone have it.”"
    assert said.reply is None
    assert not stub.log


def test_who_asks_for_the_second_of_several_hears_that_one() -> None:
    one = told(on_cells(), "what was the second wall again?")
    assert one.text == "In the lesson's own words: “The second wall is stiff. Plants alone have it.”"
    assert "third" not in told(on_cells(), "what is the third wall?").text


@pytest.mark.parametrize(
    "question",
    [
        "What caused the first wall?",
        "Why does the second wall exist?",
        "What is wrong with the first wall?",
        "What happens when the second wall breaks?",
        "who invented the first wall?",
    ],
)
def test_who_asks_something_about_one_of_several_is_not_only_told_which_it_is(question: str) -> None:
    assert listed(on_cells().model_copy(update={"question": question, "intent": Intent.QUESTION})) is None


def test_of_several_only_the_one_is_told_and_by_no_classmate() -> None:
    scene = on_cells().model_copy(update={"question": "what is the first wall?", "intent": Intent.QUESTION})
    told = listed(scene)
    assert told
    assert told[0] == "In the lesson's own words: “The first wall is a membrane. It surrounds each cell.”"
    assert listed(scene.model_copy(update={"voice": Voice.CURIOUS})) is None
    assert listed(scene.model_copy(update={"strange": "coffee"})) is None


def test_the_word_is_looked_for_in_questions_only(db: Services, stub: object) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        found = {}
        for intent in (Intent.QUESTION, Intent.STATEMENT, Intent.CONFUSED):
            log.state.pending = [Question(seq=90, text="A membrane keeps coffee out", page=2, intent=intent)]
            scene = set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=90))
            found[intent] = scene.strange
    assert found == {Intent.QUESTION: "coffee", Intent.STATEMENT: "", Intent.CONFUSED: ""}


@pytest.mark.parametrize(
    ("wish", "intent", "named"),
    [
        ("Explain membranes like I am ten", Intent.SIMPLER, "explain membranes ten"),
        ("give me an example of a membrane", Intent.EXAMPLE, "of a membrane"),
        ("I don't get it", Intent.CONFUSED, ""),
        ("Can you give me an example?", Intent.EXAMPLE, ""),
        ("explain pizza like I am ten", Intent.SIMPLER, ""),
    ],
)
def test_a_wish_names_what_the_lesson_has(lesson: Lesson, wish: str, intent: Intent, named: str) -> None:
    assert " ".join(named_thing(wish, intent, lesson).split()) == named


def test_forms_of_common_words_are_no_strange_ones(lesson: Lesson) -> None:
    assert strange_word("what keeps telling a membrane that it was making stuff?", lesson) == ""
    assert strange_word("does exercise stress a membrane?", lesson) == "exercise"
