"""A request to /xapi, read by hand: method, parameters, body, version and login, plain or in the alternate syntax.

The standard has words of its own for what is wrong with a request, so FastAPI's own reading of parameters and bodies,
which answers 422, is not used here.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import JsonValue

from app.base.errors import AppError
from app.records.lrs import shapes, values
from app.records.lrs.checking import ONE, TWO
from app.records.lrs.schema import Conditions
from app.records.lrs.values import Flaw, Json

VERSION_HEADER = "x-experience-api-version"
_VERSIONS = ((re.compile(r"1\.0(\.\d+)?"), ONE), (re.compile(r"2\.0(\.\d+)?"), TWO))
_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_FORM_HEADERS = (
    *("authorization", VERSION_HEADER, "content-type", "content-length", "if-match", "if-none-match"),
    *("accept", "accept-language"),
)


Given = TypeVar("Given")
Read = TypeVar("Read")


class Login(NamedTuple):
    """A key and a secret."""

    key: str
    secret: str


def login_of(headers: Mapping[str, str]) -> Login:
    """The login in a request's headers. Raises 401."""
    kind, _, word = headers.get("authorization", "").partition(" ")
    try:
        key, colon, secret = base64.b64decode(word.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        key, colon, secret = "", "", ""
    if kind.lower() != "basic" or not colon:
        raise AppError("Send the key and the secret of a client as HTTP Basic.", status=401)
    return Login(key, secret)


@dataclass
class Call:
    """What is asked. Header names are lower-case."""

    method: str
    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    version: str = ""

    @property
    def reads(self) -> bool:
        """Whether nothing is to be changed."""
        return self.method in ("GET", "HEAD")

    @property
    def login(self) -> Login:
        """Who says to ask. Raises 401."""
        return login_of(self.headers)

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def conditions(self) -> Conditions:
        """The ETags that the document must or must not have."""
        return Conditions(match=self.headers.get("if-match", ""), none_match=self.headers.get("if-none-match", ""))

    def allow(self, *names: str) -> None:
        """Raises Flaw for any parameter beside these, in their exact spelling."""
        for name in self.params:
            if name not in names:
                raise Flaw("there is no such parameter here; parameters are spelled as in the standard.").within(name)

    def need(self, name: str) -> str:
        """A parameter. Raises Flaw where it is missing."""
        if name not in self.params:
            raise Flaw("this parameter is needed.").within(name)
        return self.params[name]

    def uuid(self, name: str) -> UUID | None:
        """A UUID among the parameters, if it is there. Raises Flaw."""
        return _named(name, values.read_uuid, self.params[name]) if name in self.params else None

    def moment(self, name: str) -> datetime | None:
        """A point in time among the parameters, if it is there. Raises Flaw."""
        return _named(name, values.moment, self.params[name]) if name in self.params else None

    def iri(self, name: str) -> str | None:
        """An IRI among the parameters, if it is there. Raises Flaw."""
        if name in self.params:
            _named(name, values.iri, self.params[name])
        return self.params.get(name)

    def flag(self, name: str) -> bool:
        """True or false among the parameters; false where it is missing. Raises Flaw."""
        word = self.params.get(name, "false")
        if word not in ("true", "false"):
            raise Flaw("must be true or false.").within(name)
        return word == "true"

    def agent(self, name: str = "agent") -> Json | None:
        """An agent or identified group among the parameters, if it is there. Raises Flaw."""
        if name not in self.params:
            return None
        held = _named(name, read_json, self.params[name].encode())
        _named(name, shapes.actor, held)
        if type(held) is not dict or not any(one in held for one in shapes.IDENTIFIERS):
            raise Flaw("must have an identifier, such as mbox or account.").within(name)
        return held


def _named(name: str, read: Callable[[Given], Read], value: Given) -> Read:
    try:
        return read(value)
    except Flaw as flaw:
        flaw.within(name)
        raise


def read_json(body: bytes) -> JsonValue:
    """A body as JSON. Raises Flaw."""
    try:
        held: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Flaw(f"this is not JSON: {error}.") from error
    if b"\\u0000" in body and _has_nul(held):
        raise Flaw("the character U+0000 cannot be stored; leave it out.")
    return held


def _has_nul(held: JsonValue) -> bool:
    if type(held) is str:
        return "\x00" in held
    if type(held) is dict:
        return any("\x00" in name or _has_nul(one) for name, one in held.items())
    return type(held) is list and any(map(_has_nul, held))


def read_call(request: Request, body: bytes, path: str) -> Call:
    """The request as it is meant. Raises Flaw for what the standard answers with 400."""
    params = _pairs(request.url.query)
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(request.method, path, params, headers, body)
    if request.method == "POST" and "method" in params:
        call = _alternate(call)
        call.version = version_of(call.headers)
        if call.version != ONE:
            raise Flaw("only version 1.0.3 has requests in a form; send this one plainly.").within("method")
        return call
    call.version = version_of(headers) if path != "about" else TWO
    return call


def version_of(headers: Mapping[str, str]) -> str:
    """The version of the standard that is spoken. Raises Flaw."""
    given = headers.get(VERSION_HEADER)
    if given is None:
        raise Flaw("this header is needed; send 1.0.3 or 2.0.0.").within("X-Experience-API-Version")
    for form, version in _VERSIONS:
        if form.fullmatch(given.strip()):
            return version
    raise Flaw("must be 1.0.x or 2.0.x.").within("X-Experience-API-Version")


def _pairs(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise Flaw("the parameters cannot be read; send them as UTF-8.") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Flaw("this parameter is there twice.").within(name)
        if "\x00" in value:
            raise Flaw("must not have the character U+0000.").within(name)
        found[name] = value
    return found


def _alternate(call: Call) -> Call:
    """A request of version 1.0.3 whose method is a parameter, and whose headers and body are fields of a form."""
    method = call.params["method"].upper()
    if method not in _METHODS:
        raise Flaw("must be one of GET, HEAD, PUT, POST, DELETE.").within("method")
    if len(call.params) > 1:
        raise Flaw("a request in a form has all other parameters in the form.").within("method")
    try:
        fields = _pairs(call.body.decode())
    except UnicodeDecodeError as error:
        raise Flaw("the form must be UTF-8.") from error
    content = fields.pop("content", "")
    headers = {name: value for name, value in call.headers.items() if name not in ("content-type", "content-length")}
    for name in list(fields):
        if name.lower() in _FORM_HEADERS:
            headers[name.lower()] = fields.pop(name)
    if method in ("PUT", "POST") and not content:
        raise Flaw("this field is needed.").within("content")
    headers.setdefault("content-type", "application/json")
    return Call(method, call.path, fields, headers, content.encode())
