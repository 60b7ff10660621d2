"""Numbers with units, as students write them: "3,5 km/h", "1.2e-3 mol/L", "5 %".

A closed table: the units of the SI and those used with it, with prefixes where they take any. What is not in it is
not a unit.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

PREFIXES = {
    "T": 1e12,
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "h": 1e2,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "µ": 1e-6,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
}

Dimension = tuple[int, int, int, int, int, int]
"""Powers of metre, kilogram, second, ampere, kelvin and mole."""
NONE: Dimension = (0, 0, 0, 0, 0, 0)

_BASE: dict[str, tuple[float, Dimension]] = {
    "m": (1, (1, 0, 0, 0, 0, 0)),
    "g": (1e-3, (0, 1, 0, 0, 0, 0)),
    "s": (1, (0, 0, 1, 0, 0, 0)),
    "A": (1, (0, 0, 0, 1, 0, 0)),
    "K": (1, (0, 0, 0, 0, 1, 0)),
    "mol": (1, (0, 0, 0, 0, 0, 1)),
    "Hz": (1, (0, 0, -1, 0, 0, 0)),
    "N": (1, (1, 1, -2, 0, 0, 0)),
    "Pa": (1, (-1, 1, -2, 0, 0, 0)),
    "J": (1, (2, 1, -2, 0, 0, 0)),
    "W": (1, (2, 1, -3, 0, 0, 0)),
    "C": (1, (0, 0, 1, 1, 0, 0)),
    "V": (1, (2, 1, -3, -1, 0, 0)),
    "F": (1, (-2, -1, 4, 2, 0, 0)),
    "\u03a9": (1, (2, 1, -3, -2, 0, 0)),
    "ohm": (1, (2, 1, -3, -2, 0, 0)),
    "S": (1, (-2, -1, 3, 2, 0, 0)),
    "Wb": (1, (2, 1, -2, -1, 0, 0)),
    "T": (1, (0, 1, -2, -1, 0, 0)),
    "H": (1, (2, 1, -2, -2, 0, 0)),
    "L": (1e-3, (3, 0, 0, 0, 0, 0)),
    "l": (1e-3, (3, 0, 0, 0, 0, 0)),
    "eV": (1.602176634e-19, (2, 1, -2, 0, 0, 0)),
    "Wh": (3600, (2, 1, -2, 0, 0, 0)),
    "bar": (1e5, (-1, 1, -2, 0, 0, 0)),
    "cal": (4.184, (2, 1, -2, 0, 0, 0)),
}
_PLAIN: dict[str, tuple[float, Dimension]] = {
    "min": (60, (0, 0, 1, 0, 0, 0)),
    "h": (3600, (0, 0, 1, 0, 0, 0)),
    "d": (86400, (0, 0, 1, 0, 0, 0)),
    "t": (1000, (0, 1, 0, 0, 0, 0)),
    "ha": (1e4, (2, 0, 0, 0, 0, 0)),
    "%": (0.01, NONE),
    "°": (math.pi / 180, NONE),
    "rad": (1, NONE),
    "1": (1, NONE),
}
CELSIUS = ("°C", "degC")
ZERO_CELSIUS = 273.15
"""Between degrees Celsius and kelvins, where the unit stands alone."""

_FACTOR = re.compile(r"([^\d\s*·/^¹²³⁻-]+|1|%)(?:\^?(-?\d+)|(⁻?[¹²³]))?")
_POWERS = {"¹": 1, "²": 2, "³": 3}
_NUMBER = re.compile(
    r"([+-]?(?:\d[\d\s.,']*|[.,]\d+))(?:\s*(?:[eE]([+-]?\d+)|[x×*·]\s*10\s*(?:\^|\*\*)?\s*([+-]?\d+)))?", re.ASCII
)

_FRACTION = re.compile(r"([+-]?\d{1,15})\s*/\s*(\d{1,15})(?![\d.,])")


@dataclass(frozen=True)
class Unit:
    """What one of a unit is in SI units, and of what dimension; `offset` is added after the factor."""

    factor: float
    dimension: Dimension
    offset: float = 0.0


@dataclass(frozen=True)
class Quantity:
    """A number as written, with its unit's words ("" for none)."""

    value: float
    unit: str


