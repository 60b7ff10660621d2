"""A page as points: what has to be said about it, one after the other. Pure."""

import re

from app.base.phrasebook import USUAL
from app.base.scripts import full_stop, is_unspaced
from app.courses.schema import Page
from app.lessons.planning.phrasing import phrase
from app.lessons.words import ended, key, sentences, tidy, words

MOST = 6
SHORT, FULL = 4, 12
"""A point with fewer words is joined with the next ones, until they have this many."""
LONG_LINE = 9
"""From this many words on, a line is taken for a sentence and not for an entry of a list."""
CHARACTERS = 1400
"""What one page gets of the model's attention and of the student's ear; the rest is left to be read."""
SPOKEN_NOTES = 25
"""Notes with fewer words are a reminder and left alone; longer ones are what the speaker meant to say."""

_CLAUSE = frozenset(
    ["is", "are", "was", "were", "has", "have", "had", "can", "will", "we", "you", "i", "it", "they", "must", "should"]
)
_BROKEN_LINE = re.compile(r"(?<=[^\n]{40}[a-z,;])\n(?=[a-z(])")
"""Where the line of a PDF ends in mid-sentence; the entries of a list are shorter."""


def points(page: Page) -> list[str]:
    """At most six points in the page's order, then its notes' where those are speech; empty for a page of few words."""
    parts = [part for line in page_lines(page) for part in _parts(line)]
    if len(words(page.notes)) >= SPOKEN_NOTES:
        parts += sentences(tidy(page.notes))
    parts = list({key(part): part for part in reversed(parts)}.values())[::-1]
    return _fewer(_joined(_within(parts)))


def is_whole(page: Page) -> bool:
    """Whether the points leave nothing of the page's own words out."""
    return sum(len(line) for line in page_lines(page)) <= CHARACTERS


def page_lines(page: Page) -> list[str]:
    """The page's lines without its title, without repetitions, without lines that hold no word."""
    seen = {key(page.title), ""}
    lines = []
    for line in _rows_told(_BROKEN_LINE.sub(" ", page.text).splitlines()):
        line = tidy(line)
        if key(line) not in seen:
            seen.add(key(line))
            lines.append(line)
    return lines


def _is_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word) or (len(word) < 2 and not is_unspaced(word))


def is_bare(point: str) -> bool:
    """Whether a point only names things or gives figures, so that there is nothing to explain."""
    said = words(point)
    figures = sum(_is_figure(word) for word in said)
    return ";" in point or len(said) < SHORT or 3 * figures >= len(said)


def spoken(told: list[str], language: str = "") -> list[str]:
    """Points in their own words, a sentence each; neighbours that are no sentences become one spoken list."""
    said: list[str] = []
    run: list[str] = []
    for point in [*told, ""]:
        entries = [entry.strip().rstrip(".;:, 。；：，") for entry in point.split(";") if words(entry)]
        if entries and not any(is_clause(one) for one in entries) and not _is_sentence(point, language):
            run += entries
            continue
        said += [_listed(run, language)] if run else []
        said += [_capital(ended(point))] if point else []
        run = []
    return said


def is_clause(entry: str) -> bool:
    """Whether an entry stands by itself, as a sentence does, and not in a list."""
    return len(words(entry)) >= LONG_LINE or ":" in entry or bool(_CLAUSE & set(words(entry.casefold())))


def _is_sentence(point: str, language: str) -> bool:
    """Whether a point is one by its mark. In English entries of a list have one too, and verbs tell sentences."""
    return language not in ("", USUAL) and ended(point) == point and len(words(point)) >= SHORT


def _listed(entries: list[str], language: str) -> str:
    if len(entries) == 1:
        return _capital(ended(entries[0]))
    between = "; " if any("," in entry for entry in entries) else ", " if full_stop(entries[0]) == "." else "、"
    first = f"{between.join(entries[:-1])}{';' if between == '; ' else ''}"
    return phrase("list", language, first=first, last=entries[-1])


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def _rows_told(lines: list[str]) -> list[str]:
    """Lines with the rows of tables (cells between bars) told by their head: "Mars: moons 2, rings none"."""
    told: list[str] = []
    head: list[str] = []
    for at, line in enumerate(lines):
        cells = [cell.strip() for cell in line.split("|")]
        follows = [cell.strip() for cell in lines[at + 1].split("|")] if at + 1 < len(lines) else []
        if len(cells) < 2:
            head = []
            told.append(line)
        elif len(head) == len(cells):
            told.append(_row(head, cells))
        elif len(follows) == len(cells):
            head = cells
        else:
            told.append(", ".join(cell for cell in cells if cell))
    return told


def _row(head: list[str], cells: list[str]) -> str:
    label = cells[0] if re.search(r"[^\W\d]", cells[0]) else f"{head[0]} {cells[0]}".strip()
    rest = [f"{name} {cell}".strip() for name, cell in zip(head[1:], cells[1:], strict=True) if cell]
    return f"{label}: {', '.join(rest)}" if rest else label


def _parts(line: str) -> list[str]:
    return sentences(line) if len(words(line)) >= LONG_LINE else [line]


def _within(parts: list[str]) -> list[str]:
    kept: list[str] = []
    left = CHARACTERS
    for part in parts:
        left -= len(part)
        if left < 0 and kept:
            break
        kept.append(part[:CHARACTERS])
    return kept


def _joined(parts: list[str]) -> list[str]:
    """Very short parts with their neighbours, as one list: five names are one point, not five."""
    joined: list[str] = []
    for part in parts:
        before = len(words(joined[-1])) if joined else FULL
        if joined and (before < SHORT or (";" in joined[-1] and before < FULL)) and len(words(part)) < SHORT:
            joined[-1] = f"{joined[-1].rstrip('.;:, ')}; {part}"
        else:
            joined.append(part)
    return joined


def _fewer(parts: list[str]) -> list[str]:
    """Join the shortest neighbours until there are no more than six."""
    parts = list(parts)
    while len(parts) > MOST:
        at = min(range(len(parts) - 1), key=lambda one: len(parts[one]) + len(parts[one + 1]))
        both_lists = len(words(parts[at])) < LONG_LINE and len(words(parts[at + 1])) < LONG_LINE
        between = "; " if both_lists else " "
        first = parts[at].rstrip(".;:, ") if both_lists else ended(parts[at])
        parts[at : at + 2] = [f"{first}{between}{parts[at + 1]}"]
    return parts
