"""Raised hands: who raised one first is asked to speak first, and whoever raises one meanwhile comes after."""

from uuid import UUID

from app.classroom.log.state import ClassState, Hand
from app.classroom.schema import ClassEvent


def hand_moved(state: ClassState, event: ClassEvent) -> None:
    """A hand was raised or lowered. One whose owner let the minute to speak pass makes room."""
    if event.body.cause != "up":
        hand_down(state, event.person_id)
        return
    if state.hand and (state.hand.is_over(event.at) or state.hand.person is None):
        next_hand(state)
    raised = Hand(person=event.person_id, since=event.at)
    if state.hand is None:
        state.hand = raised
    elif event.person_id not in {one.person for one in (state.hand, *state.hands)}:
        state.hands.append(raised)


def hand_invited(state: ClassState, event: ClassEvent) -> None:
    """Whose turn it is was asked to speak: the first, or the next where the first was asked before and said nothing."""
    if state.hands and state.hand and state.hand.invited:
        next_hand(state)
    if state.hand:
        state.hand.invited, state.hand.since = True, event.at


def hand_lapsed(state: ClassState) -> None:
    """Who was given the floor and said nothing while the class went on has no hand up any more."""
    if state.hand and state.hand.invited:
        next_hand(state)


def hand_down(state: ClassState, person: UUID | None) -> None:
    """Somebody's hand is down, wherever it stood; a hand of nobody in particular is down with anybody's."""
    state.hands = [one for one in state.hands if one.person != person]
    if state.hand and state.hand.person in (None, person):
        next_hand(state)


def next_hand(state: ClassState) -> None:
    """The hand that is up first is down; the one raised after it comes to its place."""
    state.hand, state.hands = (state.hands[0], state.hands[1:]) if state.hands else (None, [])