@lru_cache(maxsize=512)
def unit_of(words: str) -> Unit | None:
    """The unit that words name, such as "kg*m/s^2", "m s-1" or "mmol/L"; None for what is no unit. "" is plain one."""
    text = words.strip().replace("\u03bc", "µ").replace("\u2126", "\u03a9").replace("−", "-")
    if not text:
        return Unit(1, NONE)
    if text in CELSIUS:
        return Unit(1, (0, 0, 0, 0, 1, 0), ZERO_CELSIUS)
    factor, dimension, sign, at = 1.0, NONE, 1, 0
    while at < len(text):
        if text[at] in " *·":
            at += 1
            continue
        if text[at] == "/":
            sign, at = -1, at + 1
            continue
        found = _FACTOR.match(text, at)
        one = _single(found[1]) if found else None
        power = sign * _power(found) if found else 0
        if found is None or one is None or not 0 < abs(power) <= 6:
            return None
        factor *= one.factor**power
        dimension = _times(dimension, one.dimension, power)
        at = found.end()
    return Unit(factor, dimension)


def _power(found: re.Match[str]) -> int:
    if found[2]:
        return int(found[2][:4])
    if found[3]:
        return _POWERS[found[3][-1]] * (-1 if found[3].startswith("⁻") else 1)
    return 1


def _single(name: str) -> Unit | None:
    """A unit by its name, with or without a prefix."""
    if name in CELSIUS:
        return Unit(1, (0, 0, 0, 0, 1, 0))
    known = _BASE.get(name) or _PLAIN.get(name)
    if known:
        return Unit(*known)
    prefix, base = PREFIXES.get(name[:1]), _BASE.get(name[1:])
    return Unit(prefix * base[0], base[1]) if prefix and base else None


def _times(one: Dimension, other: Dimension, power: int) -> Dimension:
    a, b, c, d, e, f = (mine + power * theirs for mine, theirs in zip(one, other, strict=True))
    return (a, b, c, d, e, f)


def convert(value: float, given: str, wanted: str) -> float | None:
    """A value in another unit; None where one of them is no unit or they measure different things."""
    have, want = unit_of(given), unit_of(wanted)
    if have is None or want is None or have.dimension != want.dimension:
        return None
    found = (value * have.factor + have.offset - want.offset) / want.factor
    return found if math.isfinite(found) else None


def readings(text: str) -> list[Quantity]:
    """What an answer may mean: one number with its unit, read in every usual way ("1,234" is two); [] for none."""
    tidy = text.strip().replace("−", "-").replace("–", "-").replace("\u00a0", " ").replace("\u202f", " ")
    if len(tidy) > 80:
        return []
    if (parts := _FRACTION.match(tidy)) and int(parts[2]):
        return [Quantity(int(parts[1]) / int(parts[2]), tidy[parts.end() :].strip())]
    found = _NUMBER.match(tidy)
    if not found:
        return []
    power = (found[2] or found[3] or "0")[:6]
    unit = tidy[found.end() :].strip()
    values = {float(f"{digits}e{power}") for digits in _plain(found[1])}
    return [Quantity(value, unit) for value in sorted(values) if math.isfinite(value)]


def _plain(digits: str) -> set[str]:
    """The numbers that digits with points, commas and spaces can be, each with a point and nothing else."""
    sign = "-" if digits.startswith("-") else ""
    words = digits.lstrip("+-").strip().rstrip(".,'")
    spaced = re.sub(r"(?<=\d)[\s'](?=\d{3}(?!\d))", "", words)
    if re.search(r"[\s']", spaced):
        return set()
    options: set[str] = set()
    for point, group in ((".", ","), (",", ".")):
        whole, _, rest = spaced.partition(point)
        if group in rest or point in rest:
            continue
        if group in whole and not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole):
            continue
        options.add(f"{whole.replace(group, '') or '0'}.{rest or '0'}")
    return {sign + one for one in options}
