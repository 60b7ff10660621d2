"""What an agent says in one turn: the stream of words, a sentence at a time, each one past the guard before it is
shown.

A turn of which nothing may be shown is asked for once more with the reason; then something else stands in for it
(`standing_in`), and what was refused is kept beside what was shown.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from pydantic import BaseModel

from app.base.formulas import is_open, plain
from app.base.scripts import ENDS, NO_SHORT_FORM, WIDE_ENDS, gap, is_question, run_on
from app.base.text import normal
from app.classroom.directing.director import Act
from app.classroom.log.phrases import Matter
from app.classroom.schema import CLASSMATES, SOLUTIONS, Intent, Source, TutorAction
from app.classroom.speech.guard import Refusal
from app.classroom.speech.manner import asks_back, leans, names_a_place, without_report
from app.classroom.speech.prompting import Scene, again, otherwise, prompt_of
from app.classroom.speech.refusing import refusal
from app.classroom.speech.scaffold import HINTS
from app.classroom.speech.standing_in import listed, named_elsewhere, nearest_said, not_covered, stand_in
from app.classroom.stage.cast import full_cast
from app.courses.grounding import is_talk, supported
from app.courses.schema import Passage
from app.inference import service as inference
from app.inference.calls import Call, record
from app.inference.schema import ModelUnavailable, Prompt, Reply, Role

_SENTENCE = re.compile(
    r"(?:\"[^\"\n]{1,200}\"(?=\s+[a-z])|“[^”\n]{1,200}”(?=\s+[a-z])|.)+?"
    rf"(?:[.!?…।؟۔]{NO_SHORT_FORM}(?=\s)|[.!?…।؟۔][\"'”’)]+(?=\s+\S)"
    rf"|[{WIDE_ENDS}]+[”’」』）》】]*(?![{WIDE_ENDS}”’」』）》】])|\n+|$)",
    re.DOTALL,
)
"""A quotation after which the sentence goes on in small letters ends none, whatever stands in it."""
_MARK = re.compile(r'(?<!\d)"')
"""A quotation mark, and no inch."""
_WHOLE = re.compile(rf"[a-z]{{3}}[.!?]{NO_SHORT_FORM}$|[^\W\d_][{WIDE_ENDS}]$")
_ENDED = re.compile(rf"[{ENDS}\"”)」』）》】\u0e00-\u0e7f]$")
"""Of the end of a reply; Thai has no full stop."""
_BRACKETS = ("“”", "()", "「」", "『』", "（）")
_NAMES = "|".join(re.escape(name) for member in full_cast().values() for name in (member.name, member.duty))
_LABEL = re.compile(
    rf"^\s*(?:\*\*)?(?:{_NAMES}|assistant|student|classmate)(?:\*\*)?\s*:\s*(?:\*\*)?\s*|</?\s*student\s*>",
    re.IGNORECASE,
)
"""A speaker's name before the words, as models like to put it, and the marks of a prompt."""
WANTING = (Intent.QUESTION, Intent.CONFUSED, Intent.SIMPLER, Intent.DEEPER, Intent.EXAMPLE)
"""What students want something with content for."""
ASKS_BACK = TutorAction.CLARIFY
"""The one hint that may do with a question."""


class Utterance(BaseModel):
    """What was said. `asks` marks a question; `reply` is empty where no model spoke; `refused` is what the guard kept
    back.

    `refused` is filled only where nothing of the first reply could be shown: the turn was said anew or replaced.
    """

    text: str
    sources: list[Source] = []
    fallback: bool = False
    asks: bool = False
    reply: Reply | None = None
    refused: str = ""
    reason: str = ""
    prompt: Prompt | None = None
    is_cut: bool = False


