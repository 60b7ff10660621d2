"""Answers to open questions: how they are judged, what the tutor's turn then does, and that it does not tell."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from app.classroom.log.state import Question
from app.classroom.schema import Intent, TutorAction, Verdict
from app.classroom.speech import scaffold
from app.classroom.speech.guard import Refusal, hands_over, leaks, refuse
from app.classroom.speech.keys import key_of
from app.classroom.speech.scaffold import by_words, judge
from app.courses.passages import NOTES_MARK
from app.courses.schema import Passage
from app.inference.schema import ModelUnavailable
from app.lessons.schema import Ask

KEY = "Mitochondria release energy from sugar"
ASKED = "Which part of the cell gives it energy?"


def reply(text: str, failures: int = 0, intent: Intent = Intent.ANSWER) -> Question:
    return Question(seq=1, text=text, page=1, intent=intent, replies_to=ASKED, failures=failures)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the judge answers, a label each; none left means that no model answers."""
    labels: list[str] = []

    def choose(*_: object, **__: object) -> str:
        if not labels:
            raise ModelUnavailable
        return labels.pop(0)

    monkeypatch.setattr(scaffold.inference, "choose", choose)
    return labels


@pytest.mark.parametrize(
    ("question", "label", "verdict", "move"),
    [
        (reply("the mitochondria release it from sugar"), "", Verdict.RIGHT, TutorAction.CONFIRM),
        (reply("the power houses"), "A", Verdict.RIGHT, TutorAction.CONFIRM),
        (reply("the cell wall"), "C", Verdict.WRONG, TutorAction.HINT),
        (reply("the nucleus wall", failures=1), "C", Verdict.WRONG, TutorAction.HINT),
        (reply("the nucleus wall", failures=2), "C", Verdict.WRONG, TutorAction.SOLUTION_AFTER_FAILURE),
        (reply("something with sugar"), "B", Verdict.PARTLY, TutorAction.CREDIT_AND_HINT),
        (reply("something with sugar", failures=2), "B", Verdict.PARTLY, TutorAction.SOLUTION_AFTER_PARTLY),
        (reply("hm"), "", Verdict.UNCLEAR, TutorAction.CLARIFY),
        (reply("idk", intent=Intent.CONFUSED), "", Verdict.UNCLEAR, TutorAction.HINT_ON_REQUEST),
        (reply("what is a cell?", intent=Intent.QUESTION), "", Verdict.UNCLEAR, TutorAction.ANSWER),
        (reply("just tell me the answer"), "", Verdict.UNCLEAR, TutorAction.HINT_ON_REQUEST),
        (reply("just tell me the answer", failures=1), "", Verdict.UNCLEAR, TutorAction.SOLUTION_ON_REQUEST),
    ],
)
def test_verdict_and_action(
    question: Question, label: str, verdict: Verdict, move: TutorAction, model: list[str]
) -> None:
    model.extend([label] if label else [])
    judgement = judge(question, KEY)
    assert (judgement.verdict, judgement.move) == (verdict, move)


def test_without_a_model_words_are_judged_by_what_they_share_and_never_called_wrong(model: list[str]) -> None:
    assert judge(reply("something about sugar and energy, from outside"), KEY).verdict in (
        Verdict.PARTLY,
        Verdict.UNCLEAR,
    )
    assert judge(reply("the cell wall"), KEY).by == "fallback"


def test_numbers_are_judged_exactly(model: list[str]) -> None:
    asked = Question(seq=1, text="12", page=1, intent=Intent.ANSWER, replies_to="How many pairs are there?")
    assert judge(asked, "A person has 23 pairs of chromosomes").verdict is Verdict.WRONG
    assert judge(asked.model_copy(update={"text": "23"}), "A person has 23 pairs").verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("text", "key", "asked", "verdict"),
    [
        ("1914", "World War I began in 1914 and ended in 1918.", "When did World War I end?", None),
        ("1945", "World War II lasted from 1939-1945.", "When did World War II end?", None),
        ("O2", "Plants take in CO2 and light.", "Which gas do plants take in?", Verdict.UNCLEAR),
        ("300000 km/s", "Light travels at 300,000 km per second.", "How fast does light travel?", Verdict.RIGHT),
        ("7*8=56", "7 x 8 = 56", "What is 7 x 8?", Verdict.RIGHT),
        ("7*8=55", "7 x 8 = 56", "What is 7 x 8?", Verdict.WRONG),
        ("not 23", "A person has 23 pairs.", "How many pairs does a person have?", None),
        ("four", "The heart has 4 chambers.", "How many chambers does the heart have?", Verdict.RIGHT),
        ("two", "The heart has four chambers.", "How many chambers does the heart have?", Verdict.WRONG),
        ("10 minutes", "Wait 10 hours between sessions.", "How long should you wait between sessions?", None),
        ("mitochondria do not release it from sugar", KEY, ASKED, None),
        ("Sydney, not Canberra", "It is Canberra, not Sydney.", "What is Australia's capital?", None),
        ("before", "Test yourself before you read again.", "Before or after you read again?", None),
        ("no", "Reading again does not help.", "Does reading again help?", None),
        ("hm", KEY, ASKED, Verdict.UNCLEAR),
    ],
)
def test_what_rules_can_tell_of_an_answer_and_what_takes_a_model(
    text: str, key: str, asked: str, verdict: Verdict | None
) -> None:
    """One number of several, a denial and a small word that may be the answer are for a model."""
    assert by_words(text, key, asked) is verdict


