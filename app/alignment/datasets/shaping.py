"""From the lines that a recipe may take to those it wants: scrubbed, trimmed, labelled, each once, within bounds."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from app.alignment.datasets.reading import Reader
from app.alignment.datasets.schema import Recipe
from app.alignment.datasets.splitting import shuffled
from app.alignment.datasets.talking import key_of, labelled, normal, spoken
from app.alignment.labelling import read, said, written
from app.alignment.schema import L, Labels, Line, Message, PairLine, SftLine, UnpairedLine

Scrub = Callable[[str], str]


def shaped(line: L, recipe: Recipe, scrub: Scrub, reader: Reader) -> L | None:
    """A line as the recipe wants it, or None with the reason noted."""
    after = line.model_copy(update={"prompt": _trimmed(_scrubbed(line.prompt, scrub), recipe)})
    for side in ("completion", "chosen", "rejected"):
        if hasattr(line, side):
            after = after.model_copy(update={side: _scrubbed(getattr(line, side), scrub)})
    if isinstance(after, UnpairedLine):
        after.feedback = scrub(after.feedback)
    texts = [normal(one.content) for one in turns_of(after)]
    if not after.prompt or after.prompt[-1].role != "user":
        reader.drop("the last word before the turn is not the learner's", line.id)
    elif any(len(one.content) > recipe.turn_characters for one in turns_of(after)):
        reader.drop(f"a turn longer than {recipe.turn_characters:,} characters", line.id)
    elif not all(texts):
        reader.drop("a turn without words", line.id)
    elif isinstance(after, PairLine) and texts[0] == texts[1]:
        reader.drop("both turns of a pair come to the same", line.id)
    else:
        return _labelled(after) if recipe.labelled else after
    return None


def turns_of(line: Line) -> list[Message]:
    """The tutor's turns of a line: one, or the chosen and the refused."""
    if isinstance(line, PairLine):
        return [line.chosen[-1], line.rejected[-1]]
    return [line.completion[-1]] if isinstance(line, SftLine | UnpairedLine) else []


def _scrubbed(messages: list[Message], scrub: Scrub) -> list[Message]:
    return [one.model_copy(update={"content": scrub(one.content)}) for one in messages]


def _trimmed(prompt: list[Message], recipe: Recipe) -> list[Message]:
    """The newest messages that fit: what a trainer cuts off would be the end, and with it the answer."""
    system = [one for one in prompt[:1] if one.role == "system"]
    rest = prompt[len(system) :][-recipe.history :]
    room = recipe.prompt_characters - sum(len(one.content) for one in system)
    while len(rest) > 1 and sum(len(one.content) for one in rest) > room:
        rest = rest[1:]
    return [*system, *rest]


def _labelled(line: L) -> L:
    """A turn whose labels are known says them, and is asked to; a pair's only if both are."""
    if isinstance(line, SftLine) and line.labels.is_whole:
        told: dict[str, object] = {"completion": _telling(line.completion, line.labels)}
    elif isinstance(line, PairLine) and line.labels.chosen.is_whole and line.labels.rejected.is_whole:
        told = {
            "chosen": _telling(line.chosen, line.labels.chosen),
            "rejected": _telling(line.rejected, line.labels.rejected),
        }
    else:
        return line
    head = line.prompt[0]
    prompt = [labelled(head), *line.prompt[1:]] if head.role == "system" else line.prompt
    return line.model_copy(update={**told, "prompt": prompt})


def _telling(turn: list[Message], labels: Labels) -> list[Message]:
    if read(turn[-1].content):
        return turn
    return [*turn[:-1], turn[-1].model_copy(update={"content": written(labels, turn[-1].content)})]


# -------------------------------------------------------------------------------------------- doubles, contradictions


def distinct(lines: list[L], reader: Reader) -> list[L]:
    """Without doubles, and without pairs and turns that are judged both ways in different sources."""
    by_key: dict[str, list[L]] = defaultdict(list)
    for line in lines:
        by_key[key_of(spoken(line.prompt), *sorted(normal(one.content) for one in turns_of(line)))].append(line)
    kept = []
    for same in by_key.values():
        if len({_verdict(one) for one in same}) > 1:
            reader.drop("contradictory labels", same[0].id, len(same))
            continue
        kept.append(same[0])
        if len(same) > 1:
            reader.drop("the same in several places", same[1].id, len(same) - 1)
    return kept


def _verdict(line: Line) -> str:
    if isinstance(line, PairLine):
        return normal(line.chosen[-1].content)
    return str(line.label) if isinstance(line, UnpairedLine) else ""


def bounded(lines: list[L], seed: int, most: int, per_conversation: int) -> list[L]:
    """At most so many lines, and of one conversation at most so many (0: any number), by lot."""
    place = {one: at for at, one in enumerate(shuffled(lines, seed))}
    taken: Counter[str] = Counter()
    kept: list[L] = []
    for line in sorted(lines, key=lambda one: place[one.id]):
        if len(kept) >= most:
            break
        if per_conversation and taken[line.conversation] >= per_conversation:
            continue
        taken[line.conversation] += 1
        kept.append(line)
    return kept


def within_cap(lines: list[L], owners: dict[str, str], most: int, seed: int, reader: Reader) -> list[L]:
    """At most so many lines of one learner, by lot; `owners` names the learner of a line that has one."""
    place = {one: at for at, one in enumerate(shuffled(lines, seed))}
    taken: Counter[str] = Counter()
    kept = []
    for line in sorted(lines, key=lambda one: place[one.id]):
        if owner := owners.get(line.id):
            taken[owner] += 1
            if taken[owner] > most:
                reader.drop(f"more than {most} of one learner", line.id)
                continue
        kept.append(line)
    return kept


def balanced(pairs: list[PairLine], seed: int, reader: Reader) -> list[PairLine]:
    """As many pairs with the longer turn chosen as refused; those of one length stay. By lot."""
    longer = {one.id: len(said(one.chosen)) - len(said(one.rejected)) for one in pairs}
    fewest = min(sum(gap > 0 for gap in longer.values()), sum(gap < 0 for gap in longer.values()))
    left = {True: fewest, False: fewest}
    by_id, kept = {one.id: one for one in pairs}, []
    for line_id in shuffled(pairs, seed):
        gap = longer[line_id]
        if gap and not left[gap > 0]:
            reader.drop("left out so that length tells nothing", line_id)
            continue
        if gap:
            left[gap > 0] -= 1
        kept.append(by_id[line_id])
    return kept


def singles(pairs: Iterable[PairLine]) -> list[UnpairedLine]:
    """Both halves of each pair as turns that were liked and not."""
    return [
        UnpairedLine(
            **one.model_dump(include={"conversation", "source", "role"}),
            id=f"{one.id}/{side}",
            prompt=one.prompt,
            completion=turn,
            label=side == "chosen",
        )
        for one in pairs
        for side, turn in (("chosen", one.chosen), ("rejected", one.rejected))
    ]
