"""k-anonymity: nobody stands out, an independent library agrees, and what it costs is counted."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import Services
from pycanon import anonymity as independent
from releasing import made, make_field, rows

from app.records.release.anonymity import LADDERS, OTHER, anonymise, entropy
from app.records.release.keys import Names, lock, unlock
from app.records.release.schema import Manifest, Quasi
from app.records.release.scrubbing import Scrubber

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
ALL = list(Quasi)


def person(courses: int, days: int, acts: int, role: str = "student") -> dict[Quasi, object]:
    return {
        Quasi.ROLE: role,
        Quasi.COURSES: courses,
        Quasi.FIRST_ACTIVE: FIRST + timedelta(days=days),
        Quasi.ACTIVITY: acts,
    }


PEOPLE = st.lists(
    st.builds(
        person,
        st.integers(0, 8),
        st.integers(0, 900),
        st.integers(0, 1000),
        st.sampled_from(["student", "student", "student", "instructor"]),
    ),
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.integers(5, 9))
def test_every_group_is_large_enough_by_an_independent_count(people, k) -> None:
    told, outcome = anonymise({str(at): one for at, one in enumerate(people)}, ALL, k)
    assert outcome.dropped == len(people) - len(told)
    if not told:
        assert outcome.reached == 0
        return
    table = pandas.DataFrame([{name.value: band for name, band in one.items()} for one in told.values()])
    assert independent.k_anonymity(table, [name.value for name in ALL]) == outcome.reached >= k
    assert sum(outcome.cells.values()) == (table == OTHER).to_numpy().sum()


def test_nothing_is_changed_where_nobody_stands_out() -> None:
    told, outcome = anonymise({str(at): person(1, 0, 20) for at in range(5)}, ALL, 5)
    assert set(map(tuple, (one.values() for one in told.values()))) == {("student", "1", "2026-01", "10-29")}
    assert (outcome.dropped, sum(outcome.cells.values()), outcome.reached) == (0, 0, 5)
    assert outcome.bands[Quasi.FIRST_ACTIVE] == "month"


def test_one_who_stands_out_among_many_is_told_as_other_with_some_of_the_many() -> None:
    people = {str(at): person(1, 0, 20) for at in range(40)} | {"odd": person(7, 800, 900, "instructor")}
    told, outcome = anonymise(people, ALL, 5)
    assert set(told["odd"].values()) == {OTHER}
    assert Counter(one[Quasi.ROLE] for one in told.values()) == {"student": 36, OTHER: 5}
    assert (outcome.dropped, outcome.reached) == (0, 5)


def test_who_cannot_be_hidden_is_left_out() -> None:
    people = {str(at): person(1, 0, 20) for at in range(6)} | {"odd": person(1, 0, 20, "instructor")}
    told, outcome = anonymise(people, [Quasi.ROLE], 5)
    assert "odd" not in told
    assert (outcome.dropped, outcome.reached, outcome.cells[Quasi.ROLE]) == (1, 6, 0)


def test_bands_grow_coarser_for_all_when_many_stand_out() -> None:
    people = {str(at): person(1, 29 * (at % 12), 20) for at in range(60)}
    told, outcome = anonymise(people, ALL, 10)
    assert outcome.bands[Quasi.FIRST_ACTIVE] == "quarter"
    assert {one[Quasi.FIRST_ACTIVE] for one in told.values()} == {f"2026-Q{one}" for one in (1, 2, 3, 4)}


def test_a_value_stays_in_one_band_at_every_level() -> None:
    for name, levels in LADDERS.items():
        if name in (Quasi.COURSES, Quasi.ACTIVITY):
            for finer, coarser in pairwise(levels):
                up = {}
                for count in range(1500):
                    assert up.setdefault(finer.band(count), coarser.band(count)) == coarser.band(count)


def test_entropy_counts_bits() -> None:
    assert entropy(["a", "b", "c", "d"]) == 2
    assert entropy(["a"] * 9) == 0
    assert entropy([]) == 0


def test_the_table_of_learners_holds_what_the_manifest_says(db: Services) -> None:
    field = make_field()
    folder = made(field.spec(quasi=ALL))
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    table = pandas.DataFrame(rows(folder / "learners.parquet"))
    found = independent.k_anonymity(table, [name.value for name in ALL])
    assert found == manifest.suppression.reached >= 5
    assert manifest.suppression.released == len(table)
    measures = {one.name: one for one in manifest.suppression.measures}
    assert measures["questions"].mean_before > 0
    assert manifest.suppression.rows == 12 - len(table)


def test_a_key_comes_back_only_with_the_right_secret(monkeypatch, db: Services) -> None:
    from app.base.errors import AppError
    from app.base.settings import get_settings

    key = random.randbytes(32)
    locked = lock(key)
    assert key not in locked
    assert unlock(locked) == key
    assert lock(key) != locked
    monkeypatch.setattr(get_settings(), "escrow_secret", "another")
    with pytest.raises(AppError):
        unlock(locked)


def test_names_differ_by_key_and_shifts_are_whole_weeks() -> None:
    one, other = Names(b"1" * 32), Names(b"2" * 32)
    people = [UUID(int=at) for at in range(500)]
    assert len({one.person(who) for who in people}) == 500
    assert not {one.person(who) for who in people} & {other.person(who) for who in people}
    shifts = {one.shift("person", who) for who in people}
    assert all(shift % timedelta(weeks=1) == timedelta() for shift in shifts)
    assert max(shifts) <= timedelta(days=180) > -min(shifts)
    assert len(shifts) == 51


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Ask Robin or robin.vale@school.test!", "Ask [name] or [e-mail]!"),
        ("ROBIN VALE knows, Robinson does not", "[name] knows, Robinson does not"),
        ("see https://me.example/robin and www.here.test/x now", "see [address] and [address] now"),
        ("my number is +49 (0)30 123-4567, in 2026 too", "my number is [number], in 2026 too"),
        ("My name is Zuleika Dobson and I ask", "My name is [name] and I ask"),
        ("@zuleika what is 3 + 4?", "[name] what is 3 + 4?"),
        ("robin (at) school.test", "[e-mail]"),
    ],
)
def test_scrubbing_takes_names_addresses_and_numbers_out(text, scrubbed) -> None:
    people = {UUID(int=1): ("Robin Vale", "robin.vale@school.test"), UUID(int=2): ("Al", "al@x.test")}
    assert Scrubber(people, []).scrub(text) == scrubbed


def test_words_that_name_somebody_outside_are_known() -> None:
    scrubber = Scrubber({UUID(int=1): ("Robin Vale", "r@x.test"), UUID(int=2): ("Ada Moor", "a@x.test")}, [UUID(int=2)])
    assert scrubber.tells_of_a_stranger("as moor said")
    assert not scrubber.tells_of_a_stranger("as Robin said")
