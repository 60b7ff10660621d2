"""Why a sentence may not be shown: all that is known about the scene in which it would be said."""

import re
from collections.abc import Callable

from app.base.phrasebook import USUAL
from app.base.scripts import count_words, is_question
from app.base.text import normal
from app.classroom.directing.director import Act
from app.classroom.schema import CLASSMATES, SOLUTIONS, Intent, TutorAction, Voice
from app.classroom.speech.answerable import asks_whether
from app.classroom.speech.comparing import WHY, denies_premise, kept_for_lost, turned_round
from app.classroom.speech.counting import miscounts
from app.classroom.speech.guard import (
    Refusal,
    advises_from_report,
    echoes,
    explains_by_chance,
    explains_by_itself,
    gives_reason,
    reasons_by_itself,
    refuse,
    says_again,
    weighs_by_itself,
)
from app.classroom.speech.manner import (
    asks_of_paper,
    goes_on,
    leads,
    names_a_label,
    quotes_no_thing,
    reports,
    retells,
    speaks_about_itself,
    speaks_about_them,
    speaks_of_prompts,
    speaks_otherwise,
)
from app.classroom.speech.prompting import MANNERS, Scene
from app.classroom.speech.ranking import HEADING
from app.classroom.speech.tables import mixes_table, one_row_for_all
from app.classroom.speech.timing import moved_in_time
from app.courses.grounding import is_talk, word_share
from app.courses.stemming import plain_words, stem

_JUDGING = (TutorAction.CONFIRM, TutorAction.CREDIT_AND_HINT, *SOLUTIONS)
"""Actions in which to say the student's own words back is the point."""
THOUGHT_SHARE = 0.6
"""How many of the words of a classmate's thought, which nobody waits for, have to be the pages'."""
WHOLE_QUESTION = 4
"""A question of so many words is quoted whole by no accident; "Why?" and "the wall?" stand in other sentences too."""


def refusal(sentence: str, scene: Scene, said: list[str]) -> Refusal | None:
    """Why a sentence may not be shown in this scene, or None."""
    is_chat = scene.act is Act.CHAT
    if is_chat and scene.voice is Voice.CURIOUS and (not is_question(sentence) or quotes_no_thing(sentence)):
        return Refusal.MANNER
    if is_chat and scene.voice is Voice.CURIOUS and _on_pages_not(asks_of_paper, sentence, scene):
        return Refusal.MANNER
    if speaks_about_itself(sentence, scene.member.name) or names_a_label(sentence, scene.page.text):
        return Refusal.MANNER
    if speaks_otherwise(sentence, scene.code, scene.page.text):
        return Refusal.MANNER
    if _on_pages_not(speaks_of_prompts, sentence, scene):
        return Refusal.MANNER
    if not retells(scene.question) and _on_pages_not(retells, sentence, scene):
        return Refusal.MANNER
    if scene.voice not in CLASSMATES and _on_pages_not(speaks_about_them, sentence, scene):
        return Refusal.MANNER
    if scene.voice in CLASSMATES and any(line.text == sentence for line in scene.recent):
        return Refusal.REPEATED
    if scene.act is Act.ANSWER and scene.move not in _JUDGING and _says_back(sentence, scene):
        return Refusal.ECHO
    if not said and not is_chat and goes_on(sentence):
        return Refusal.EMPTY
    if explains_by_itself(sentence):
        return Refusal.CIRCLE
    if scene.act is Act.NUDGE and says_again(sentence, [scene.asked]):
        return Refusal.SAID
    if scene.act is Act.NUDGE and not leads(sentence) and not is_talk(sentence):
        return Refusal.MANNER
    if reports(sentence, scene.question):
        return Refusal.REPORT
    if _contradicts(sentence, scene, said):
        return Refusal.UNSUPPORTED
    if not is_chat and (weighs_by_itself(sentence, scene.support) or advises_from_report(sentence, scene.support)):
        return Refusal.UNSUPPORTED
    if scene.is_asked and _is_heading(sentence, scene):
        return Refusal.EMPTY
    if scene.is_asked and _wants_more(scene, sentence) and says_again(sentence, scene.told):
        return Refusal.SAID
    if scene.is_asked and _answers_amiss(sentence, scene):
        return Refusal.UNSUPPORTED
    if is_chat and scene.voice is not Voice.CLOWN and reasons_by_itself(sentence, scene.support):
        return Refusal.UNSUPPORTED
    if is_chat and scene.voice is Voice.THINKER and word_share(sentence, scene.support, scene.code) < THOUGHT_SHARE:
        return Refusal.UNSUPPORTED
    is_free = scene.voice is Voice.CLOWN and not re.search(r"\d", sentence)
    found = refuse(sentence, scene.support, said, scene.secrets, scene.code)
    return None if found is Refusal.UNSUPPORTED and is_free else found


def _contradicts(sentence: str, scene: Scene, said: list[str]) -> bool:
    """Whether a sentence says the contrary of a page, or has numbers that do not go together there. In English also
    whether it tells of all what is of some rows, of one time what is of another, or counts otherwise than the pages
    and the lesson's lines.
    """
    if any(wrong(sentence, scene.support) for wrong in (turned_round, kept_for_lost, mixes_table)):
        return True
    if scene.code != USUAL:
        return False
    asked, before = f"{scene.question} {scene.asked}", "".join(said[-1:])
    texts = [*(one.text for one in scene.support), *(one.text for one in scene.approved)]
    if miscounts(sentence, texts) or moved_in_time(sentence, texts):
        return True
    return one_row_for_all(sentence, scene.support, asked, before)


def _answers_amiss(sentence: str, scene: Scene) -> bool:
    """Whether it says yes or no of a word that the lesson never has, denies what a question rests on, or tells of what
    was asked a reason that belongs to something else.
    """
    is_whether = scene.strange and asks_whether(scene.question)
    speaks_of_it = is_whether and stem(scene.strange.lower()) in map(stem, plain_words(sentence))
    return (
        bool(speaks_of_it)
        or denies_premise(sentence, scene.question)
        or explains_by_chance(sentence, scene.question, scene.support)
    )


def _is_heading(sentence: str, scene: Scene) -> bool:
    """Whether a sentence is a few words that stand alone on a page: a title answers nothing."""
    if count_words(sentence) > HEADING:
        return False
    lines = (line for one in scene.support for line in one.text.splitlines())
    return any(normal(line).rstrip(".") == normal(sentence).rstrip(".") for line in lines)


def _wants_more(scene: Scene, sentence: str) -> bool:
    """Whether the student wants more than what was just said: an example, other words, a reason not yet given."""
    is_why = scene.intent is Intent.QUESTION and bool(WHY.match(scene.question))
    return scene.intent in MANNERS or (is_why and not gives_reason(sentence))


def _on_pages_not(speaks: Callable[[str], bool], sentence: str, scene: Scene) -> bool:
    """Whether it speaks of something that pages do not speak of: a lesson may be one for teachers."""
    return speaks(sentence) and not any(speaks(one.text) for one in scene.support)


def _says_back(sentence: str, scene: Scene) -> bool:
    """Whether it only agrees with the question's words, or quotes the whole question."""
    asked = scene.question.strip()
    is_whole = is_question(asked) and count_words(asked) >= WHOLE_QUESTION
    is_quoted = is_whole and normal(asked) in normal(sentence)
    return is_quoted or echoes(sentence, asked, scene.support)
