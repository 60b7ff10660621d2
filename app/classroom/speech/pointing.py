"""Pointing: a teacher or tutor who answers from the page that is shown points at the lines the answer rests on.

Which lines those are follows from the words, after they were grounded: no model is asked, and nobody is led to the
answer of an open question.
"""

import re
from collections.abc import Iterable

from app.base.text import shorten
from app.classroom.log.state import ClassState
from app.classroom.schema import STAFF, Body, Draft, Kind
from app.classroom.speech.prompting import Scene
from app.classroom.speech.speaking import Utterance
from app.courses import service as courses
from app.courses.schema import PlacedLine, Region

SPOTLIGHT = "spotlight"
"""The action that a member of the cast must be allowed."""
TURN = "turn"
"""The cause of a pointing that ends with the turn it belongs to."""
LONGEST = 200


def pointing(scene: Scene, state: ClassState, speech: Utterance, said: int) -> Draft | None:
    """The pointing that goes with what was said at a seq, or None."""
    may = scene.voice in STAFF and SPOTLIGHT in scene.member.actions and not speech.is_cut
    if not may or scene.hidden or state.page != scene.page.number:
        return None
    rests = _bare(" ".join(one.text for one in speech.sources if one.page == scene.page.number))
    lines = [line for line in scene.page.lines if (bare := _bare(line.text)) and bare in rests]
    region = courses.place_of(speech.text, lines)
    if region is None:
        return None
    words = words_in(region, lines)
    body = Body(page=scene.page.number, region=region, text=words, answers=said, cause=TURN)
    return Draft(kind=Kind.SPOTLIGHT, voice=scene.voice, body=body)


def words_in(region: Region, lines: Iterable[PlacedLine]) -> str:
    """What stands in a part of a page's picture, for those who do not see it."""
    return shorten(" ".join(line.text for line in lines if _is_in(line.region, region)), LONGEST)


def _is_in(line: Region, region: Region) -> bool:
    across, down = line.left + line.width / 2, line.top + line.height / 2
    return region.left <= across <= region.left + region.width and region.top <= down <= region.top + region.height


def _bare(words: str) -> str:
    """Words by themselves, as the same line is broken and spaced differently on a page and in a passage."""
    return re.sub(r"[\W_]+", "", words.casefold())
