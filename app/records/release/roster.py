"""The roster: who is in a release, and what may be told of them. Drawn up once, and asked again before publication."""

import statistics
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.base.errors import Invalid
from app.records.release.anonymity import Outcome, anonymise, entropy
from app.records.release.keys import Names
from app.records.release.models import ReleasePerson
from app.records.release.schema import BandChange, MeasureChange, Quasi, ReleaseSpec, Suppression
from app.records.release.selecting import MEASURES, Candidate, allowed, candidates

TOO_FEW = (
    "Only {count} of the people chosen allow research and could be told of in groups of {k}; that is too few to hide "
    "among. Choose more courses or more days."
)


@dataclass
class Place:
    """Somebody in a release: the bands told of them, and the courses they allow it for."""

    bands: dict[Quasi, str] = field(default_factory=dict)
    courses: set[UUID] = field(default_factory=set)


@dataclass
class Drawn:
    """A roster just drawn up: who was asked about, who allows it, who is in, and what that cost."""

    people: int
    consenting: int
    places: dict[UUID, Place]
    suppression: Suppression


def draw_up(session: Session, spec: ReleaseSpec, names: Names | None, cut: datetime) -> Drawn:
    """Who would be in a release of this spec at this moment. Without `names` times are not moved (for a preview)."""
    everybody = candidates(session, spec, cut)
    willing = {person: one for person, one in everybody.items() if one.allowed}
    shifts = {person: _shift(spec, names, person) for person in willing}
    told, outcome = anonymise({who: one.raw(shifts[who]) for who, one in willing.items()}, spec.quasi, spec.k)
    if len(told) < spec.k:
        told, outcome.dropped, outcome.reached = {}, len(willing), 0
    places = {person: Place(bands, willing[person].allowed) for person, bands in told.items()}
    cost = _cost(spec, willing, told, outcome)
    return Drawn(people=len(everybody), consenting=len(willing), places=places, suppression=cost)


def write_roster(session: Session, release_id: UUID, drawn: Drawn, k: int) -> int:
    """Keep a roster; returns how many places it has. Raises Invalid where too few people are left."""
    if not drawn.places:
        raise Invalid(TOO_FEW.format(count=drawn.consenting, k=k))
    rows = [
        ReleasePerson(
            release_id=release_id,
            person_id=person,
            course_id=course,
            bands={name.value: band for name, band in place.bands.items()},
        )
        for person, place in drawn.places.items()
        for course in place.courses
    ]
    session.add_all(rows)
    return len(rows)


def read_roster(session: Session, release_id: UUID) -> dict[UUID, Place]:
    """The roster as it was kept."""
    found: dict[UUID, Place] = {}
    query = select(ReleasePerson.person_id, ReleasePerson.course_id, ReleasePerson.bands)
    for person, course, bands in session.execute(query.where(ReleasePerson.release_id == release_id)):
        place = found.setdefault(person, Place({Quasi(name): str(band) for name, band in bands.items()}))
        place.courses.add(course)
    return found


def tear_up(session: Session, release_id: UUID) -> None:
    """Forget a roster, so that another is drawn up."""
    session.execute(delete(ReleasePerson).where(ReleasePerson.release_id == release_id))


def forget_bands(session: Session, person_id: UUID) -> None:
    """What was to be told of somebody who was erased; a release under way finds that they do not allow it any more."""
    session.execute(update(ReleasePerson).where(ReleasePerson.person_id == person_id).values(bands={}))


def still_stands(session: Session, release_id: UUID, places: int) -> bool:
    """Whether everybody on the roster is still there and still allows it. From here to the end of the transaction
    nobody of them can say otherwise: their rows are locked, and a new word of consent waits for that.
    """
    on_it = select(ReleasePerson.person_id).where(ReleasePerson.release_id == release_id)
    session.execute(select(Person.id).where(Person.id.in_(on_it)).order_by(Person.id).with_for_update())
    query = select(func.count()).where(
        ReleasePerson.release_id == release_id, allowed(ReleasePerson.person_id, ReleasePerson.course_id)
    )
    return session.scalar(query) == places


def _shift(spec: ReleaseSpec, names: Names | None, person: UUID) -> timedelta:
    return names.shift("person", person) if names and spec.shift else timedelta()


def _cost(
    spec: ReleaseSpec, willing: dict[UUID, Candidate], told: dict[UUID, dict[Quasi, str]], outcome: Outcome
) -> Suppression:
    few = 0 < outcome.dropped < spec.k
    return Suppression(
        k=spec.k,
        reached=outcome.reached,
        consenting=len(willing),
        released=len(told),
        rows=outcome.dropped,
        cells=sum(outcome.cells.values()),
        bands=[
            BandChange(
                name=name.value,
                bands=outcome.bands[name],
                generalised=outcome.cells[name],
                entropy_before=round(entropy(outcome.told[name]), 2),
                entropy_after=round(entropy([bands[name] for bands in told.values()]), 2),
            )
            for name in spec.quasi
        ],
        measures=[_change(name, willing, told, few) for name in MEASURES],
        rounded=few,
    )


def _change(name: str, willing: dict[UUID, Candidate], told: dict[UUID, dict[Quasi, str]], few: bool) -> MeasureChange:
    before = _spread([one.measure(name) for one in willing.values()], few)
    after = _spread([willing[person].measure(name) for person in told], few)
    return MeasureChange(
        name=name,
        unit=MEASURES[name],
        mean_before=before[0],
        sd_before=before[1],
        mean_after=after[0],
        sd_after=after[1],
    )


def _spread(measured: list[float | None], few: bool) -> tuple[float, float]:
    values = [one for one in measured if one is not None]
    mean = statistics.fmean(values) if values else 0.0
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    shape = "{:.2g}" if few else "{:.6g}"
    return float(shape.format(mean)), float(shape.format(deviation))
