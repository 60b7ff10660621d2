"""How a class performs the kinds of teaching action: what is silent, what waits, and what classmates talk about."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson
from parts import Services
from sqlalchemy import update

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import (
    ASK_WINDOW_SECONDS,
    DISCUSSION,
    QUESTIONS_SECONDS,
    Act,
    Moment,
    Move,
    decide,
)
from app.classroom.log.folding import apply, fold
from app.classroom.log.state import ClassState
from app.classroom.log.writing import OpenLog
from app.classroom.schema import CLASSMATES, Activity, Body, ClassEvent, Draft, Kind, Voice
from app.classroom.speech.acts import act_at_once
from app.courses import service as courses
from app.courses.models import PageRow
from app.lessons.models import LessonVersion
from app.lessons.schema import (
    ACTIONS,
    Board,
    BoardKind,
    Discuss,
    Pause,
    Region,
    Say,
    Show,
    Spotlight,
    Summarise,
    TeachingAction,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLASS = UUID(int=1)
PLACE = Region(left=0.1, top=0.2, width=0.5, height=0.1)
SCRIPT: list[TeachingAction] = [
    Show(page=1),
    Spotlight(page=1, region=PLACE),
    Say(page=1, text="A cell is the smallest unit of life."),
    Board(page=1, form=BoardKind.FORMULA, text="a^2"),
    Discuss(page=1, text="Where do you meet cells in your life?"),
    Pause(page=1, text="Is there anything you want to ask?"),
    Summarise(page=1, text="So all life is built from cells."),
    Show(page=2),
    Say(page=2, text="A membrane keeps the inside in."),
]


class Play:
    """A class by itself: its state, and the clock. Of what classmates want to say, nothing can be shown for the reason
    in `fails`.
    """

    def __init__(self, activity: Activity, fails: str = "") -> None:
        self.state, self.now, self.fails = ClassState(), START, fails
        self.log: list[ClassEvent] = []
        self.happen(Draft(kind=Kind.STARTED, body=Body(pages=2, activity=activity)))

    def happen(self, draft: Draft) -> None:
        event_id = UUID(int=(len(self.log) + 1) * 7919)
        event = ClassEvent(class_id=CLASS, seq=len(self.log) + 1, id=event_id, at=self.now, **draft.model_dump())
        self.log.append(event)
        self.state = apply(self.state, event)

    def step(self) -> Move:
        """The next move, carried out as acts do; a wait is waited out."""
        move = decide(self.state, SCRIPT, Moment(now=self.now))
        assert move == decide(self.state, SCRIPT, Moment(now=self.now))
        if move.act is Act.WAIT:
            assert move.until is not None
            self.now = move.until
        for draft in _drafts(move, self.fails):
            self.happen(draft)
        return move


def _drafts(move: Move, fails: str) -> list[Draft]:
    if move.act is Act.CHAT and fails:
        body = Body(page=1, turn=uuid4())
        gone = body.model_copy(update={"cause": fails})
        return [
            Draft(kind=kind, voice=move.voice, body=one) for kind, one in ((Kind.TURN, body), (Kind.WITHDRAWN, gone))
        ]
    if move.act is Act.CHAT:
        return [Draft(kind=Kind.SAID, voice=move.voice, body=Body(text="I see.", page=1, turn=uuid4()))]
    if move.act is not Act.SCRIPT or move.action is None:
        return []
    action = SCRIPT[move.action]
    body = Body(page=action.page, action=move.action, cause="script")
    if isinstance(action, Show):
        return [Draft(kind=Kind.PAGE, body=body)]
    if isinstance(action, (Spotlight, Board)):
        kind = Kind.SPOTLIGHT if isinstance(action, Spotlight) else Kind.BOARD
        return [Draft(kind=kind, voice=Voice.TEACHER, body=body)]
    told = {"text": action.text, "asks": isinstance(action, Discuss), "cause": action.kind.value, "turn": uuid4()}
    return [Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=body.model_copy(update=told))]


def walk(activity: Activity, fails: str = "") -> tuple[Play, list[Move]]:
    play, moves = Play(activity, fails), []
    while not moves or moves[-1].act is not Act.CLOSE:
        assert len(moves) < 200
        moves.append(play.step())
    return play, moves


@pytest.mark.parametrize("activity", list(Activity))
def test_every_action_is_performed_once_in_order_and_the_log_folds(activity: Activity) -> None:
    play, moves = walk(activity)
    assert [one.action for one in moves if one.act is Act.SCRIPT] == list(range(len(SCRIPT)))
    assert fold(play.log) == play.state


def test_what_is_silent_takes_no_time() -> None:
    play = Play(Activity.OFF)
    acts = [play.step().action for _ in range(3)]
    assert acts == [0, 1, 2]
    assert play.now == START


@pytest.mark.parametrize("activity", list(Activity))
def test_a_discussion_is_a_bounded_round_of_classmates_and_then_waits_for_the_student(activity: Activity) -> None:
    _, moves = walk(activity)
    start = next(at for at, one in enumerate(moves) if one.action == 4)
    end = next(at for at, one in enumerate(moves) if one.action == 5)
    between = moves[start + 1 : end]
    voices = [one.voice for one in between if one.act is Act.CHAT]
    assert len(voices) == DISCUSSION[activity]
    assert set(voices) <= set(CLASSMATES)
    assert all(one != two for one, two in itertools.pairwise(voices))
    assert not any(one.act is Act.NUDGE for one in between)
    waited = [one for one in between if one.act is Act.WAIT]
    assert between[-1] is waited[-1]


@pytest.mark.parametrize("fails", ["nothing-to-add", "lost"])
@pytest.mark.parametrize("activity", list(Activity))
def test_a_discussion_to_which_no_classmate_has_anything_fit_to_say_goes_on(activity: Activity, fails: str) -> None:
    _, moves = walk(activity, fails)
    start = next(at for at, one in enumerate(moves) if one.action == 4)
    end = next(at for at, one in enumerate(moves) if one.action == 5)
    voices = [one.voice for one in moves[start:end] if one.act is Act.CHAT]
    assert len(voices) == len(set(voices)), "nobody is asked again"
    assert [one.action for one in moves if one.act is Act.SCRIPT] == list(range(len(SCRIPT)))


def _at_discussion() -> Play:
    play = Play(Activity.OFF)
    while play.step().action != 4:
        pass
    return play


def test_who_answers_a_discussion_is_answered_and_it_is_over() -> None:
    play = _at_discussion()
    said = Draft(kind=Kind.ASKED, voice=Voice.STUDENT, body=Body(text="In my skin.", page=1))
    play.happen(said)
    assert play.state.pending[0].replies_to == SCRIPT[4].words
    move = decide(play.state, SCRIPT, Moment(now=play.now))
    assert move.act is Act.ANSWER
    answer = Body(text="Skin it is.", page=1, answers=play.log[-1].seq, turn=uuid4())
    play.happen(Draft(kind=Kind.SAID, voice=move.voice, body=answer))
    assert play.state.open_ask is None
    while (move := play.step()).act is Act.WAIT:
        pass
    assert move.action == 5


def test_a_discussion_waits_as_long_as_a_question_and_continue_skips_it() -> None:
    play = _at_discussion()
    asked_at = play.now
    while (move := play.step()).act is Act.WAIT:
        pass
    assert move.action == 5
    assert play.now - asked_at >= timedelta(seconds=ASK_WINDOW_SECONDS)
    play = _at_discussion()
    play.happen(Draft(kind=Kind.SKIPPED))
    assert play.step().action == 5


def test_a_pause_leaves_time_for_questions() -> None:
    play, paused = Play(Activity.OFF), None
    while (move := play.step()).action != 6:
        if move.action == 5:
            paused = play.now
    assert paused is not None
    assert play.now - paused > timedelta(seconds=QUESTIONS_SECONDS)


def scripted(made: Made, actions: list[TeachingAction]) -> UUID:
    """A class of the lesson whose first page has these actions, all performed; its words have known places."""
    lines = [{"text": "A cell is the smallest unit of life.", "region": PLACE.model_dump()}]
    with unit_of_work() as session:
        session.execute(update(PageRow).where(PageRow.material_id == made.material_id).values(lines=lines))
        version = session.get_one(LessonVersion, made.version_id)
        first = {**version.script["pages"][0], "actions": ACTIONS.dump_python(actions, mode="json")}
        version.script = {**version.script, "pages": [first, *version.script["pages"][1:]]}
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        for at in range(len(actions)):
            act_at_once(session, log, Move(act=Act.SCRIPT, action=at))
    return class_id


def test_the_log_has_what_each_action_did(db: Services) -> None:
    class_id = scripted(make_lesson(), SCRIPT[:7])
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
        assert fold(events) == classroom.state(session, class_id)
    by_action = {one.body.action: one for one in events if one.kind is not Kind.TURN and one.body.action is not None}
    assert by_action[1].body.region == PLACE
    assert by_action[3].body.board
    assert by_action[3].body.board.text == "a^2"
    assert (by_action[4].body.asks, by_action[4].body.cause) == (True, "discuss")
    assert [by_action[at].body.cause for at in (5, 6)] == ["pause", "summarise"]


def test_a_spotlight_on_a_passage_is_where_the_passage_stands(db: Services) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        passage = courses.pages(session, made.material_id)[0].passages[0].id
    lit = [Spotlight(page=1, passages=[passage]), Spotlight(page=1, passages=[uuid4()])]
    class_id = scripted(made, [Show(page=1), *lit])
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
    known, unknown = (one.body.region for one in events if one.kind is Kind.SPOTLIGHT)
    assert known is not None
    assert known.top < PLACE.top < known.top + known.height
    assert unknown is None
