"""Tables of the accounts room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Person(Base):
    """Somebody with an account. `email` is stored lower-case."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True, info=holds(Personal.CONTACT))
    name: Mapped[str] = mapped_column(info=holds(Personal.IDENTITY))
    password_hash: Mapped[str] = mapped_column(info=holds(Personal.SECRET))
    role: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    created_at: Mapped[datetime] = mapped_column(default=now, info=holds(Personal.BEHAVIOUR))


class SignIn(Base):
    """A server-side session. Only the SHA-256 of the cookie's token is kept."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.SECRET))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(info=holds(Personal.SECRET))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class Enrolment(Base):
    """What a person is in a course."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    created_at: Mapped[datetime] = mapped_column(default=now)


class JoinCode(Base):
    """A word that lets its holder join a course as a student, until it expires or its seats are taken."""

    __tablename__ = "join_code"

    code: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
