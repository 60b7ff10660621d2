"""What of a page's words belongs on the board: its first table, formula, or lines of code, found by rule. Pure."""

import re
from itertools import groupby

from app.lessons.schema import Board, BoardKind

LONGEST = 2000
CELLS = " | "
LEAST_CODE = 2
MOST_OPERANDS, MOST_TOGETHER = 14, 3
"""A formula's names and numbers in all, and how many words one of its names may have."""

_RELATION = re.compile(r"[=≈≤≥∝→]")
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|\S")
_BETWEEN = frozenset("=≈≤≥∝→+-−–*/×·÷^<>±(){}[]_\\%²³√∑∫∂!|,'′")
_LISTS = re.compile(r",(?![^()]*\)) ")
"""A comma outside brackets: a list of things and no formula."""
_COUNTS = re.compile(r"[₀-₉²³]+")
_CODE = re.compile(
    r"^\s*(?:def \w+\(|class \w+.*:|import \w|from \w+ import|return\b.*|print\(|for .+ in .+:|while .+:|if .+:$|else:"
    r"|(?:const|let|var) \w+ ?=|function \w*\(|#include\b|public (?:static|class)|SELECT .+ FROM|.*[;{}]\s*$"
    r"|.*\w\(.*\)\s*$|\w+ = [\w\[{(\"'].*$)"
)
_LANGUAGES = (
    ("python", re.compile(r"^\s*(?:def \w+\(|from \w+ import|import \w+|print\(|elif |class \w+.*:$)", re.M)),
    ("javascript", re.compile(r"\b(?:const|let|function)\b|=>")),
    ("sql", re.compile(r"\bSELECT\b.+\bFROM\b")),
    ("c", re.compile(r"#include\b|\bint main\b")),
    ("java", re.compile(r"\bpublic (?:static|class)\b")),
)
_LATEX = {
    "×": r"\times ", "·": r"\cdot ", "*": r"\cdot ", "÷": r"\div ", "−": "-", "–": "-", "≤": r"\le ", "≥": r"\ge ",
    "≈": r"\approx ", "→": r"\to ", "∝": r"\propto ", "±": r"\pm ", "²": "^{2}", "³": "^{3}", "√": r"\sqrt ",
    "∑": r"\sum ", "∫": r"\int ", "∂": r"\partial ", "π": r"\pi ", "λ": r"\lambda ", "μ": r"\mu ", "σ": r"\sigma ",
    "Δ": r"\Delta ", "Ω": r"\Omega ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "%": r"\%",
}  # fmt: skip
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_WORDS = re.compile(r"(?<!\\)\b[A-Za-zÀ-ÖØ-öø-ÿ]{3,}(?: [A-Za-zÀ-ÖØ-öø-ÿ]{2,})*\b")


def board_of(number: int, text: str) -> Board | None:
    """What of a page's words is put on the board, the first that there is of table, code and formula; None for none."""
    lines = text.splitlines()
    return _table(number, lines) or _code(number, lines) or _formula(number, lines)


def _table(page: int, lines: list[str]) -> Board | None:
    rows = [line for line in lines if CELLS in line]
    text = "\n".join(rows)
    return Board(page=page, form=BoardKind.TABLE, text=text) if len(rows) > 1 and len(text) <= LONGEST else None


def _code(page: int, lines: list[str]) -> Board | None:
    """The longest run of lines that can be code; a lone one is more often a sentence with a bracket."""
    runs: list[list[str]] = [[]]
    for line in lines:
        if _CODE.match(line) and CELLS not in line and not line.rstrip().endswith("."):
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    best = max(runs, key=len)
    text = "\n".join(best)
    language = next((name for name, sign in _LANGUAGES if sign.search(text)), "")
    if len(best) < LEAST_CODE or len(text) > LONGEST or not language:
        return None
    return Board(page=page, form=BoardKind.CODE, text=text, language=language)


def _formula(page: int, lines: list[str]) -> Board | None:
    for line in lines:
        if _is_formula(line.strip().rstrip(".;")):
            return Board(page=page, form=BoardKind.FORMULA, text=latex(line))
    return None


def _is_formula(line: str) -> bool:
    """Whether a line says that one thing equals another in names, numbers and signs, and is no sentence."""
    sides = _RELATION.split(line)
    if len(line) > 120 or len(sides) < 2 or not all(side.strip() for side in sides) or _LISTS.search(line):
        return False
    tokens = [_COUNTS.sub("", one) or "²" for one in _TOKEN.findall(line)]
    operands = [one for one in tokens if one[0].isalnum()]
    if not all(one[0].isalnum() or one in _BETWEEN for one in tokens) or len(operands) > MOST_OPERANDS:
        return False
    runs = [len(list(run)) for is_word, run in groupby(tokens, lambda one: len(one) > 1 and one.isalpha()) if is_word]
    reckons = any(len(one) == 1 or not one.isalpha() for one in operands) or any(one in "+-−–*/×·÷^" for one in tokens)
    return max(runs, default=0) <= MOST_TOGETHER and reckons and any(one.isalpha() for one in operands)


def latex(line: str) -> str:
    """A line of mathematics as LaTeX: its signs as commands, whole words as text."""
    line = line.strip().rstrip(".;")
    if "\\" in line:
        return line
    line = _WORDS.sub(lambda found: rf"\text{{{found[0]}}}", line)
    line = re.sub(r"[₀-₉]+", lambda found: f"_{{{found[0].translate(_SUBSCRIPTS)}}}", line)
    return re.sub(r" {2,}", " ", "".join(_LATEX.get(sign, sign) for sign in line)).strip()
