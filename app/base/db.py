"""The database: one engine a process, one session a request or job, one commit at its end.

Only this file commits. `unit_of_work` is the whole life of a session: it begins, writes what was put off until its
end, commits when the block ends well, rolls back when it raises, and only then rings the doorbells that were hung up
meanwhile.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

import psycopg
from pydantic import JsonValue
from sqlalchemy import (
    URL,
    DateTime,
    Dialect,
    MetaData,
    Select,
    Text,
    TypeDecorator,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from app.base.settings import get_settings
from app.base.text import clean_text, dump_json

R = TypeVar("R")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class CleanText(TypeDecorator[str]):
    """Text whose unstorable characters are replaced on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)


class Base(DeclarativeBase):
    """Tables of all rooms. Strings are cleaned text, times aware UTC, structured values jsonb."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: CleanText,
        datetime: DateTime(timezone=True),
        dict[str, JsonValue]: JSONB,
        list[Any]: JSONB,
    }


def now() -> datetime:
    """The present, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> uuid.UUID:
    """A fresh random id."""
    return uuid.uuid4()


def normal_url(url: str) -> str:
    """A Postgres URL with the driver this project uses."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


Row = tuple[Any, ...]
IDLE_SECONDS = 1.0
NOTICED_SOON = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
"""What libpq is told so that a database host that vanished, whose connections nobody closed, is noticed within half a
minute and not after a quarter of an hour. On a socket of this machine only the first counts.
"""
UNHURRIED_SECONDS = 600.0
ENDED = {"IdleInTransactionSessionTimeout": "OperationalError"}
"""A transaction that the database ended because nothing was done in it has lost its connection, like others."""


@lru_cache
def get_engine() -> Engine:
    """The process's engine. The pool is small, as no session outlives a short transaction, and has no overflow: a
    connection that is made for one transaction costs more than to wait for one that is free. The values of a statement
    are people's words and names: they stay out of what its trouble says, which stands in logs.
    """
    url = make_url(normal_url(get_settings().database_url))
    engine = create_engine(
        url,
        connect_args={name: value for name, value in NOTICED_SOON.items() if name not in url.query} | _options(url),
        pool_size=16,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=10,
        json_serializer=dump_json,
        hide_parameters=True,
    )
    engine.dialect.dbapi_exception_translation_map = ENDED
    event.listen(engine, "checkin", _laid_down)
    event.listen(engine, "checkout", _taken_up)
    return engine


def _limits() -> dict[str, float]:
    settings = get_settings()
    return {"lock_timeout": settings.lock_seconds, "idle_in_transaction_session_timeout": settings.idle_seconds}


def _options(url: URL) -> dict[str, str]:
    """What each connection begins with, so that nobody waits without end for one that hangs: Postgres gives up waiting
    for a lock, and ends a transaction in which nothing is done. What the address itself says comes last, and counts.
    """
    own = url.query.get("options", "")
    told = [f"-c {name}={seconds * 1000:.0f}" for name, seconds in _limits().items() if seconds]
    options = " ".join([*told, *([own] if isinstance(own, str) else own)]).strip()
    return {"options": options} if options else {}


def _laid_down(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["since"] = monotonic()


def _taken_up(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """Ask a connection that was idle for a while whether it is still there; a busy one need not be asked each time."""
    if monotonic() - record.info.get("since", monotonic()) < IDLE_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError("the connection was lost while it was idle") from error


def lock_rows(session: Session, query: Select[R]) -> Sequence[R]:
    """The rows of a query as they are once nobody else holds them, also those the session has read before; held until
    the transaction ends. The query says in which order they are taken.
    """
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def take_time(session: Session) -> None:
    """Let this transaction wait ten minutes for what others hold, and do nothing for as long: for jobs whose work would
    be lost, or that work something out between two statements.
    """
    for name, seconds in _limits().items():
        if 0 < seconds < UNHURRIED_SECONDS:
            session.execute(select(func.set_config(name, f"{UNHURRIED_SECONDS * 1000:.0f}", True)))


def is_held(error: BaseException) -> bool:
    """Whether a statement failed because it waited too long for what another transaction holds: then later is right."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.errors.LockNotAvailable)


def before_commit(session: Session, write: Callable[[], None]) -> None:
    """Put a write off until this session commits or somebody reads by it; `write` may be called several times."""
    session.info.setdefault("writes", []).append(write)


def write_now(session: Session) -> None:
    """Do the writes that were put off."""
    for write in session.info.get("writes", ()):
        write()


def run_sql(session: Session, words: str, told: Mapping[str, object] | Sequence[object]) -> "psycopg.Cursor[Row]":
    """Run one statement that is written out, in the session's transaction, and answer with the driver's cursor.

    For the few statements that each live turn needs: what SQLAlchemy does around a statement costs as much as the
    statement. What was put off is not written before; trouble is SQLAlchemy's, as everywhere else.
    """
    connection = session.connection()
    driver: psycopg.Connection[Row] | None = connection.connection.driver_connection
    assert driver is not None
    try:
        return driver.execute(words, told)
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        trouble = DBAPIError.instance(
            words, None, error, psycopg.Error, connection_invalidated=driver.closed, dialect=connection.dialect
        )
        raise trouble from error


@event.listens_for(Session, "do_orm_execute")
def _written_before_read(state: ORMExecuteState) -> None:
    write_now(state.session)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction: writes and commits at the end of the block, rolls back if it raises; then rings the bells."""
    with Session(get_engine(), expire_on_commit=False) as session:
        yield session
        write_now(session)
        session.commit()
        bells = session.info.pop("bells", [])
    for ring in bells:
        ring()
