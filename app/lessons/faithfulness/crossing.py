"""The check of a page's points in another language than theirs: words cannot be held against words there; numbers,
negations, and what was left as it stands, can.
"""

from dataclasses import dataclass, field

from app.base.languages import LANGUAGES, language_of
from app.base.scripts import is_question, reading_length, run_on
from app.courses.schema import Page
from app.lessons.faithfulness.faithful import ground_of, strange_numbers
from app.lessons.faithfulness.negating import turns_round
from app.lessons.schema import Interpreted, InterpretedWithQuestion
from app.lessons.words import ended, is_meta, key, sentences, tidy, words

SENTENCE_WORDS = 60
LEAST_HELD = 0.5
"""Of the points, for a page to be told by them. A draft is refused while any does not hold."""
LONGER = 3
"""How many times as long as the page's own a title may be."""
LEAST_COPIED = 3
"""So many words that stand on the page as they are were not put into the other language."""


@dataclass
class CrossCheck:
    """Keeps of a draft the points whose words are in the language, short, and bring no numbers or negations of their
    own. `said` has the words for each point, "" where nothing held; what held once is kept.
    """

    page: Page
    points: list[str]
    language: str
    said: list[str] = field(default_factory=list)
    title: str = ""
    ask: str = ""

    def __post_init__(self) -> None:
        self.said = [""] * len(self.points)
        self.written = language_of("\n".join([self.page.title, *self.points]))

    def __call__(self, document: Interpreted) -> str:
        """ "" when every point holds, else what is wrong with the draft, for the model to mend."""
        self.title = self.title or self._titled(document.title)
        if isinstance(document, InterpretedWithQuestion):
            self.ask = self.ask or self._asked(document.ask)
        troubles = [self._take(at, text) for at, text in enumerate(document.say[: len(self.points)])]
        return "" if all(self.said) else next(filter(None, troubles), "Say every point.")

    def is_enough(self) -> bool:
        """Whether what holds does for the page."""
        return any(self.said) and sum(map(bool, self.said)) >= LEAST_HELD * len(self.points)

    def told(self) -> list[tuple[str, str]]:
        """Each point that is told, with its words."""
        return [(point, text) for point, text in zip(self.points, self.said, strict=True) if text]

    def _take(self, at: int, text: str) -> str:
        """What is wrong with the words for a point; they are kept where nothing is. More sentences than the point has
        are the model's own and left out.
        """
        if self.said[at]:
            return ""
        spoken = sentences(tidy(text))[: len(sentences(self.points[at])) or 1]
        new = run_on([ended(one) for one in spoken])
        if key(new) in {key(one) for one in self.said if one}:
            return f"Point {at + 1} was said already."
        trouble = next((found for one in spoken if (found := self._trouble(one, self.points[at]))), "")
        if not trouble and turns_round(self.points[at], self.written, new, self.language):
            trouble = "It must not say the opposite: keep every not and no, and add none."
        if not trouble and spoken:
            self.said[at] = new
            return ""
        return f"Point {at + 1}: {trouble or 'say it.'}"

    def _trouble(self, sentence: str, point: str) -> str:
        if not words(sentence) or len(words(sentence)) > SENTENCE_WORDS:
            return "Sentences must be short and complete."
        if self._is_left(sentence):
            return f"Say it in {LANGUAGES[self.language]}."
        if is_question(sentence) and not is_question(point):
            return "Tell the point; do not ask."
        if is_meta(sentence):
            return "Speak about the subject itself, not about slides, pages or your task."
        own = self.page.model_copy(update={"text": point, "notes": "", "passages": []})
        strange = strange_numbers(sentence, ground_of([own]))
        return f"{strange[0]} is not in the point." if strange else ""

    def _is_left(self, sentence: str) -> bool:
        """Whether a sentence is in another language, or stands on the page as it is."""
        if language_of(sentence) not in ("", self.language):
            return True
        own = {key(part) for point in self.points for part in (point, *sentences(point))}
        return len(words(sentence)) >= LEAST_COPIED and key(sentence) in own

    def _titled(self, text: str) -> str:
        title, written = tidy(text).rstrip("."), tidy(self.page.title)
        is_short = reading_length(title) <= LONGER * reading_length(written) + LONGER
        is_one = bool(words(title) and words(written)) and len(sentences(title)) == 1 and is_short
        is_left = language_of(title) not in ("", self.language) or is_meta(title)
        return title if is_one and not is_left and not strange_numbers(title, ground_of([self.page])) else ""

    def _asked(self, text: str) -> str:
        found = sentences(tidy(text))[:1]
        is_ours = bool(found) and is_question(found[0]) and not self._is_left(found[0])
        return found[0] if is_ours and not strange_numbers(found[0], ground_of([self.page])) else ""
