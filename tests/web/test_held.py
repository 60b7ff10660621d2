"""What somebody reads whose class is held by a transaction that hangs."""

from concurrent.futures import ThreadPoolExecutor

from parts import Services
from people import school, sign_in
from sqlalchemy import text

from app.base.db import get_engine, unit_of_work
from app.base.embedded.address import kept_environment, use_environment
from app.classroom import service as classroom
from app.web.trouble import HELD


def test_words_to_a_class_that_is_held_are_refused_for_the_moment(db: Services) -> None:
    place = school()
    place.approve()
    with kept_environment():
        use_environment({"LYCEUM_LOCK_SECONDS": "0.2"})
        with unit_of_work() as session:
            class_id = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
        student = sign_in(place.student)
        assert student.who
        address, words = f"/classes/{class_id}/say", {"text": "What does a leaf make?"}
        headers = {"accept": "application/json", "x-csrf-token": student.who.csrf}
        with get_engine().connect() as holder, ThreadPoolExecutor(1) as pool:
            try:
                holder.execute(text("select from class_session where id = :id for update"), {"id": class_id})
                reply = pool.submit(student.post, address, json=words, headers=headers).result(60)
            finally:
                holder.rollback()
        assert (reply.status_code, reply.json()) == (503, {"error": HELD})
        assert reply.headers["retry-after"]
        assert student.post(address, json=words, headers=headers).status_code == 202
