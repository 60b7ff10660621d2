"""Accounts on a real Postgres: join codes with seats, sign-in, and who may do what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from making import PASSWORD, make_person
from sqlalchemy import update

from app.accounts import service as accounts
from app.accounts.models import JoinCode, SignIn
from app.accounts.schema import CourseRole, SiteRole
from app.accounts.throttle import PER_ACCOUNT
from app.base.db import now, unit_of_work
from app.base.errors import AppError, Busy, Conflict, Invalid, NotFound
from app.courses import service as courses

pytestmark = pytest.mark.usefixtures("db")


def make_course(seats: int = 3) -> tuple[UUID, str]:
    instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, "Biology")
        return course_id, accounts.new_code(session, course_id, seats=seats)


def sign_up(email: str, code: str) -> UUID:
    with unit_of_work() as session:
        return accounts.sign_up(session, email, "Sam", PASSWORD, code)


def test_a_join_code_makes_a_student_and_counts_a_seat() -> None:
    course_id, code = make_course()
    sign_up("sam@school.test", f" {code.lower()} ")
    with unit_of_work() as session:
        assert [one.role for one in accounts.people(session, course_id)] == [CourseRole.INSTRUCTOR, CourseRole.STUDENT]
        assert accounts.codes(session, course_id)[0].taken == 1


@pytest.mark.parametrize("sign", ["", " ", "–"])
def test_a_join_code_is_taken_as_people_type_it(sign: str) -> None:
    course_id, code = make_course()
    sign_up("sam@school.test", code.lower().replace("-", sign))
    with unit_of_work() as session:
        assert accounts.codes(session, course_id)[0].taken == 1


def test_the_last_seat_is_given_once() -> None:
    course_id, code = make_course(seats=2)

    def attempt(number: int) -> bool:
        try:
            sign_up(f"sam{number}@school.test", code)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 2
    with unit_of_work() as session:
        assert len(accounts.people(session, course_id)) == 3
        assert (
            accounts.find_person(session, "sam5@school.test") is None
            or accounts.codes(session, course_id)[0].taken == 2
        )


def test_expired_closed_and_unknown_codes_say_so_and_leave_no_account() -> None:
    course_id, code = make_course()
    with unit_of_work() as session:
        session.execute(update(JoinCode).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(Invalid, match="expired"):
        sign_up("sam@school.test", code)
    with pytest.raises(Invalid, match="not known"):
        sign_up("sam@school.test", "AAAA-AAAA")
    with unit_of_work() as session:
        assert accounts.find_person(session, "sam@school.test") is None
        with pytest.raises(NotFound):
            accounts.close_code(session, course_id, "AAAA-AAAA")


def test_joining_twice_takes_one_seat() -> None:
    course_id, code = make_course()
    sam = make_person("sam@school.test")
    for _ in range(2):
        with unit_of_work() as session:
            assert accounts.join(session, sam, code) == course_id
    with unit_of_work() as session:
        assert accounts.codes(session, course_id)[0].taken == 1


def test_a_session_token_signs_in_until_it_is_over() -> None:
    sam = make_person("sam@school.test")
    with unit_of_work() as session:
        token = accounts.sign_in(session, "SAM@school.test ", PASSWORD, "127.0.0.1")
    with unit_of_work() as session:
        who = accounts.who_is(session, token)
        assert who is not None
        assert (who.id, len(who.csrf) > 20) == (sam.id, True)
        assert accounts.who_is(session, token + "x") is None
        session.execute(update(SignIn).values(expires_at=now()))
    with unit_of_work() as session:
        assert accounts.who_is(session, token) is None


def test_a_wrong_password_and_an_unknown_address_answer_alike_and_are_throttled() -> None:
    make_person("sam@school.test")
    sentences = set()
    for email in ("sam@school.test", "nobody@school.test"):
        with unit_of_work() as session, pytest.raises(AppError) as caught:
            accounts.sign_in(session, email, "wrong password", "127.0.0.1")
        sentences.add(caught.value.sentence)
    assert len(sentences) == 1
    for _ in range(PER_ACCOUNT):
        with unit_of_work() as session, pytest.raises(AppError):
            accounts.sign_in(session, "sam@school.test", "wrong password", "127.0.0.1")
    with unit_of_work() as session, pytest.raises(Busy):
        accounts.sign_in(session, "sam@school.test", PASSWORD, "127.0.0.1")


@pytest.mark.parametrize(
    ("email", "name", "password"),
    [
        ("no address", "Sam", PASSWORD),
        ("a@b.cd", "  ", PASSWORD),
        ("a@b.cd", "x" * 81, PASSWORD),
        ("a@b.cd", "Sam", "short"),
    ],
)
def test_bad_words_at_sign_up_are_refused_with_a_sentence(email: str, name: str, password: str) -> None:
    with unit_of_work() as session, pytest.raises(Invalid):
        accounts.add_person(session, email, name, password, SiteRole.STUDENT)


def test_an_address_belongs_to_one_account_and_odd_text_is_stored_clean() -> None:
    with unit_of_work() as session:
        accounts.add_person(session, "Sam@School.test", "Sa\x00m \ud800", PASSWORD, SiteRole.STUDENT)
    with unit_of_work() as session, pytest.raises(Conflict):
        accounts.add_person(session, "sam@school.test", "Other", PASSWORD, SiteRole.STUDENT)


def test_roles_are_scoped_by_course_and_an_admin_teaches_everywhere() -> None:
    course_id, code = make_course()
    sam, root = make_person("sam@school.test"), make_person("root@school.test", SiteRole.ADMIN)
    with unit_of_work() as session:
        assert accounts.role_in(session, sam, course_id) is None
        with pytest.raises(NotFound):
            accounts.require(session, sam, course_id)
        accounts.join(session, sam, code)
        with pytest.raises(NotFound):
            accounts.require(session, sam, course_id, CourseRole.INSTRUCTOR)
        assert accounts.require(session, root, course_id, CourseRole.INSTRUCTOR) is CourseRole.INSTRUCTOR