class Speaker:
    """Speaks one turn of a scene. `say` gets each sentence as it passes; `cancelled` ends the turn."""

    def __init__(
        self, scene: Scene, say: Callable[[str], None], cancelled: Callable[[], bool], keep: Callable[[Call], None]
    ) -> None:
        self.scene, self.say, self.cancelled, self.keep = scene, say, cancelled, keep
        self.said: list[str] = []
        self.opening: list[str] = []
        self.refused: list[str] = []
        self.reasons: list[Refusal] = []
        self.reply: Reply | None = None
        self.again = False
        self.gap: Refusal | None = None
        self.prompt = prompt_of(scene)

    def speak(self) -> Utterance | None:
        """The whole turn. None: a classmate had nothing fit to say, or nobody waits for it any more.

        Raises ModelUnavailable when the model is gone.
        """
        if self.scene.script_only:
            return None if self.scene.voice in CLASSMATES else self._instead()
        if told := listed(self.scene) or named_elsewhere(self.scene):
            return self._shown(*told)  # the lesson's own words, whole, and at once
        self._ask(self.prompt)
        if not self.said and self.refused and not self.cancelled() and self.scene.act is not Act.CHAT:
            self.again = True
            self._ask(again(self.prompt, self.reasons[0].value))
        if self.said:
            text = run_on(self.said)
            return self._utterance(text, _sources(text, self.scene))
        if self.scene.voice in CLASSMATES or self.cancelled():
            return None
        return self._instead()

    def otherwise(self, told: str) -> Utterance | None:
        """The same once more in other words, None where there are none."""
        self._ask(otherwise(self.prompt, told))
        text = run_on(self.said)
        if not text or normal(text) == normal(told):
            return None
        return self._utterance(text, _sources(text, self.scene))

    def _ask(self, prompt: Prompt) -> None:
        scene, self.gap = self.scene, None
        stream = inference.stream(
            Role(scene.member.adapter),
            prompt,
            about=scene.class_id,
            max_tokens=scene.member.tokens,
            cancelled=self.cancelled,
            keep=self.keep,
            adapter=scene.adapter,
        )
        try:
            for sentence in sentences(stream):
                self._take(sentence)
        except ModelUnavailable:
            # A reply that cannot be read is junk, not absence; and words that were shown stand.
            if not self.said and stream.outcome != "junk":
                raise
        self.reply = stream.reply
        self.refused += self.opening
        self.reasons += [Refusal.EMPTY for _ in self.opening]
        self.opening = []

    def _take(self, sentence: str) -> None:
        if len(self.said) >= self.scene.sentences:
            return
        hangs = self.gap is not None and self._hangs_on_it(sentence)
        sentence = without_report(sentence)
        trouble = refusal(sentence, self.scene, self.said)
        if trouble or not (hangs or is_talk(sentence)):
            self.gap = trouble
        trouble = trouble or (Refusal.EMPTY if hangs else None)
        if trouble:
            self.refused.append(sentence)
            self.reasons.append(trouble)
        elif self._only_opens(sentence):
            self.opening.append(sentence)
        else:
            for one in [*self.opening, sentence][-self.scene.sentences :]:
                between = gap(self.said[-1]) if self.said else ""
                self.said.append(one)
                self.say(between + one)
            self.opening = []

    def _hangs_on_it(self, sentence: str) -> bool:
        """Whether a sentence is nothing without the one before it, which was refused."""
        is_rest = self.gap is Refusal.SAID or (
            self.scene.intent is Intent.EXAMPLE and not sentence.lower().startswith(("for example", "for instance"))
        )
        return not is_talk(sentence) and (is_rest or leans(sentence))

    def _only_opens(self, sentence: str) -> bool:
        """Whether words promise something that has yet to come, as before a colon: they are not shown without it."""
        scene = self.scene
        if sentence.endswith((":", "：")):
            return True
        if self.said:
            return False
        if scene.act is Act.NUDGE:
            return is_talk(sentence)
        if scene.act is not Act.ANSWER:
            return False
        if scene.is_asked:
            return scene.intent in WANTING and is_talk(sentence)
        if scene.move not in HINTS or not is_talk(sentence) or names_a_place(sentence):
            return False
        return scene.move is not ASKS_BACK or not asks_back(sentence, f"{scene.asked}\n{scene.page.text}")

    def _utterance(self, text: str, sources: list[Source], fallback: bool = False) -> Utterance:
        scene = self.scene
        is_hint = scene.move in HINTS or scene.act is Act.NUDGE
        asks = is_hint or (scene.voice in CLASSMATES and scene.act is Act.CHAT and is_question(text))
        refused = " ".join(self.refused) if fallback or self.again else ""
        reason = self.reasons[0].value if refused else ""
        return Utterance(
            text=text,
            sources=sources,
            fallback=fallback,
            asks=asks,
            reply=self.reply,
            refused=refused,
            reason=reason,
            prompt=self.prompt,
        )

    def _instead(self) -> Utterance:
        return self._shown(*stand_in(self.scene))

    def _shown(self, text: str, passages: list[Passage]) -> Utterance:
        self.say(text)
        return self._utterance(text, self.scene.sources(passages), fallback=True)


