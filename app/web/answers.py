"""A student's form as answers: the fields of a question are named after its version."""

from uuid import NAMESPACE_OID, UUID, uuid5

from starlette.datastructures import FormData

from app.assessment.schema import ItemView, Kind, Response
from app.base.errors import Invalid
from app.web.access import text, texts


def response_of(sent: FormData, view: ItemView) -> Response:
    """What a form answers to one question."""
    name = view.version_id
    if view.kind in (Kind.SINGLE, Kind.MULTIPLE):
        return Response(chosen=texts(sent, f"chosen-{name}"))
    if view.kind is Kind.ORDER:
        places = {one.id: text(sent, f"place-{name}-{one.id}") for one in view.options}
        placed = [one for one, place in places.items() if place.isascii() and place.isdigit()]
        return Response(chosen=sorted(placed, key=lambda one: int(places[one][:4])))
    if view.kind is Kind.MATCH:
        pairs = {one.id: text(sent, f"pair-{name}-{one.id}") for one in view.options}
        return Response(pairs={left: right for left, right in pairs.items() if right})
    return Response(text=text(sent, f"text-{name}"))


def revision_of(sent: FormData, name: str) -> int:
    """The revision that a form was filled in on top of; 0 for none."""
    words = text(sent, name)
    return int(words) if words.isascii() and words.isdigit() and len(words) < 9 else 0


def id_of(words: str) -> UUID:
    """An id that a form carries. Raises Invalid."""
    try:
        return UUID(words)
    except ValueError as error:
        raise Invalid("This form is not complete. Reload the page and send it again.") from error


def key_for(page: UUID, version_id: UUID) -> UUID:
    """The key of one answer of a form that is sent as a whole: the form sent twice saves once."""
    return uuid5(NAMESPACE_OID, f"{page}/{version_id}")
