"""People's codes from the desk: they stand above the rule's, and say how far the rule can be believed."""

from collections import defaultdict
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.logs.codes import SCHEMES
from app.analysis.logs.lines import Lines, recoded
from app.records.desk.agreement import Agreement, agreement
from app.records.desk.coding import FINAL, MODEL, spoken
from app.records.desk.models import CodingCode, CodingCoder, CodingProject, CodingUnit
from app.records.desk.schemes import CANNOT, scheme_named
from app.records.models import StatementRow

COLUMNS = {"activities": "activity", "flanders": "flanders", "inquiry": "presence"}


@dataclass(frozen=True)
class RuleAgreement:
    """How far the rule agrees with what people agreed on or decided, in one scheme. `used`: their codes that count."""

    scheme: str
    agreement: Agreement
    used: int


def take_codes(session: Session, course_id: UUID, lines: Lines) -> tuple[Lines, list[RuleAgreement]]:
    """The lines with people's codes in the place of the rule's; and how far both agree, of each scheme in which people
    coded. Where nobody did they are the same lines, else a copy.
    """
    place = {one.id: at for at, one in enumerate(lines.classes)}
    found: list[RuleAgreement] = []
    told_by_people = people_codes(session, course_id)
    if not told_by_people:
        return lines, found
    lines = replace(lines, figures=lines.figures.copy(), kept={})
    for scheme, codes in told_by_people.items():
        mine = {(place[klass], seq): code for (klass, seq), code in codes.items() if klass in place}
        ruled = _by_rule(lines, scheme, set(mine))
        units = {one: at for at, one in enumerate(sorted(mine))}
        known = SCHEMES[scheme]
        told = agreement(
            {units[one]: code for one, code in mine.items()},
            {units[one]: known[code] for one, code in ruled.items() if code},
            list(known[1:]),
            CANNOT,
        )
        usable = {one: known.index(code) for one, code in mine.items() if code in known}
        found.append(RuleAgreement(scheme, told, recoded(lines, scheme, usable)))
    return lines, found


def _by_rule(lines: Lines, scheme: str, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    codes = lines[COLUMNS[scheme]]
    keys = zip(lines.klass.tolist(), lines["seq"].tolist(), codes.tolist(), strict=True)
    return {(klass, seq): code for klass, seq, code in keys if (klass, seq) in wanted}


def people_codes(session: Session, course_id: UUID) -> dict[str, dict[tuple[str, int], str]]:
    """By scheme, then by class and seq: what was decided, else what all coders gave, of projects that all have handed
    in. Words of people who do not consent to research any more are not among them.
    """
    told: dict[tuple[str, UUID], dict[str, str]] = defaultdict(dict)
    places: dict[UUID, tuple[str, int]] = {}
    open_projects = select(CodingCoder.project_id).where(CodingCoder.done_at.is_(None))
    query = (
        spoken(course_id)
        .join(CodingUnit, CodingUnit.statement_id == StatementRow.id)
        .join(CodingProject, CodingProject.id == CodingUnit.project_id)
        .join(CodingCode, CodingCode.unit_id == CodingUnit.id)
        .where(
            CodingProject.course_id == course_id,
            CodingProject.scheme.in_(COLUMNS),
            CodingProject.id.not_in(open_projects),
            CodingCode.giver != MODEL,
        )
        .order_by(CodingCode.number)
        .with_only_columns(
            CodingProject.scheme,
            CodingUnit.id,
            StatementRow.class_id,
            StatementRow.seq,
            CodingCode.giver,
            CodingCode.code,
        )
    )
    for scheme, unit, class_id, seq, giver, code in session.execute(query):
        told[scheme, unit][giver] = code
        places[unit] = (str(class_id), seq or 0)
    found: dict[str, dict[tuple[str, int], str]] = defaultdict(dict)
    for (scheme, unit), given in told.items():
        if code := _standing(given):
            found[scheme][places[unit]] = code
    return dict(found)


def _standing(given: dict[str, str]) -> str:
    """What was decided, else the code that all gave; "" where they differ. The newest of each giver counts."""
    if decided := given.get(FINAL):
        return decided
    codes = {code for giver, code in given.items() if giver != FINAL and code}
    return codes.pop() if len(codes) == 1 else ""


def titled(scheme: str, code: str) -> str:
    """A code's name for people."""
    return scheme_named(scheme).titled(code)
