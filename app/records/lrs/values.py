"""The standard's simple values: identifiers, times, languages. Each check raises Flaw, each reader a value."""

import re
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue

from app.base.errors import Invalid
from app.base.text import shorten

LONGEST_NAME = 80
Json = dict[str, JsonValue]
"""A JSON object."""


class Flaw(Invalid):
    """What is wrong with a statement or a parameter, and where: `within` puts the names of the way there in front."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        self.path = ""

    def within(self, name: str) -> "Flaw":
        """The same flaw, seen from one level further out."""
        name = shorten(name, LONGEST_NAME)
        self.path = f"{name}.{self.path}" if self.path else name
        self.sentence = f"{self.path}: {self.words}"
        return self


_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>"{}|\\^`\x7f]+')
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_MBOX = re.compile(r"mailto:[^\s@<>]+@[^\s@<>]+")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")
_MIME = re.compile(r"[!#$&^_.+\-A-Za-z0-9]+/[!#$&^_.+\-A-Za-z0-9]+\s*(;.*)?")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?(?P<zone>[Zz]|[+\-]\d\d(:?\d\d)?)?",
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}W|(?=\d|T)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)"
)
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{3,8}|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de))",
    re.IGNORECASE,
)


def text(value: JsonValue) -> None:
    """Any string."""
    if type(value) is not str:
        raise Flaw("must be a string.")


def iri(value: JsonValue) -> None:
    """An IRI with its scheme."""
    if type(value) is not str or not _IRI.fullmatch(value):
        raise Flaw("must be an IRI with a scheme, such as https://school.example/thing.")


def uuid(value: JsonValue) -> None:
    """A UUID in its usual form of 36 characters."""
    if type(value) is not str or not _UUID.fullmatch(value):
        raise Flaw("must be a UUID of 36 characters.")


def mbox(value: JsonValue) -> None:
    """An e-mail address as an IRI."""
    if type(value) is not str or not _MBOX.fullmatch(value):
        raise Flaw("must have the form mailto:name@place.")


def sha1(value: JsonValue) -> None:
    """A SHA-1 in hexadecimal."""
    if type(value) is not str or not _SHA1.fullmatch(value):
        raise Flaw("must be a SHA-1 of 40 hexadecimal digits.")


def sha2(value: JsonValue) -> None:
    """A hash of the SHA-2 family in hexadecimal."""
    if type(value) is not str or not _SHA2.fullmatch(value):
        raise Flaw("must be a SHA-2 in hexadecimal digits.")


def mime(value: JsonValue) -> None:
    """An Internet media type."""
    if type(value) is not str or not _MIME.fullmatch(value):
        raise Flaw("must be a media type, such as text/plain.")


def duration(value: JsonValue) -> None:
    """An ISO 8601 duration."""
    if type(value) is not str or not _DURATION.fullmatch(value):
        raise Flaw("must be an ISO 8601 duration, such as PT1M30S.")


def language(value: JsonValue) -> None:
    """An RFC 5646 language tag."""
    if type(value) is not str or not _LANGUAGE.fullmatch(value):
        raise Flaw("must be a language tag of RFC 5646, such as en or zh-Hans.")


def boolean(value: JsonValue) -> None:
    """True or false."""
    if type(value) is not bool:
        raise Flaw("must be true or false.")


def number(value: JsonValue) -> None:
    """A number, and no boolean."""
    if type(value) is not int and type(value) is not float:
        raise Flaw("must be a number.")


def size(value: JsonValue) -> None:
    """A whole number from 0."""
    if type(value) is not int or value < 0:
        raise Flaw("must be a whole number, 0 or more.")


def timestamp(value: JsonValue) -> None:
    """A point in time; see `moment`."""
    moment(value)


def moment(value: JsonValue) -> datetime:
    """A point in time as aware UTC: ISO 8601 and so also RFC 3339; without a zone it is taken for UTC."""
    found = _TIME.fullmatch(value) if type(value) is str else None
    if type(value) is not str or found is None:
        raise Flaw("must be a time as ISO 8601 has it, such as 2031-04-01T12:00:00Z.")
    if re.fullmatch(r"-00(:?00)?", found["zone"] or ""):
        raise Flaw("must not have the offset -00:00; use Z or +00:00.")
    try:
        read = datetime.fromisoformat(value.upper().replace(",", "."))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Flaw("is no time of the calendar.") from error


def in_utc(value: str) -> str:
    """A valid timestamp put into UTC; one that is in UTC stays as it was written."""
    zone = (_TIME.fullmatch(value) or {"zone": ""})["zone"]
    return value if zone in ("Z", "z", "+00:00") else written(moment(value))


def written(when: datetime) -> str:
    """A time as answers carry it, in microseconds, so that it comes back exactly as a parameter."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def read_uuid(value: JsonValue) -> UUID:
    """A UUID as such. Raises Flaw."""
    uuid(value)
    return UUID(str(value))
