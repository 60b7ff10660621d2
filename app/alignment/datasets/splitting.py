"""Which conversations belong together, and which are held back: nothing that is held back was ever trained on.

Published sets share dialogues under different names. Two conversations are kept together where one ends as the other
does, or says the same long sentence; what more than COMMON conversations say is a manner of speaking and joins nobody.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from app.alignment.datasets.talking import spoken, traces
from app.alignment.schema import Line

COMMON = 8


class Groups:
    """Conversations that share words, as a forest: each has one name, that of its least member."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, one: str) -> str:
        """The group's name."""
        above = self._above.setdefault(one, one)
        while above != self._above[above]:
            self._above[above] = above = self._above[self._above[above]]
        self._above[one] = above
        return above

    def join(self, one: str, other: str) -> None:
        """These two belong together."""
        least, most = sorted((self.find(one), self.find(other)))
        self._above[most] = least

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len({self.find(one) for one in list(self._above)})


def texts_of(lines: Iterable[Line]) -> dict[str, set[str]]:
    """The traces of each conversation's words, by conversation."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        found[line.conversation] |= traces(spoken(line.prompt))
    return found


def manners(texts: Mapping[str, set[str]]) -> set[str]:
    """Traces that more than COMMON conversations have: manners of speaking, by which nothing is known again."""
    said = Counter(key for keys in texts.values() for key in keys)
    return {key for key, count in said.items() if count > COMMON}


def grouped(texts: Mapping[str, set[str]]) -> Groups:
    """Conversations joined by what they share."""
    groups, said_by, common = Groups(), defaultdict(set), manners(texts)
    for conversation, keys in texts.items():
        groups.find(conversation)
        for key in keys - common:
            said_by[key].add(conversation)
    for sharing in said_by.values():
        if len(sharing) > 1:
            first, *others = sorted(sharing)
            for other in others:
                groups.join(first, other)
    return groups


def held_back(
    kinds: Mapping[str, Iterable[str]], groups: Groups, seed: int, share: float, forced: set[str]
) -> set[str]:
    """Names of the groups that are held back: those of `forced` conversations, then others until `share` of the lines
    of each kind is. `kinds` has, for each kind of line and source, the conversation of every line.
    """
    wanted = {kind: share * len(lines) for kind, lines in ((name, list(all_)) for name, all_ in kinds.items())}
    weight: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, conversations in kinds.items():
        for one in conversations:
            weight[groups.find(one)][kind] += 1
    held = {groups.find(one) for one in forced}
    have: Counter[str] = Counter()
    for group in held:
        have.update(weight[group])
    for group in sorted(weight, key=lambda one: _order(seed, one)):
        if group not in held and any(have[kind] < wanted[kind] for kind in weight[group]) and share:
            held.add(group)
            have.update(weight[group])
    return held


def _order(seed: int, name: str) -> str:
    """A place in a shuffle that depends on the seed and the name alone."""
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def shuffled(lines: Iterable[Line], seed: int) -> list[str]:
    """The ids of lines in an order that depends on the seed and the ids alone."""
    return sorted((line.id for line in lines), key=lambda one: _order(seed, one))


def shared_texts(first: Iterable[Line], second: Iterable[Line], common: set[str] | None = None) -> int:
    """How many conversations of `first` share words with one of `second`: 0 where nothing leaks. `common` are manners
    of speaking, those of all these lines by default.
    """
    mine, theirs = texts_of(first), texts_of(second)
    if common is None:
        common = manners({**mine, **{f"other/{name}": keys for name, keys in theirs.items()}})
    known = set().union(*theirs.values()) - common
    return sum(bool(keys & known) for keys in mine.values())
