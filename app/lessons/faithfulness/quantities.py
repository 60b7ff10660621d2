"""The quantities of a text: numbers in digits and in words, with separators, multipliers, percent and units. Pure.

A number can be read in more than one way ("1,234" is 1234 or 1.234), so a quantity has values, and two agree when they
share one. What a quantity measures counts where both say it: "5 GB" is not "5 MB", and 5 km is 5000 m.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from app.lessons.faithfulness.number_words import HALF, SCALES, VAGUE, spelled

_SPACES = " \u00a0\u202f\u2009'’"
_DIGITS = rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_NUMBER = re.compile(rf"(?P<sign>(?<![\w\d)])[-−])?(?P<digits>{_DIGITS})")
_IDENTIFIER = re.compile(
    r"(?<!\d )(?:\b\d ){3,}\d\b"  # a row of digits
    r"|\b(?:\d+(?:\.\d+){3,}|(?!\d{1,3}(?:\.\d{3}){2}\b)\d+(?:\.\d+){2}\b"  # 192.0.2.7, version 1.2.3
    r"|[\da-f]{4,}(?:-[\da-f]{4,}){2,}\S*|[^\W\d_]+[-_.]?\d[\w.-]*|\d+[^\W\d_]+\d[\w-]*)"
)
_AFTER = re.compile(r"[ \u00a0\u202f-]?(°?[^\W\d_]+|[%‰°€$£¥]+)")
_LOOSE = re.compile(r"(?<!\d)(?<!\d[ \u00a0-])(?<![^\W\d_])(°?[^\W\d_]+|[%‰€$£¥])")
_BEFORE = re.compile(r"([€$£¥])\s?[-−]?$")
_RANGE = re.compile(r"(?P<first>\b[12]\d{3})\s?[–—-]\s?(?P<last>\d\d)\b(?![\d.,]\d)")
_HEDGE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|approx|over|under|more than|less than|some|circa|ca"
    r"|close to|etwa|rund|fast|ungefähr|über|environ|presque|plus de|casi|unos|más de)\W*$",
    re.IGNORECASE,
)
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_DECADE = "s"
MOST_COUNTED = 12
YEARS = range(1000, 2100)

_UNITS: dict[str, tuple[str, float]] = {}
for _kind, _listed in {
    "share": "% .01|percent .01|prozent .01|cent .01|‰ .001",
    "length": "nm 1e-9|µm 1e-6|mm .001|cm .01|m 1|km 1000|millimetre .001|centimetre .01|metre 1|kilometre 1000|"
    "millimeter .001|centimeter .01|meter 1|kilometer 1000|inch .0254|foot .3048|feet .3048|mile 1609.344",
    "mass": "mg 1e-6|g .001|kg 1|gram .001|gramm .001|kilogram 1|kilogramm 1|tonne 1000|ton 1000|pound .4536",
    "time": "ns 1e-9|ms .001|sec 1|second 1|sekunde 1|min 60|minute 60|hour 3600|stunde 3600|day 86400|tag 86400|"
    "h 3600|week 604800|woche 604800|month 2629800|monat 2629800|year 31557600|jahr 31557600",
    "data": "bit .125|byte 1|kb 1e3|mb 1e6|gb 1e9|tb 1e12|pb 1e15|kilobyte 1e3|megabyte 1e6|gigabyte 1e9|terabyte 1e12",
    "power": "w 1|kw 1e3|mw 1e6|gw 1e9|watt 1|kilowatt 1e3|megawatt 1e6|gigawatt 1e9",
    "frequency": "hz 1|khz 1e3|mhz 1e6|ghz 1e9",
    "dollar": "$ 1|dollar 1|usd 1",
    "euro": "€ 1|euro 1|eur 1",
    "pound sterling": "£ 1|gbp 1",
    "yen": "¥ 1|yen 1",
    "degree": "° 1|°c 1|degree 1|celsius 1|grad 1",
    "fahrenheit": "°f 1|fahrenheit 1",
}.items():
    for _entry in _listed.split("|"):
        _name, _factor = _entry.rsplit(" ", 1)
        _UNITS[_name] = (_kind, float(_factor))


@dataclass(frozen=True)
class Quantity:
    """A number as it stands in a text: its possible values, what it measures ("" where that is not said) with the size
    of its unit, whether words around it make it a rough one, and whether it only gives a size ("millions").
    """

    text: str
    values: frozenset[float]
    measure: str = ""
    size: float = 1.0
    rough: bool = False
    vague: bool = False

    @property
    def is_count(self) -> bool:
        """Whether it can be how many things a list has."""
        return not self.measure and any(2 <= one <= MOST_COUNTED and one == int(one) for one in self.values)

    def agrees(self, other: "Quantity") -> bool:
        """Whether both can be the same amount; `self` is what was said, and may be a rounding of the other."""
        if self.vague:
            return not other.measure and any(_is_of_size(b, a) for a in self.values for b in other.values)
        if self.measure and other.measure:
            if self.measure != other.measure:
                return False
            return self._meets({one * self.size for one in self.values}, {one * other.size for one in other.values})
        if "share" in (self.measure, other.measure):
            shares = {one * self.size for one in self.values}, {one * other.size for one in other.values}
            return self._meets(*shares) or self._meets(set(self.values), set(other.values))
        return self._meets(set(self.values), set(other.values))

    def _meets(self, said: set[float], known: set[float]) -> bool:
        return any(_equal(a, b) or (self.rough and _rounds_to(b, a)) for a in said for b in known)


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """All of them in order; names with digits in them ("GPT-4", "H2O") are none, see `identifiers`."""
    bare = _IDENTIFIER.sub(lambda found: " " * len(found[0]), text)
    digits = [_in_digits(bare, found) for found in _NUMBER.finditer(bare)]
    ranges = [
        Quantity(found[0], frozenset([float(found["first"][:2] + found["last"])])) for found in _RANGE.finditer(bare)
    ]
    return (*digits, *ranges, *_in_words(bare))


def loose_measures(text: str) -> set[str]:
    """What the units of a text measure that stand without a number, as "days" in the head of a column."""
    for one in reversed(spelled(text)):
        text = f"{text[: one.start]}0{text[one.end :]}"
    found = (_measure(one[1])[0] for one in _LOOSE.finditer(text))
    return {one for one in found if one}


def identifiers(text: str) -> set[str]:
    """Names with digits in them, without case and marks."""
    return {re.sub(r"\W", "", one).casefold() for one in _IDENTIFIER.findall(text)}


def _in_digits(text: str, found: "re.Match[str]") -> Quantity:
    values = _readings(found["digits"])
    if found["sign"]:
        values |= {-one for one in values}  # a dash before a number may be a minus or join two words
    end, measure, size = found.end(), "", 1.0
    after = _AFTER.match(text, end)
    if after and (scale := SCALES.get(after[1].casefold(), 1.0)) > 1 and not _is_unit(text, end, after[1]):
        values = {one * scale for one in values}
        end = after.end()
        after = _AFTER.match(text, end)
    if after:
        measure, size = _measure(after[1])
    before = _BEFORE.search(text, 0, found.start())
    if before and not measure:
        measure, size = _measure(before[1])
    rough = bool(_HEDGE.search(text[max(0, found.start() - 20) : found.start()]))
    return Quantity(text[found.start() : end].strip(), frozenset(values), measure, size, rough)


def _is_unit(text: str, end: int, name: str) -> bool:
    """Whether "m" after a space is metres and not a million."""
    return name == "m" or (name in ("M", "k", "K") and text[end : end + 1] == " ")


def _measure(name: str) -> tuple[str, float]:
    bare = name.casefold()
    if bare in _ORDINALS or bare == _DECADE:
        return "", 1.0
    for one in (bare, bare.removesuffix("s"), bare.removesuffix("en"), bare.removesuffix("n"), bare.removesuffix("es")):
        if one in _UNITS:
            return _UNITS[one]
    return "", 1.0


def _readings(digits: str) -> set[float]:
    """The values that digits with separators can stand for."""
    bare = re.sub(rf"[{_SPACES}]", "", digits)
    marks = re.findall(r"[.,]", bare)
    if not marks:
        return {float(bare)}
    groups = re.split(r"[.,]", bare)
    as_thousands = all(len(one) == 3 for one in groups[1:]) and 1 <= len(groups[0]) <= 3 and groups[0] != "0"
    whole = {float("".join(groups))} if as_thousands and len(set(marks)) == 1 else set()
    if len(marks) == 1:
        return whole | {float(".".join(groups))}
    if whole:
        return whole
    if all(len(one) == 3 for one in groups[1:-1]) and len(set(marks[:-1])) == 1 and marks[-1] != marks[0]:
        return {float("".join(groups[:-1]) + "." + groups[-1])}
    return {float(one) for one in groups}  # a list without spaces: 3,5,7


def _in_words(text: str) -> list[Quantity]:
    found = []
    for one in spelled(text):
        rough = bool(_HEDGE.search(text[max(0, one.start - 20) : one.start]))
        after = _AFTER.match(text, one.end)
        measure, size = _measure(after[1]) if after and one.text.casefold() not in VAGUE else ("", 1.0)
        if one.text.casefold() in HALF:
            measure, size = "share", 1.0
        is_vague = one.text.casefold() in VAGUE
        found.append(Quantity(one.text, frozenset([one.value]), measure, size, rough, is_vague))
    return found


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def _rounds_to(exact: float, said: float) -> bool:
    """Whether `said` is `exact` with fewer digits: at most a tenth away, with one or two digits that count."""
    if not said or not exact:
        return False
    short = f"{said:g}".replace(".", "").replace("-", "").strip("0")
    return len(short) <= 2 and abs(said - exact) <= 0.1 * abs(exact)


def _is_of_size(amount: float, size: float) -> bool:
    """Whether a size is said of an amount: "hundreds" of 100 to 999, "millions" of 1 to 999 million; not of a year."""
    least = size / 3
    is_year = amount in YEARS and amount == int(amount)
    return least <= amount < least * (1000 if least >= 1000 else 10) and not is_year
