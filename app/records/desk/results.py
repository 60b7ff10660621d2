"""What coding came to: who agrees with whom, where they differ, what was decided, and all of it as CSV."""

from collections.abc import Iterator
from itertools import combinations
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.schema import Who
from app.base.cells import csv_line
from app.base.errors import Conflict
from app.records.desk.agreement import agreement
from app.records.desk.coding import (
    FINAL,
    MODEL,
    access_project,
    check_code,
    line_of,
    newest_codes,
    units_of,
    usable_unit,
    view_of,
)
from app.records.desk.coding_schema import CodedUnit, Given, Giver, Pair, ProjectView, Results
from app.records.desk.models import CodingCode, CodingProject, CodingUnit
from app.records.desk.reading import Shown
from app.records.desk.schemes import CANNOT

HEAD = ("statement_id", "class_id", "seq", "position", "learner", "actor", "role", "lesson", "page", "words")
GOLD = "agreed or decided"


def results(session: Session, who: Who, project_id: UUID) -> Results:
    """The codes of all, for who may see them. Raises Conflict for a coder who has not handed in."""
    row, view = _seen(session, who, project_id)
    given = newest_codes(session, row.id)
    model = next((one.model for one in given.get(MODEL, {}).values() if one.model), "")
    givers = [Giver(key=str(coder.person_id), name=coder.name) for coder in view.coders]
    units = _coded(session, who, row, given, [giver.key for giver in givers])
    codes = {key: {one.position: one.codes[key] for one in units if key in one.codes} for key in given}
    names, human = view.scheme.names, [giver.key for giver in givers]
    titles = {giver.key: giver.name for giver in givers}
    pairs = [_pair(titles, codes, one, two, names) for one, two in combinations(human, 2)]
    with_model = []
    if MODEL in given:
        givers.append(Giver(key=MODEL, name=f"model {model}".strip()))
        titles |= {MODEL: givers[-1].name, FINAL: GOLD}
        gold = {one.position: one.final for one in units if one.final}
        with_model = [_pair(titles, {**codes, FINAL: gold}, MODEL, other, names) for other in (*human, FINAL)]
    return Results(
        givers=givers,
        pairs=pairs,
        with_model=with_model,
        units=units,
        apart=[one for one in units if len({one.codes[key] for key in human if key in one.codes}) > 1],
        model_junk=sum(one.note == "junk" for one in given.get(MODEL, {}).values()),
    )


def _seen(session: Session, who: Who, project_id: UUID) -> tuple[CodingProject, ProjectView]:
    row, _ = access_project(session, who, project_id)
    view = view_of(session, who, row)
    if not view.sees:
        raise Conflict("You see the codes of others once you have handed in your own.")
    return row, view


def _pair(titles: dict[str, str], codes: dict[str, dict[int, str]], one: str, two: str, names: list[str]) -> Pair:
    found = agreement(codes.get(one, {}), codes.get(two, {}), names, apart=CANNOT)
    return Pair(first=titles[one], second=titles[two], agreement=found)


def _coded(
    session: Session, who: Who, row: CodingProject, given: dict[str, dict[int, Given]], human: list[str]
) -> list[CodedUnit]:
    _, reader = access_project(session, who, row.id)
    show, decisions = Shown(session, reader), _decisions(session, row)
    found = []
    for unit, one in units_of(session, row):
        place = unit.position
        codes = {key: codes[place].code for key, codes in given.items() if place in codes and key != FINAL}
        mine = [codes.get(key, "") for key in human]
        agreed = mine[0] if len(mine) > 1 and len(set(mine)) == 1 else ""
        found.append(
            CodedUnit(
                position=place,
                line=line_of(show, one),
                codes=codes,
                agreed=agreed,
                decided=decisions.get(place, []),
            )
        )
    return found


def _decisions(session: Session, row: CodingProject) -> dict[int, list[Given]]:
    query = (
        select(CodingCode, CodingUnit.position, Person.name)
        .join(CodingUnit, CodingUnit.id == CodingCode.unit_id)
        .outerjoin(Person, Person.id == CodingCode.person_id)
        .where(CodingUnit.project_id == row.id, CodingCode.giver == FINAL)
        .order_by(CodingCode.number)
    )
    found: dict[int, list[Given]] = {}
    for code, position, name in session.execute(query):
        told = Given(number=code.number, code=code.code, by=name or "", at=code.at)
        found.setdefault(position, []).append(told)
    return found


def decide(session: Session, who: Who, project_id: UUID, position: int, code: str) -> None:
    """Give an utterance its final code; earlier decisions stay in its history.

    Raises Conflict before all coders handed in, Invalid for a code that the scheme does not have.
    """
    row, view = _seen(session, who, project_id)
    if not view.all_in:
        raise Conflict("Where coders differ is decided once all of them have handed in.")
    check_code(row, code)
    unit = usable_unit(session, row, position)
    session.add(CodingCode(unit_id=unit.id, giver=FINAL, person_id=who.id, code=code))


def codes_csv(session: Session, who: Who, project_id: UUID) -> Iterator[str]:
    """CSV in pieces, the head first: utterances with the codes of all and the final one. Raises as `results`."""
    found = results(session, who, project_id)
    human = [giver for giver in found.givers if giver.key != MODEL]
    names = [f"coder_{place}" for place, _ in enumerate(human, start=1)]
    yield csv_line((*HEAD, *names, "model", "final"))
    for unit in found.units:
        line = unit.line
        told = (line.statement_id, line.class_id or "", line.seq, unit.position)
        said = (line.learner, line.who, line.role, line.lesson, line.page or "", line.text)
        codes = (*(unit.codes.get(giver.key, "") for giver in human), unit.codes.get(MODEL, ""), unit.final)
        yield csv_line([str(cell) for cell in (*told, *said, *codes)])
