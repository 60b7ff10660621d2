"""`bench faithful`: how faithful lessons are to their decks, and how often the checker finds an error that was planted.

The decks are read as uploads are, in a child process, and need no database. Without a model only the checker is
measured: on the decks' own sentences, with numbers altered and with sentences of other decks put in.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel

from app.base.console import say, say_progress, say_table, write_figures
from app.base.db import new_id
from app.base.errors import Invalid
from app.cli.demo_deck import TITLE, build_demo_deck
from app.cli.planted import Told, altered, own_sentences, reworded, strangers
from app.courses.passages import cut
from app.courses.reader import ReaderDied, Request, read_lines
from app.courses.schema import DeckKind, Page, Passage, ReadPage
from app.inference import service as inference
from app.inference.schema import ModelUnavailable, Role
from app.lessons.author import Assignment, compose
from app.lessons.deck.structure import PageSketch, by_rule
from app.lessons.faithfulness.checking import Grounds
from app.lessons.faithfulness.faithful import check, check_page, ground_of, is_claim, source_of
from app.lessons.planning.planning import Place
from app.lessons.planning.standing import place_of_page
from app.lessons.schema import Say, Spoken, Written
from app.lessons.words import sentences, words

SEED = 2026
ROUNDS = 5
"""How often each sentence is altered, and replaced by one of another deck."""
READ_SECONDS = 180.0
TRIES, PAUSE_SECONDS = 4, 5.0
"""How often a page is asked for, as a run does, where the model does not answer in time."""


class PlantedFigures(BaseModel):
    """The checker on sentences whose truth is known. Recall: the share of planted errors that were flagged (numbers:
    for the number); false alarms: the share of true sentences that were flagged.
    """

    own_sentences: int
    own_false_alarms: float
    reworded: int
    reworded_false_alarms: float | None
    numbers_altered: int
    numbers_recall: float | None
    from_another_deck: int
    stranger_recall: float | None
    stranger_recall_by_support: float | None


class WrittenFigures(BaseModel):
    """What the model wrote: shares of claiming sentences with a source, flags a page, shares of pages. `fallback_pages`
    are those made wholly or mostly of the page's own words, also where there was too little for a model to explain.
    """

    model: str
    pages: int
    asked_pages: int
    sentences: int
    with_source_share: float
    flags_per_page: float
    flags: dict[str, int]
    fallback_share: float
    fallback_share_of_asked: float | None
    seconds: float


class FaithfulFigures(BaseModel):
    """What `--json` writes."""

    decks: list[str]
    pages: int
    planted: PlantedFigures
    written: WrittenFigures | None


class Deck(BaseModel):
    """A deck as it was read."""

    name: str
    pages: list[Page]


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench faithful`."""
    parser = parts.add_parser("faithful", help="lessons held against their decks, and a checker against planted errors")
    parser.add_argument("decks", type=Path, nargs="*", metavar="DECK", help="decks; none takes the demo course's")
    parser.add_argument("--checker-only", action="store_true", help="write no lessons, even where a model answers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found."""
    decks = read_decks(chosen.decks)
    is_asked = not chosen.checker_only and inference.available(Role.AUTHOR)
    figures = FaithfulFigures(
        decks=[one.name for one in decks],
        pages=sum(len(one.pages) for one in decks),
        planted=planted_figures(decks),
        written=written_figures(decks) if is_asked else None,
    )
    if chosen.json:
        write_figures(chosen.json, "bench faithful", figures.model_dump(mode="json"))
    _tell(figures)
    return 0


def read_decks(files: Sequence[Path]) -> list[Deck]:
    """The decks' pages with their passages. Raises Invalid for a file that is no deck or cannot be read."""
    if files:
        return [_read(file) for file in files]
    with tempfile.TemporaryDirectory(prefix="lyceum-faithful-") as folder:
        file = Path(folder) / "demo.pptx"
        build_demo_deck(file)
        return [_read(file).model_copy(update={"name": TITLE})]


def _read(file: Path) -> Deck:
    kinds = {kind.value: kind for kind in DeckKind} | {"htm": DeckKind.HTML, "markdown": DeckKind.MARKDOWN}
    kind = kinds.get(file.suffix.lstrip(".").lower())
    if kind is None or not file.is_file():
        raise Invalid(f"{file} is no deck: give files that could be uploaded, such as .pptx or .pdf.")
    with tempfile.TemporaryDirectory(prefix="lyceum-faithful-") as folder:
        lines = read_lines(Request(file, Path(folder), kind, plain=True), time.monotonic() + READ_SECONDS, _idle)
        try:
            pages = [_page(line.page) for line in lines if line.page]
        except ReaderDied as error:
            raise Invalid(f"{file} could not be read to its end. Save it again and try the new copy.") from error
    return Deck(name=file.stem, pages=pages)


def _idle() -> None:
    """The reader's beat; nobody waits for it here."""


def _page(read: ReadPage) -> Page:
    return Page(
        id=new_id(),
        has_picture=bool(read.picture),
        passages=[Passage(id=new_id(), page=read.number, text=text) for text in cut(read)],
        **read.model_dump(exclude={"picture"}),
    )


# ------------------------------------------------------------------------------------------------------ planted errors


def planted_figures(decks: Sequence[Deck]) -> PlantedFigures:
    """The checker on the decks' own sentences, and on planted errors."""
    dice = random.Random(SEED)
    own = [one for deck in decks for one in own_sentences(deck.name, deck.pages)]
    if not own:
        raise Invalid("The decks hold no sentence that could be said. Give decks with words on their pages.")
    numbers = [found for one in own for _ in range(ROUNDS) if (found := altered(one, dice))]
    others = [found for _ in range(ROUNDS) for found in strangers(own, dice)]
    true = [found for one in own if (found := reworded(one))]
    return PlantedFigures(
        own_sentences=len(own),
        own_false_alarms=_share(own, _kinds) or 0.0,
        reworded=len(true),
        reworded_false_alarms=_share(true, _kinds),
        numbers_altered=len(numbers),
        numbers_recall=_share(numbers, lambda one: "number" in _kinds(one)),
        from_another_deck=len(others),
        stranger_recall=_share(others, _kinds),
        stranger_recall_by_support=_share(others, lambda one: "support" in _kinds(one)),
    )


def _kinds(told: Told) -> set[str]:
    action = Say(page=told.page.number, text=told.sentence)
    return {flag.kind.value for flag in check(action, ground_of([told.page]))}


def _share(told: Sequence[Told], test: Callable[[Told], object]) -> float | None:
    return round(sum(bool(test(one)) for one in told) / len(told), 4) if told else None


# ---------------------------------------------------------------------------------------------------- written lessons


def written_figures(decks: Sequence[Deck]) -> WrittenFigures:
    """Have the model write every page, and hold what it wrote against the pages."""
    began = time.monotonic()
    flags: Counter[str] = Counter()
    claims: list[bool] = []
    written: list[Written] = []
    for deck in decks:
        sketches = [PageSketch(number=one.number, title=one.title, words=len(words(one.text))) for one in deck.pages]
        structure = by_rule(sketches)
        grounds = Grounds(deck.pages, deck.name, structure)
        for page in deck.pages:
            say_progress(f"{deck.name}, page {page.number} of {len(deck.pages)}")
            one = _write(deck, page, place_of_page(structure, deck.pages, page.number, deck=grounds.language))
            found = check_page(one.actions, [grounds.of(action) for action in one.actions], grounds.language)
            flags.update(flag.kind.value for flag in (*found.page, *(flag for some in found.actions for flag in some)))
            claims += [
                source_of(sentence, grounds.passages(action)) is not None
                for action in one.actions
                if isinstance(action, Spoken) and is_claim(action)
                for sentence in sentences(action.text)
            ]
            written.append(one)
    say_progress("")
    return _figures(written, claims, flags, time.monotonic() - began)


def _write(deck: Deck, page: Page, place: Place) -> Written:
    before = [one for one in deck.pages if one.number < page.number]
    work = Assignment(
        lesson_page_id=new_id(),
        lesson_id=new_id(),
        deck=deck.name,
        outline=[one.title for one in deck.pages[:20]],
        heard="\n".join(f"{one.title}\n{one.text}" for one in before),
        total=len(deck.pages),
        page=page,
        place=place,
    )
    for left in reversed(range(TRIES)):
        try:
            return compose(work)
        except ModelUnavailable as error:
            if not left:
                raise Invalid(f"{error.sentence} `./lyceum check` says which part is missing.") from error
            time.sleep(PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")


def _figures(written: list[Written], claims: list[bool], flags: Counter[str], seconds: float) -> WrittenFigures:
    asked = [one for one in written if one.call_id or not one.fallback]
    refused = [one for one in asked if one.fallback]
    return WrittenFigures(
        model=inference.model_name(Role.AUTHOR),
        pages=len(written),
        asked_pages=len(asked),
        sentences=len(claims),
        with_source_share=round(sum(claims) / len(claims), 4) if claims else 0.0,
        flags_per_page=round(flags.total() / len(written), 3),
        flags=dict(flags),
        fallback_share=round(sum(one.fallback for one in written) / len(written), 4),
        fallback_share_of_asked=round(len(refused) / len(asked), 4) if asked else None,
        seconds=round(seconds, 1),
    )


def _tell(figures: FaithfulFigures) -> None:
    say(f"{figures.pages} pages of {len(figures.decks)} decks")
    for part in (figures.planted, figures.written):
        if part is not None:
            say_table([(name.replace("_", " "), str(value)) for name, value in part], ("figure", "value"))
            say()
