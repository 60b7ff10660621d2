"""What was done on the last pages: the chapters of a class, for its memory."""

from app.base.text import shorten
from app.classroom.log.state import Chapter, ClassState, Exchange
from app.classroom.schema import ClassEvent

CHAPTERS = 8
"""Of how many pages the state carries what was done there."""
EXCHANGES = 3
"""How many exchanges of a page are carried word for word."""
EXCHANGE_CHARACTERS = 90


def open_chapter(state: ClassState, page: int) -> Chapter:
    """The page's chapter, moved to the end; the oldest goes when there are too many."""
    found = next((one for one in state.chapters if one.page == page), Chapter(page=page))
    others = [one for one in state.chapters if one.page != page]
    state.chapters = [*others[1 - CHAPTERS :], found]
    return found


def tell(state: ClassState, event: ClassEvent) -> None:
    """A student said something on its page."""
    here = next((one for one in state.chapters if one.page == event.body.page), None)
    here = here or open_chapter(state, event.body.page)
    exchange = Exchange(seq=event.seq, said=shorten(event.body.text, EXCHANGE_CHARACTERS))
    here.exchanges = [*here.exchanges[1 - EXCHANGES :], exchange]
    here.count += 1


def tell_answer(state: ClassState, event: ClassEvent) -> None:
    """What was said before was answered."""
    for exchange in (one for chapter in state.chapters for one in chapter.exchanges):
        if exchange.seq == event.body.answers:
            exchange.answer = shorten(event.body.text, EXCHANGE_CHARACTERS)
            exchange.verdict = event.body.verdict
