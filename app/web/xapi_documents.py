"""/xapi beside statements: state, profiles, what is known of an agent or an activity."""

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.base.errors import AppError
from app.records.lrs import keys
from app.records.lrs import service as lrs
from app.records.lrs.checking import ONE, TWO
from app.records.lrs.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE, Care
from app.records.lrs.schema import Client, Document, Shelf
from app.records.lrs.values import Json
from app.web.xapi_answers import content_answer, done, json_answer
from app.web.xapi_calls import Call


def state(session: Session, client: Client, call: Call) -> Response:
    """Documents of an agent in an activity."""
    _allow(call, "stateId", "activityId", "agent", "registration")
    shelf = Shelf(kind=STATE, activity=_activity(call), agent=_agent_word(call), registration=call.uuid("registration"))
    if call.method == "DELETE" and "stateId" not in call.params:
        lrs.delete_documents(session, client, shelf)
        return done()
    return _document(session, client, call, shelf, "stateId", Care.EXISTING if call.version == TWO else Care.NONE)


def activity_profile(session: Session, client: Client, call: Call) -> Response:
    """Documents of an activity."""
    _allow(call, "profileId", "activityId")
    shelf = Shelf(kind=ACTIVITY_PROFILE, activity=_activity(call))
    return _document(session, client, call, shelf, "profileId", _care(call))


def agent_profile(session: Session, client: Client, call: Call) -> Response:
    """Documents of an agent."""
    _allow(call, "profileId", "agent")
    return _document(
        session, client, call, Shelf(kind=AGENT_PROFILE, agent=_agent_word(call)), "profileId", _care(call)
    )


def _care(call: Call) -> Care:
    """In 1.0.3 a profile is put only under a condition; in 2.0.0 only an existing one needs it."""
    return Care.ALWAYS if call.version == ONE else Care.EXISTING


def agents(session: Session, client: Client, call: Call) -> Response:
    """The Person of an agent."""
    _reads_only(call)
    call.allow("agent")
    return json_answer(lrs.person_of(session, client, _agent(call)))


def activities(session: Session, client: Client, call: Call) -> Response:
    """The full activity of an IRI."""
    _reads_only(call)
    call.allow("activityId")
    return json_answer(lrs.activity_of(session, client, _activity(call)))


def _reads_only(call: Call) -> None:
    if not call.reads:
        raise AppError("This address can only be read.", status=405)


def _allow(call: Call, name: str, *others: str) -> None:
    """The parameters of a resource of documents; `since` where their names are asked for."""
    lists = call.reads and name not in call.params
    call.allow(name, *others, *(["since"] if lists else []))


def _activity(call: Call) -> str:
    call.need("activityId")
    return call.iri("activityId") or ""


def _agent(call: Call) -> Json:
    call.need("agent")
    return call.agent() or {}


def _agent_word(call: Call) -> str:
    return keys.identifier(_agent(call))


def _document(session: Session, client: Client, call: Call, shelf: Shelf, name: str, care: Care) -> Response:
    if call.reads:
        return _read(session, client, call, shelf, name)
    word = call.need(name)
    given = Document(call.body, call.headers.get("content-type", "application/octet-stream"))
    if call.method == "PUT":
        lrs.put_document(session, client, shelf, word, given, call.conditions, care)
    elif call.method == "POST":
        lrs.post_document(session, client, shelf, word, given, call.conditions)
    else:
        lrs.delete_document(session, client, shelf, word, call.conditions)
    return done()


def _read(session: Session, client: Client, call: Call, shelf: Shelf, name: str) -> Response:
    if name in call.params:
        found = lrs.read_document(session, client, shelf, call.params[name])
    else:
        found = lrs.document_names(session, client, shelf, call.moment("since"))
    return content_answer(found.content, found.content_type, found.updated_at, found.etag)
