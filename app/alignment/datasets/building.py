"""Building a set: from a recipe and its inputs to two halves. The same inputs give the same set, to the letter."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from uuid import UUID

from app.alignment.datasets.freezing import Part, freeze
from app.alignment.datasets.importing import imported, read_files
from app.alignment.datasets.reading import Reader
from app.alignment.datasets.recipes import SHIPPED
from app.alignment.datasets.schema import (
    CLASSES,
    Counts,
    Format,
    Imported,
    Leakage,
    Problem,
    Recipe,
    SetManifest,
    SourceShare,
    SourceWish,
)
from app.alignment.datasets.shaping import Scrub, balanced, bounded, distinct, shaped, singles, within_cap
from app.alignment.datasets.splitting import grouped, held_back, manners, shared_texts, texts_of
from app.alignment.datasets.statistics import labels, lengths
from app.alignment.datasets.talking import traces
from app.alignment.schema import L, Line, PairLine, SftLine, UnpairedLine
from app.records.release.scrubbing import PHONE, Scrubber

OWN_LICENCE = "the same as this software"
ALL = Counts(sft=10**6, pairs=10**6, unpaired=10**6, problems=10**6)


@dataclass
class FromClasses:
    """Examples from this installation's classes: lines, and by line id the example's id and whose it is."""

    sft: list[SftLine] = field(default_factory=list)
    pairs: list[PairLine] = field(default_factory=list)
    unpaired: list[UnpairedLine] = field(default_factory=list)
    examples: dict[str, UUID] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)


def plain_scrub(text: str) -> str:
    """Words without e-mail and web addresses, handles and telephone numbers; a sum keeps its numbers."""
    return _NOBODY.scrub(text, PHONE)


_NOBODY = Scrubber({}, [])


def build(recipe: Recipe, classes: FromClasses | None = None) -> SetManifest:
    """Make the set of a recipe, or find it made. Raises Invalid where a source is missing or nothing is left."""
    making = _Making(recipe, classes or FromClasses())
    train, held = making.part(False), making.part(True)
    return freeze(making.manifest(train, held), train, held)


class _Making:
    """One set being made: its inputs are read and shaped at once, then split."""

    def __init__(self, recipe: Recipe, classes: FromClasses) -> None:
        self.recipe, self.classes, self.reader = recipe, classes, Reader()
        self.found = {wish.name: _source(wish) for wish in recipe.sources if wish.name != CLASSES}
        self.wishes = {wish.name: wish for wish in recipe.sources}
        found = list(self.found.values())
        self.sft = self._shaped([*(line for one in found for line in one.sft), *classes.sft])
        self.pairs = self._shaped([*(line for one in found for line in one.pairs), *classes.pairs])
        self.unpaired = self._shaped([*(line for one in found for line in one.unpaired), *classes.unpaired])
        self.problems = [line for one in found for line in one.problems]
        texts = self._texts()
        self.groups, self.common = grouped(texts), manners(texts)
        self.held = self._held()

    def _shaped(self, lines: Sequence[L]) -> list[L]:
        ours = [one for one in lines if one.role is self.recipe.role]
        told = [shaped(one, self.recipe, self._scrub, self.reader) for one in ours]
        kept = distinct([one for one in told if one], self.reader)
        most, seed = self.recipe.most_per_learner, self.recipe.seed
        return within_cap(kept, self.classes.owners, most, seed, self.reader)

    @property
    def _scrub(self) -> Scrub:
        return plain_scrub

    def _texts(self) -> dict[str, set[str]]:
        """What each conversation is known by."""
        texts = texts_of([*self.sft, *self.pairs, *self.unpaired])
        for one in self.problems:
            texts.setdefault(one.conversation, set()).update(traces(one.question))
        return texts

    def _held(self) -> set[str]:
        """Names of the groups that are held back."""
        kinds: dict[str, list[str]] = defaultdict(list)
        forced = set()
        lines: list[Line | Problem] = [*self.sft, *self.pairs, *self.unpaired, *self.problems]
        for line in lines:
            kinds[f"{line.source}/{type(line).__name__}"].append(line.conversation)
            if self._is_forced(line):
                forced.add(line.conversation)
        return held_back(kinds, self.groups, self.recipe.seed, self.recipe.held_share, forced)

    def _is_forced(self, line: Line | Problem) -> bool:
        """Whether a line came in a file that the recipe holds back."""
        wish = self.wishes.get(line.source)
        if wish is None or wish.name not in self.found or not wish.held_files:
            return False
        file = self.found[wish.name].files.get(line.id, "")
        return any(fnmatch(file, pattern) for pattern in wish.held_files)

    def part(self, is_held: bool) -> Part:
        """One half: its conversations, within the recipe's bounds."""
        made = Part(
            sft=self._within(self.sft, "sft", is_held),
            pairs=self._within(self.pairs, "pairs", is_held),
            unpaired=self._within(self.unpaired, "unpaired", is_held),
            problems=self._problems(is_held),
        )
        if self.recipe.balance:
            made.pairs = balanced(made.pairs, self.recipe.seed, self.reader)
        if self.recipe.unpair:
            made.unpaired = distinct([*made.unpaired, *singles(made.pairs)], Reader())
        return made

    def _within(self, lines: list[L], kind: str, is_held: bool) -> list[L]:
        by_source: dict[str, list[L]] = defaultdict(list)
        for line in lines:
            if (self.groups.find(line.conversation) in self.held) is is_held:
                by_source[line.source].append(line)
        seed, each = self.recipe.seed, self.recipe.most_per_conversation
        return [
            line
            for source, some in sorted(by_source.items())
            for line in bounded(some, seed, int(getattr(self._most(source, is_held), kind)), each)
        ]

    def _most(self, source: str, is_held: bool) -> Counts:
        wish = self.wishes.get(source)
        if wish is None:
            return ALL
        return wish.most_held if is_held else wish.most

    def _problems(self, is_held: bool) -> list[Problem]:
        kept = []
        for name in sorted(self.found):
            most = self._most(name, is_held).problems
            ours = [one for one in self.problems if one.source == name]
            kept += [one for one in ours if (self.groups.find(one.conversation) in self.held) is is_held][:most]
        return kept

    def manifest(self, train: Part, held: Part) -> SetManifest:
        """What came of it."""
        both = {self.groups.find(one.conversation) for one in train.lines}
        both &= {self.groups.find(one.conversation) for one in held.lines}
        lines = [*train.lines, *held.lines]
        conversations = {one.conversation for one in lines}
        taken = {one.id.removesuffix("/chosen").removesuffix("/rejected") for one in lines}
        return SetManifest(
            name=self.recipe.name,
            title=self.recipe.title,
            role=self.recipe.role,
            recipe=self.recipe,
            counts={**train.counts, **{f"held_{name}": count for name, count in held.counts.items()}},
            conversations={
                "train": len({one.conversation for one in train.lines}),
                "held": len({one.conversation for one in held.lines}),
            },
            sources=_shares(self.found, [*lines, *train.problems, *held.problems]),
            lengths={"pairs": lengths(train.pairs), "held_pairs": lengths(held.pairs)},
            leakage=Leakage(
                groups=len({self.groups.find(one) for one in conversations}),
                joined=len(conversations) - len({self.groups.find(one) for one in conversations}),
                both=len(both),
                texts=shared_texts(held.lines, train.lines, self.common),
            ),
            dropped=self.reader.dropped,
            labels={"sft": labels(train.sft), "held_sft": labels(held.sft)},
            examples=sorted({one for line, one in self.classes.examples.items() if line in taken}, key=str),
        )


def _source(wish: SourceWish) -> Imported:
    """A recipe's source: imported, or the file that is shipped beside the recipe."""
    if not wish.file:
        return imported(wish.name)
    path = SHIPPED / wish.file
    return read_files(Format.PLAIN, [path], wish.name, OWN_LICENCE, "Written for this software")


def _shares(found: dict[str, Imported], lines: Sequence[Line | Problem]) -> list[SourceShare]:
    """What a set has of each source."""
    by_source: dict[str, list[Line | Problem]] = defaultdict(list)
    for line in lines:
        by_source[line.source].append(line)
    told = []
    for name, some in sorted(by_source.items()):
        kinds: dict[str, int] = defaultdict(int)
        for one in some:
            kinds[_KINDS[type(one)]] += 1
        about: dict[str, object] = {"title": "Classes of this installation", "licence": "consent of those concerned"}
        if name in found:
            about = found[name].source.model_dump(include={"title", "licence", "link", "files"})
        share = {"name": name, "taken": dict(kinds), "conversations": len({one.conversation for one in some})}
        told.append(SourceShare.model_validate({**about, **share}))
    return told


_KINDS: dict[type, str] = {SftLine: "sft", PairLine: "pairs", UnpairedLine: "unpaired", Problem: "problems"}
