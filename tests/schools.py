"""People, courses and decks for the tests of rooms: made through the services, on the real database."""

from io import BytesIO
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schema import SiteRole, Who
from app.base.db import unit_of_work
from app.courses import service
from app.courses.schema import MaterialView, Page


def person(role: SiteRole = SiteRole.INSTRUCTOR, name: str = "ada") -> Who:
    with unit_of_work() as session:
        person_id = accounts.add_person(session, f"{name}@school.edu", name, "a long enough word", role)
    return Who(id=person_id, name=name, email=f"{name}@school.edu", role=role)


def upload(who: Who, course: UUID, content: bytes, name: str = "deck.pptx") -> UUID:
    with unit_of_work() as session:
        return service.add_material(session, who, course, name, BytesIO(content))


def state(who: Who, material: UUID) -> MaterialView:
    with unit_of_work() as session:
        return service.access_material(session, who, material)


def pages(material: UUID) -> list[Page]:
    with unit_of_work() as session:
        return service.pages(session, material)
