"""/xapi/statements: written one by one or in batches, read by id or by filter, page after page."""

from fastapi.responses import Response
from pydantic import JsonValue
from sqlalchemy.orm import Session

from app.base.errors import AppError, NotFound
from app.records.lrs import keys
from app.records.lrs import service as lrs
from app.records.lrs.schema import Client, Format, Found, Query
from app.records.lrs.values import Flaw, Json
from app.web.xapi_answers import JSON, content_answer, done, json_answer
from app.web.xapi_calls import Call, read_json
from app.web.xapi_parts import read_parts, write_parts

HERE = "/xapi/statements"
BY_ID = ("statementId", "voidedStatementId")
TOLD = ("format", "attachments")
FILTERS = (
    *("agent", "verb", "activity", "registration", "related_activities", "related_agents"),
    *("since", "until", "limit", "ascending", *TOLD),
)
MULTIPART = "multipart/mixed"
MOST = 10_000
"""Statements in one batch."""


def statements(session: Session, client: Client, call: Call) -> Response:
    """The resource, whatever the method."""
    if call.reads:
        return _get(session, client, call)
    return _put(session, client, call) if call.method == "PUT" else _post(session, client, call)


def _put(session: Session, client: Client, call: Call) -> Response:
    call.allow("statementId")
    statement_id = call.need("statementId")
    call.uuid("statementId")
    held, files = _body(call)
    if type(held) is not dict:
        raise Flaw("PUT takes one statement.")
    given = held.setdefault("id", statement_id)
    if str(given).lower() != statement_id.lower():
        raise Flaw("is not the statementId of the address.").within("id")
    lrs.write(session, client, [held], call.version, files)
    return done()


def _post(session: Session, client: Client, call: Call) -> Response:
    call.allow()
    held, files = _body(call)
    batch = held if type(held) is list else [held]
    if len(batch) > MOST:
        raise AppError(f"A batch has at most {MOST:,} statements; send this one in pieces.", status=413)
    return json_answer(list(lrs.write(session, client, batch, call.version, files)))


def _body(call: Call) -> tuple[JsonValue, dict[str, bytes] | None]:
    """The JSON of a body, and the parts that came with it; None where it could have none."""
    if call.content_type == MULTIPART:
        statements, files = read_parts(call.headers["content-type"], call.body)
        return read_json(statements), files
    if call.content_type != JSON:
        raise Flaw(f"send statements as {JSON}, or with attachments as {MULTIPART}.").within("Content-Type")
    return read_json(call.body), None


def _get(session: Session, client: Client, call: Call) -> Response:
    if "more" in call.params:
        call.allow("more")
        return _listed(session, client, call, lrs.query_of(call.params["more"]))
    named = [name for name in BY_ID if name in call.params]
    if named:
        call.allow(named[0], *TOLD)
        return _one(session, client, call, named[0])
    call.allow(*FILTERS)
    return _listed(session, client, call, _query(session, call))


def _one(session: Session, client: Client, call: Call, name: str) -> Response:
    statement_id = call.uuid(name)
    query = Query(format=_format(call), attachments=call.flag("attachments"))
    assert statement_id is not None
    found = lrs.find_one(session, client, statement_id, name == "voidedStatementId", query, _languages(call))
    if not found.statements:
        raise NotFound("There is no such statement.")
    return _answer(found.statements[0], found, query)


def _listed(session: Session, client: Client, call: Call, query: Query) -> Response:
    found = lrs.find(session, client, query, _languages(call))
    more = f"{HERE}?more={lrs.token_of(query, found.after)}" if found.after else ""
    return _answer({"statements": list(found.statements), "more": more}, found, query)


def _answer(told: Json, found: Found, query: Query) -> Response:
    if not query.attachments:
        return json_answer(told, found.latest)
    content, content_type = write_parts(told, found.statements, found.files)
    return content_answer(content, content_type, found.latest)


def _query(session: Session, call: Call) -> Query:
    agent, activity = call.agent(), call.iri("activity")
    query = Query(
        agent=keys.agent_key(agent) if agent else None,
        activity=keys.activity_key(activity) if activity else None,
        verb=call.iri("verb"),
        registration=call.uuid("registration"),
        related_agents=call.flag("related_agents"),
        related_activities=call.flag("related_activities"),
        since=call.moment("since"),
        until=call.moment("until"),
        limit=_limit(call),
        ascending=call.flag("ascending"),
        format=_format(call),
        attachments=call.flag("attachments"),
    )
    if agent and query.related_agents and (key := lrs.authority_key(agent)):
        query.agent, query.authority = None, lrs.authority_id(session, key)
        if query.authority is None:
            raise NotFound("No client has this key.")
    return query


def _limit(call: Call) -> int:
    word = call.params.get("limit", "0")
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise Flaw("must be a whole number, 0 or more.").within("limit")
    return int(word)


def _format(call: Call) -> Format:
    word = call.params.get("format", "exact")
    if word not in list(Format):
        raise Flaw("must be ids, exact or canonical.").within("format")
    return Format(word)


def _languages(call: Call) -> list[str]:
    """The languages of Accept-Language, the dearest first, in lower case."""
    found = []
    for at, word in enumerate(call.headers.get("accept-language", "").split(",")):
        tag, _, rest = word.strip().partition(";")
        dear = rest.strip().removeprefix("q=")
        weight = float(dear) if dear.replace(".", "", 1).isdigit() else 1.0
        if tag and tag != "*" and weight > 0:
            found.append((-weight, at, tag.strip().lower()))
    return [tag for _, _, tag in sorted(found)]
