"""Consent: no word means no, the newest word counts, and the history stays."""

from making import make_person
from parts import Services
from sqlalchemy import func, select

from app.accounts.models import Person
from app.base.db import unit_of_work
from app.records.privacy.consent import consented, declare, standing
from app.records.privacy.models import Consent
from app.records.privacy.schema import Purpose


def test_the_newest_word_counts_and_none_means_no(db: Services) -> None:
    sam, ida = make_person("sam@school.test", is_new=True), make_person("ida@school.test", is_new=True)
    for granted in (True, False, True):
        with unit_of_work() as session:
            declare(session, sam.id, Purpose.RESEARCH, granted, 1)
    with unit_of_work() as session:
        declare(session, ida.id, Purpose.RESEARCH, True, 1)
        declare(session, ida.id, Purpose.ALIGNMENT, True, 1)
    with unit_of_work() as session:
        declare(session, ida.id, Purpose.RESEARCH, False, 1)
    with unit_of_work() as session:
        allowed = session.scalars(select(Person.id).where(consented(Purpose.RESEARCH, Person.id))).all()
        assert list(allowed) == [sam.id]
        assert standing(session, ida.id) == {
            Purpose.TEACHING: False,
            Purpose.RESEARCH: False,
            Purpose.ALIGNMENT: True,
        }
        assert session.scalar(select(func.count()).where(Consent.person_id == sam.id)) == 3
