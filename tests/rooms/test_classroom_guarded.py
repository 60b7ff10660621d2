"""What of a turn's words is held against rows, counts and the task itself, through the scene they are said in."""

from uuid import uuid4

import pytest
from parts import Services
from scenes import PAGE, asked_about
from stub_model import Scripted, StubModel

from app.classroom.directing.director import Act
from app.classroom.schema import Intent, TutorAction, Verdict, Voice
from app.classroom.speech.guard import Refusal
from app.classroom.speech.prompting import Scene
from app.classroom.speech.refusing import refusal
from app.classroom.speech.speaking import speak
from app.classroom.stage.lesson import Told
from app.courses.schema import Passage

GAPS = "Time until the test | Best gap between two study sessions\n7 days | 1 day\n35 days | 11 days\n70 days | 21 days"
GAP = "The best gap between study sessions is 11 days."
ASKED = "Why does a membrane surround each cell of a team?"


def of_gaps(question: str = "How long should I wait before I review?") -> Scene:
    return asked_about(GAPS).model_copy(update={"question": question})


def test_a_value_of_one_row_needs_its_row() -> None:
    assert refusal(GAP, of_gaps(), []) is Refusal.UNSUPPORTED
    assert refusal(GAP, of_gaps("What is the best gap for a test in a month?"), []) is None
    assert refusal(GAP, of_gaps(), ["Say the test is in 35 days."]) is None
    assert refusal("For a test in 35 days, the best gap is 11 days.", of_gaps(), []) is None
    told = {"asked": "What is the best gap for a test in 35 days?", "question": "11", "move": TutorAction.CONFIRM}
    assert refusal(GAP, of_gaps().model_copy(update=told), []) is None
    thought = {"act": Act.CHAT, "voice": Voice.THINKER, "question": ""}
    assert refusal(GAP, of_gaps().model_copy(update=thought), []) is Refusal.UNSUPPORTED


def test_words_of_other_languages_are_not_held_against_rows_and_counts_by_those_of_english() -> None:
    table = "Zeit bis zum Test | Bester Abstand\n7 Tage | 1 Tag\n35 Tage | 11 Tage\nDas Herz hat 4 Kammern und 3 Lagen."
    scene = asked_about(table).model_copy(update={"language": "German", "question": "Wie lange soll ich warten?"})
    for sentence in ("Der beste Abstand bis zum Test ist dann 11 Tage.", "Das Herz hat 3 Lagen und 4 Kammern."):
        assert refusal(sentence, scene, []) is None


def test_a_number_of_things_is_the_pages() -> None:
    scene = asked_about("The human heart has four chambers. It is a muscle.")
    for wrong in ("The human heart has three chambers.", "The human heart has three small chambers."):
        assert refusal(wrong, scene, []) is Refusal.UNSUPPORTED
    assert refusal("The human heart has 4 chambers.", scene, []) is None
    frog = Passage(id=uuid4(), text="A frog's heart has three chambers.", page=2)
    line = Told(page=2, text=frog.text, rests=(frog,))
    assert refusal("A heart has three chambers.", scene.model_copy(update={"approved": [line]}), []) is None


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("A membrane surrounds each cell in this way:", ""),
        ("A membrane surrounds each cell. It does so in this way:", "A membrane surrounds each cell."),
        ("A membrane does two things:\nIt surrounds each cell.", "A membrane does two things: It surrounds each cell."),
    ],
)
def test_what_ends_in_a_colon_is_not_shown_without_what_it_promises(
    services: Services, stub: StubModel, reply: str, shown: str
) -> None:
    stub.script(Scripted(reply=reply))
    scene = asked_about("A membrane surrounds each cell. It does two things in this way.")
    said = speak(scene.model_copy(update={"question": "What is a membrane?"}), lambda _: None, lambda: False)
    assert said
    assert (said.text == shown) if shown else said.fallback


@pytest.mark.parametrize("move", [None, TutorAction.ANSWER])
@pytest.mark.parametrize("reply", ["Sure, I can help you with that.", "Thin walls.", "Thin walls"])
def test_talk_alone_or_a_title_is_no_answer_to_a_question(
    services: Services, stub: StubModel, reply: str, move: TutorAction | None
) -> None:
    stub.script(Scripted(reply=reply))
    scene = asked_about("Thin walls\nA membrane surrounds each cell. It lets water in.")
    back = {"question": "What is a membrane?", "intent": Intent.QUESTION, "move": move}
    said = speak(scene.model_copy(update=back), lambda _: None, lambda: False)
    assert said
    assert said.fallback
    assert reply not in said.text


REPORT = "Students read a text. Half of them read it again, the others wrote down what they remembered."


@pytest.mark.parametrize(
    ("sentence", "ground", "trouble"),
    [
        ("You need to read the text again and write it down.", REPORT, Refusal.UNSUPPORTED),
        ("Students should read the text again.", REPORT, Refusal.UNSUPPORTED),
        ("Half of the students read the text again.", REPORT, None),
        ("You should not read the text again.", REPORT, None),
        ("You need to know that students read a text again.", REPORT, None),
        ("You should close the book and write it down.", f"{REPORT} Close the book and write it down.", None),
        ("You should read the text again.", f"{REPORT} Your rule is to read each text again.", None),
        (
            "You need to subtract one from the exponent.",
            "Bring the exponent down. Then one is subtracted from the exponent.",
            None,
        ),
        ("We have to connect two groups by a bond.", "Two groups are connected by a bond.", None),
        ("You have to flip the sign.", "When one divides by a negative number, the sign is flipped.", None),
        ("You need to let water into each cell.", "A membrane lets water into each cell.", None),
    ],
)
def test_what_was_done_in_an_experiment_is_no_advice(sentence: str, ground: str, trouble: Refusal | None) -> None:
    assert refusal(sentence, asked_about(ground).model_copy(update={"question": "What shall I do?"}), []) is trouble


def unclear(asked: str = ASKED) -> Scene:
    of_it = {"question": "hm", "asked": asked, "move": TutorAction.CLARIFY, "verdict": Verdict.UNCLEAR}
    return asked_about(PAGE).model_copy(update=of_it)


@pytest.mark.parametrize(
    "reply",
    [
        "Sure, let's think about it together.",
        "Take a moment to think about the question. You can do it!",
        "Please say a little more.",
    ],
)
def test_who_was_not_clear_is_not_only_talked_to(services: Services, stub: StubModel, reply: str) -> None:
    stub.script(Scripted(reply=reply))
    told = speak(unclear(), lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.fallback
    assert told.text == unclear().phrase("encouraged")
    assert told.reason == Refusal.EMPTY


@pytest.mark.parametrize(
    "reply",
    [
        "Sure, let's think about it together. What do you mean?",
        "Can you say a little more?",
        "Say a little more, and begin with the membrane.",
        "Sure! Say more about the team.",  # a word of talk, and of the question
        'Say more about "why".',
        "Read the second line again.",
        "Have another look at page 2.",
    ],
)
def test_who_was_not_clear_is_asked_or_shown_where_to_begin(services: Services, stub: StubModel, reply: str) -> None:
    stub.script(Scripted(reply=reply))
    told = speak(unclear(), lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.text == reply
    assert not told.fallback


def test_common_words_of_a_question_are_no_things_to_begin_with(services: Services, stub: StubModel) -> None:
    stub.script(Scripted(reply="Let's think about it."))
    told = speak(unclear("Why do you think that is so?"), lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.fallback
