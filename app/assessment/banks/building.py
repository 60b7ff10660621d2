"""From what a reader found to an item of ours, or to the sentence why there is none."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from app.assessment.banks.html_words import Words, plain
from app.assessment.banks.schema import Found
from app.assessment.checking import trouble
from app.assessment.schema import (
    ChoiceItem,
    Criterion,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    Option,
    OrderItem,
    TextItem,
)
from app.assessment.words import folded
from app.base.errors import Invalid

ONE_CRITERION = "It had no rubric: one criterion, “The answer”, was made for its marks."
ANSWERS_TALK = "What is said about single answers was left out."
WEIGHTS = "Marks for answers that are partly right were left out."
UNEVEN = "Its right options were worth different marks; they count alike here."
SAME = "Options that repeat were left out."
WHOLE = "The answer"
ROUND = 9


class Extras(BaseModel):
    """What our own files say of an item beyond what their format can: it comes back as it was."""

    points: float | None = None
    tolerance: float | None = None
    percent: float | None = None
    unit: str = ""
    asks_unit: bool = False
    one_slip: bool = False
    criteria: list[Criterion] = []

    def line(self) -> str:
        """JSON without what is usual; "" where all is."""
        text = self.model_dump_json(exclude_defaults=True)
        return "" if text == "{}" else text


def read_extras(text: str) -> Extras:
    """Extras out of a file; none where they make no sense."""
    try:
        return Extras.model_validate_json(text) if text else Extras()
    except ValidationError:
        return Extras()


@dataclass
class Draft:
    """A question while it is read. Text is HTML where `is_html`; options are pairs of text and whether right."""

    found: Found
    stem: str = ""
    explanation: str = ""
    points: float = 1.0
    is_html: bool = True
    extras: Extras = field(default_factory=Extras)

    def words(self, text: str) -> str:
        """Plain words of a text, with what is lost noted."""
        if not self.is_html:
            return text
        read: Words = plain(text)
        for sentence in read.lost:
            self.lose(sentence)
        return read.text

    def lose(self, sentence: str) -> None:
        """Note a loss, once."""
        if sentence not in self.found.lost:
            self.found.lost.append(sentence)

    def drop(self, why: str) -> Found:
        """Leave the question out."""
        self.found.item, self.found.why = None, why
        return self.found

    def settle(self, item: Item) -> Found:
        """Take the question, unless something is wrong with it."""
        if problem := trouble(item):
            return self.drop(problem)
        self.found.item = item
        return self.found

    # ---------------------------------------------------------------------------------------------------- the kinds

    def _common(self) -> tuple[str, float, str]:
        points = self.extras.points if self.extras.points is not None else self.points
        return self.words(self.stem), points, self.words(self.explanation)

    def choice(self, options: Sequence[tuple[str, bool]], *, many: bool) -> Found:
        """One right option, or all that hold."""
        stem, points, explanation = self._common()
        made: dict[str, tuple[Option, bool]] = {}
        for text, right in options:
            words = self.words(text)
            if words in made:
                self.lose(SAME)
                right = right or made[words][1]
            made[words] = (made[words][0] if words in made else Option(text=words), right)
        chosen = [one.id for one, right in made.values() if right]
        kind = Kind.MULTIPLE if many else Kind.SINGLE
        shown = [one for one, _ in made.values()]
        return self.settle(
            ChoiceItem(kind=kind, stem=stem, points=points, explanation=explanation, options=shown, right=chosen)
        )

    def numeric(self, value: float, tolerance: float = 0.0, percent: float = 0.0, unit: str = "") -> Found:
        """A number with its tolerance."""
        stem, points, explanation = self._common()
        extras = self.extras
        return self.settle(
            NumericItem(
                stem=stem,
                points=points,
                explanation=explanation,
                value=value,
                tolerance=extras.tolerance if extras.tolerance is not None else tolerance,
                percent=extras.percent if extras.percent is not None else percent,
                unit=extras.unit or unit,
                asks_unit=extras.asks_unit,
            )
        )

    def text(self, accepted: Iterable[str], *, stars: bool = False) -> Found:
        """A word or a few; with `stars` one that has a star is a pattern, which cannot be taken."""
        stem, points, explanation = self._common()
        kept: dict[str, str] = {}
        for one in accepted:
            words = " ".join(one.split())
            if stars and "*" in words.replace("\\*", ""):
                self.lose(f"The answer “{words[:60]}” is a pattern with a star, which is not known here.")
            elif words:
                kept.setdefault(words.casefold(), words.replace("\\*", "*") if stars else words)
        if not kept:
            return self.drop("No answer to it could be taken.")
        answers = _distinct(list(kept.values()))
        return self.settle(
            TextItem(stem=stem, points=points, explanation=explanation, accepted=answers, one_slip=self.extras.one_slip)
        )

    def order(self, texts: Sequence[str]) -> Found:
        """Things in their right order."""
        stem, points, explanation = self._common()
        options = [Option(text=self.words(one)) for one in texts]
        return self.settle(OrderItem(stem=stem, points=points, explanation=explanation, options=options))

    def match(self, pairs: Sequence[tuple[str, str]], spare: Iterable[str] = ()) -> Found:
        """Things and their partners; `spare` are right sides without one."""
        stem, points, explanation = self._common()
        left = [(Option(text=self.words(one)), self.words(other)) for one, other in pairs]
        wanted = dict.fromkeys([*(other for _, other in left), *(self.words(one) for one in spare)])
        right = {text: Option(text=text) for text in wanted}
        partners = {one.id: right[other].id for one, other in left}
        return self.settle(
            MatchItem(
                stem=stem,
                points=points,
                explanation=explanation,
                left=[one for one, _ in left],
                right=list(right.values()),
                pairs=partners,
            )
        )

    def open(self) -> Found:
        """An answer in sentences."""
        stem, points, explanation = self._common()
        criteria = self.extras.criteria
        if not criteria:
            self.lose(ONE_CRITERION)
            criteria = [Criterion(name=WHOLE, points=points)]
        whole = sum(one.points for one in criteria)
        return self.settle(OpenItem(stem=stem, points=whole, explanation=explanation, criteria=criteria))


def _distinct(answers: list[str]) -> list[str]:
    """Without answers that are the same to our grading: case, accents and spaces do not count."""

    kept: dict[str, str] = {}
    for one in answers:
        if key := folded(one):
            kept.setdefault(key, one)
    return list(kept.values())


def number(text: str) -> float | None:
    """A number as programs write it; None for anything else."""
    try:
        value = float(text.strip().replace(" ", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def marks(text: str) -> float:
    """A question's marks; 1 where they make no sense."""
    value = number(text)
    return round(value, ROUND) if value is not None and value > 0 else 1.0


def plainly(value: float) -> str:
    """A number as short as it can be written without loss."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def decoded(content: bytes) -> str:
    """Text in UTF-8, UTF-16 (with its mark) or, where it is neither, Windows' Western letters. Raises Invalid."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Invalid("The file's letters cannot be read. Save it as UTF-8 and send it again.") from error
    if b"\x00" in content[:4096]:
        raise Invalid("This is no text file. Export the questions as GIFT, Moodle XML, QTI or IMSCC.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