def test_without_a_model_a_denied_key_is_not_right(model: list[str]) -> None:
    assert judge(reply("mitochondria do not release energy from sugar"), KEY).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("lines", "asked", "key"),
    [
        (("The landing was in 1969.", "Two men walked on the Moon for 2 hours."), "When was the landing?", 0),
        (("Half of it is gone after 1 hour.", "After a week 25% remains."), "How much remains after a week?", 1),
        (("A person has 23 pairs of them.",), "How many pairs does a person have?", 0),
        (("A prime has two divisors.", "The number 1 is none."), "How many divisors does a prime have?", 0),
        (("The symbol of gold is Au.", "Latin knows aurum."), "What is the symbol of gold?", 0),
        ((f"{KEY}.", "Check: which part of the cell gives energy?"), "Which part of the cell gives energy?", 0),
        ((f"{KEY}.", f"{NOTES_MARK}Ask which part of the cell gives energy."), "Which part of the cell gives it?", 0),
        (("Use sugar to see it.", "It is slow."), "What do you use?", 0),
    ],
)
def test_the_key_is_what_answers_a_question_and_nothing_that_puts_it(
    lines: tuple[str, ...], asked: str, key: int
) -> None:
    """Though all that it adds is a number, a small word or a sign; where the passages of the question have no answer,
    the page's others do.
    """
    passages = [Passage.model_construct(id=uuid4(), text=line, page=2) for line in lines]
    lesson = SimpleNamespace(language="English", crosses=False, pages={2: SimpleNamespace(passages=passages)})
    own = [one.id for one in passages if one.text.startswith(NOTES_MARK)]
    assert key_of(lesson, Ask(page=2, text=asked, passages=own)).splitlines()[0] == lines[key]


def test_a_hint_must_not_hand_over_the_answer() -> None:
    assert leaks("It holds 4 of them.", "It holds about four things.", "How many things does it hold?")
    assert leaks("It moves 300000 km.", "Light travels 300,000 km per second.", "How fast is light?")
    assert not leaks("Look at page 3 again.", "The cell has 3 main parts.", "How many parts?")
    assert not leaks("Not quite.", "Reading again does not help.", "Does reading again help?")
    for told in ("Not quite, it is the mitochondria.", "The answer is mitochondria.", "Is it the mitochondria?"):
        assert refuse(told, [], [], [(KEY, ASKED)]) is Refusal.LEAK
    assert not hands_over("Look at what happens to sugar.", KEY, ASKED)
    assert not hands_over("The mitochondria are near, as you said.", KEY, f"{ASKED} the mitochondria?")
    assert leaks("It is the mitochondria that release it from sugar.", KEY, ASKED)
    assert not leaks("Think of where sugar is used in the cell.", KEY, ASKED)
    assert leaks("There are 23 of them.", "A person has 23 pairs", "How many pairs?")
    assert not leaks("You said 23, and that is right.", "A person has 23 pairs", "How many pairs? 23")


def test_the_guard_says_why() -> None:
    ground = [Passage.model_construct(text="Mitochondria release energy from sugar. Plants keep it as starch.", page=1)]
    assert refuse("Mitochondria release energy from sugar.", ground, [], [(KEY, ASKED)]) is Refusal.LEAK
    assert refuse("Mitochondria release energy from sugar.", ground, []) is None
    assert refuse("The Romans built 12 aqueducts.", ground, []) is Refusal.UNSUPPORTED
    assert refuse("Plants keep it as starch.", ground, ["Plants keep it as starch."]) is Refusal.REPEATED