def speak(
    scene: Scene, say: Callable[[str], None], cancelled: Callable[[], bool], keep: Callable[[Call], None] = record
) -> Utterance | None:
    """Ask the model, hand on each sentence that passes (`say`), and return the whole speech; `keep` gets the account of
    each call.

    None means a classmate had nothing fit to say. Raises inference's ModelUnavailable when the model is gone.
    """
    if scene.solution and scene.move in SOLUTIONS:
        say(scene.solution)
        return Utterance(text=scene.solution)
    if text := scene.of_class or (scene.phrase("nothing_open") if scene.wants_answer and not scene.asked else ""):
        say(text)
        rests = scene.page.passages[:1] if scene.matter is Matter.PAGE else []
        return Utterance(text=text, sources=scene.sources(rests))
    if not scene.covered and not scene.wants_answer:
        near = None if scene.remarks or scene.strange else nearest_said(scene)
        text, passages = near or (not_covered(scene), [])
        say(text)
        return Utterance(text=text, sources=scene.sources(passages), fallback=near is not None)
    return Speaker(scene, say, cancelled, keep).speak()


def retell(scene: Scene, told: str, keep: Callable[[Call], None] = record) -> Utterance | None:
    """Something that was said in this scene in other words, past the same guard. None: no others were found that hold.

    Raises ModelUnavailable when the model is gone.
    """
    speaker = Speaker(scene, lambda _: None, lambda: False, keep)
    return speaker.otherwise(told)


def sentences(deltas: Iterable[str]) -> Iterator[str]:
    """Whole sentences as soon as they are complete; the last one only if it came to an end."""
    buffer = ""
    for delta in deltas:
        buffer += delta
        if is_open(buffer):
            continue
        buffer = plain(buffer) if "\n" in buffer else buffer  # a line's end within a formula ends no sentence
        *whole, rest = _SENTENCE.findall(buffer) or [""]
        buffer = rest
        yield from (one for part in whole if (one := tidy(part)))
        if _is_whole(buffer) and (one := tidy(buffer)):
            buffer = ""
            yield one
    if (last := tidy(buffer)) and _ENDED.search(last):
        yield last


def _is_whole(words: str) -> bool:
    """Whether words end a sentence though nothing follows yet; no waiting for the next word then. Not within quotation
    marks or brackets, nor after numbers and short forms, where more may belong to it."""
    closed = not words.count('"') % 2 and all(words.count(one[0]) == words.count(one[1]) for one in _BRACKETS)
    return closed and _WHOLE.search(words) is not None


def tidy(sentence: str) -> str:
    """One sentence without role labels, markdown, half quotations and surplus space, its formulas in plain signs."""
    bare = " ".join(plain(_LABEL.sub("", sentence)).replace("**", "").replace("`", "").split())
    bare = " ".join(_MARK.sub("", bare).split()) if len(_MARK.findall(bare)) % 2 else bare
    is_quoted = len(bare) > 1 and bare[0] in '"“' and bare[-1] in '"”' and not set(bare[1:-1]) & set('"“”')
    return bare[1:-1].strip() if is_quoted else bare


def _sources(text: str, scene: Scene) -> list[Source]:
    """The passages that carry the words, at most two."""
    ground = [one for one in scene.support if supported(text, [one], scene.code)] or scene.support[:1]
    return scene.sources(ground[:2])[:2] if scene.voice not in CLASSMATES else []
