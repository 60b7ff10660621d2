"""The check of a draft in another language than its page's: words cannot be held against words there, numbers can."""

from dataclasses import dataclass, field

from app.base.languages import LANGUAGES, language_of
from app.base.scripts import is_question
from app.courses.schema import Page
from app.lessons.faithfulness.faithful import ground_of, strange_numbers
from app.lessons.schema import PageDraft, PageWords
from app.lessons.words import ended, is_meta, key, sentences, tidy, words

SENTENCE_WORDS = 60
LEAST_HELD = 0.5
"""A draft of which fewer sentences hold is refused, and asked for once more."""


@dataclass
class CrossCheck:
    """Keeps of a draft the sentences that are in the language, short, and bring no numbers of their own."""

    page: Page
    language: str
    say: list[str] = field(default_factory=list)
    ask: str = ""

    def __call__(self, document: PageWords) -> str:
        """ "" when enough holds, else what is wrong with the draft, for the model to mend."""
        spoken = [one for item in document.say for one in sentences(tidy(item))]
        kept = list({key(one): ended(one) for one in spoken if not self._trouble(one)}.values())
        if len(kept) > len(self.say):
            self.say = kept
            self.ask = self._asked(document.ask) if isinstance(document, PageDraft) else ""
        trouble = next((found for one in spoken if (found := self._trouble(one))), "Say every point.")
        return "" if kept and len(kept) >= LEAST_HELD * len(document.say) else trouble

    def _trouble(self, sentence: str) -> str:
        if not words(sentence) or len(words(sentence)) > SENTENCE_WORDS:
            return "Sentences must be short and complete."
        if language_of(sentence) not in ("", self.language):
            return f"Say it in {LANGUAGES[self.language]}."
        if is_question(sentence):
            return "Tell the points; do not ask."
        if is_meta(sentence):
            return "Speak about the subject itself, not about slides, pages or your task."
        strange = strange_numbers(sentence, ground_of([self.page]))
        return f"{strange[0]} is not on the page." if strange else ""

    def _asked(self, text: str) -> str:
        found = sentences(tidy(text))[:1]
        is_ours = bool(found) and is_question(found[0]) and language_of(found[0]) in ("", self.language)
        return found[0] if is_ours and not strange_numbers(found[0], ground_of([self.page])) else ""
