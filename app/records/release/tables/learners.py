"""The table of learners: who is in the release, told in bands of which every combination holds for k people."""

from collections.abc import Iterator

from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.schema import Quasi
from app.records.release.scope import Scope

BATCH = 2000
SOURCE = "enrolments and class logs"


def _rows(scope: Scope) -> Iterator[list[Row]]:
    people = sorted((scope.pseudonym(person), place.bands) for person, place in scope.roster.items())
    for at in range(0, len(people), BATCH):
        yield [
            {"learner": learner, **{name.value: band for name, band in bands.items()}}
            for learner, bands in people[at : at + BATCH]
        ]


def _band(quasi: Quasi, meaning: str) -> Column:
    return Column(
        quasi.value, Type.TEXT, Sort.QUASI, meaning, values={"other": "not told, to hide who it is"}, source=SOURCE
    )


TABLES = (
    Table(
        name="learners",
        meaning="One row for each person in the release.",
        columns=(
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "The person, under a name made for this release."),
            _band(Quasi.ROLE, "What the person is in the courses: student or instructor."),
            _band(Quasi.COURSES, "In how many of the courses the person attended a class, in bands."),
            _band(
                Quasi.FIRST_ACTIVE, "When the person's first class was (times moved as in the other tables), in bands."
            ),
            _band(Quasi.ACTIVITY, "How many things the person did or said in class, in bands."),
        ),
        rows=_rows,
        about=lambda has: has.people,
        place=10,
    ),
)
