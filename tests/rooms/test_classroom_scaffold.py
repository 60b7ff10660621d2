"""Answers to open questions: how they are judged, what the tutor's turn then does, and that it does not tell."""

import pytest

from app.classroom.log.state import Question
from app.classroom.schema import Intent, TutorAction, Verdict
from app.classroom.speech import scaffold
from app.classroom.speech.guard import Refusal, leaks, refuse
from app.classroom.speech.scaffold import judge
from app.courses.schema import Passage
from app.inference.schema import ModelUnavailable

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


def test_a_hint_must_not_hand_over_the_answer() -> None:
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
