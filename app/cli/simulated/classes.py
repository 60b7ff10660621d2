"""What happens in a simulated learner's class: a log with the kinds, causes and times of a real one."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from app.classroom.people.importing import Dated
from app.classroom.schema import AGENTS, Activity, Body, Draft, Intent, Kind, Mode, TutorAction, Verdict, Voice
from app.cli.simulated.course import CourseModule, CoursePage
from app.cli.simulated.learners import CLASS_OPPORTUNITIES, Learner, Skill, chance, logistic, practise

MODEL = "simulated"
WORDS_A_SECOND = 2.5
STOP_A_PAGE = -5.0
"""Logit of leaving in the middle of a class, at each page, for a learner of average ability."""
HINT = 0.6
"""Logits that a hint is worth at the next try."""
TRIES = 3
REMARKS = ("That reminds me of a shop window.", "I would draw a line and put the values on it.", "So far so good.")
THANKS = ("Thank you!", "Ah, I see.", "ok, clear now")


class Diary:
    """A class log in the making. Every entry takes some time."""

    def __init__(self, rng: random.Random, learner: Learner, person: UUID, began: datetime) -> None:
        self.rng, self.learner, self.person, self.at = rng, learner, person, began
        self.log: list[Dated] = []

    def put(self, draft: Draft, seconds: float = 0.0) -> int:
        """Enter something that took `seconds`; returns its seq."""
        self.at += timedelta(seconds=round(max(0.05, seconds), 3))
        self.log.append(Dated(at=self.at, **draft.model_dump()))
        return len(self.log)

    def say(self, voice: Voice, text: str, page: int, **more: object) -> int:
        """An agent's turn, from its claim to its last word."""
        turn = UUID(int=self.rng.getrandbits(128), version=4)
        answers = more.get("answers")
        self.put(Draft(kind=Kind.TURN, voice=voice, body=Body(turn=turn, page=page, answers=answers)), 0.4)
        body = Body(text=text, page=page, turn=turn, model=MODEL, chosen="rule", **more)
        return self.put(Draft(kind=Kind.SAID, voice=voice, body=body), len(text.split()) / WORDS_A_SECOND)

    def hear(self, text: str, page: int, intent: Intent, answers: int | None = None) -> int:
        """The student's words, and the seq of the question they reply to."""
        body = Body(text=text, page=page, intent=intent, answers=answers)
        draft = Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=self.person, body=body)
        return self.put(draft, self.rng.uniform(3, 25))

    def end(self, cause: str) -> list[Dated]:
        """The whole log."""
        who = self.person if cause == "left" else None
        self.put(Draft(kind=Kind.ENDED, person_id=who, body=Body(cause=cause)), 1.0)
        return self.log


def attend(
    rng: random.Random, learner: Learner, person: UUID, module: CourseModule, skills: dict[str, Skill], began: datetime
) -> list[Dated]:
    """A class from its start to its end, or to the moment the learner had enough. It changes what the learner knows."""
    diary = Diary(rng, learner, person, began)
    start = Body(
        pages=len(module.page), activity=Activity.NORMAL, mode=Mode.CONTINUOUS, cast=list(AGENTS), name=learner.name
    )
    diary.put(Draft(kind=Kind.STARTED, person_id=person, body=start))
    action = 0
    for number, page in enumerate(module.page, start=1):
        diary.put(Draft(kind=Kind.PAGE, body=Body(page=number, action=action, cause="script")), 1.0)
        for at, line in enumerate(page.lines, start=1):
            diary.say(Voice.TEACHER, line, number, action=action + at)
        action += len(page.lines) + 1
        if page.question:
            _question(diary, page, number, action, skills[module.component_of(number - 1)])
            action += 1
        if rng.random() < learner.talk and page.asks:
            _curiosity(diary, page, number)
        elif rng.random() < 0.15:
            diary.say(rng.choice((Voice.CLOWN, Voice.THINKER, Voice.CURIOUS)), rng.choice(REMARKS), number)
        if number < len(module.page) and rng.random() < logistic(STOP_A_PAGE - 0.5 * learner.ability):
            return diary.end("left")
    for name in module.components:
        practise(learner, skills[name], CLASS_OPPORTUNITIES)
    learner.modules += 1
    diary.say(Voice.TEACHER, "That was the lesson. Thank you for being here.", len(module.page), cause="closing")
    return diary.end("finished")


def _question(diary: Diary, page: CoursePage, number: int, action: int, skill: Skill) -> None:
    """The page's question, and up to three tries: a hint after each that was not right, the answer after the last."""
    rng, learner = diary.rng, diary.learner
    put = diary.say(Voice.TEACHER, page.question, number, asks=True, action=action)
    if learner.kind == "silent" and rng.random() < 0.5:
        diary.put(Draft(kind=Kind.SKIPPED, person_id=diary.person), rng.uniform(5, 20))
        return
    for tried in range(TRIES):
        right = rng.random() < chance(learner, skill, -HINT * tried)
        seq = diary.hear(rng.choice(page.right if right else page.wrong), number, Intent.ANSWER, put)
        if right:
            told = f"Yes, that is right. {page.lines[0]}"
            diary.say(Voice.TUTOR, told, number, answers=seq, verdict=Verdict.RIGHT, move=TutorAction.CONFIRM)
            return
        last = tried == TRIES - 1
        told = f"Let us look together: {page.lines[-1]}" if last else f"Not yet. {page.lines[0]} Try once more."
        move = TutorAction.SOLUTION_AFTER_FAILURE if last else TutorAction.HINT
        put = diary.say(Voice.TUTOR, told, number, answers=seq, verdict=Verdict.WRONG, move=move, asks=not last)


def _curiosity(diary: Diary, page: CoursePage, number: int) -> None:
    seq = diary.hear(diary.rng.choice(page.asks), number, Intent.QUESTION)
    told = f"{diary.rng.choice(page.lines)} That is what this page is about."
    diary.say(Voice.TUTOR, told, number, answers=seq, move=TutorAction.ANSWER)
    if diary.rng.random() < 0.2:
        diary.hear(diary.rng.choice(THANKS), number, Intent.THANKS)
