"""Whether the parts answer, for people who run the platform and for `check`."""

import logging

import redis
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from app.base.db import unit_of_work
from app.base.queue import get_redis
from app.inference import service as inference

router = APIRouter()
log = logging.getLogger(__name__)


class Health(BaseModel):
    """True for each part that answers. Without a model the platform still serves, so `ok` does not ask for it."""

    ok: bool
    db: bool
    broker: bool
    model: bool


def _db_answers() -> bool:
    # A pooled connection is tried before it is handed out, so that having one means having an answer.
    try:
        with unit_of_work() as session:
            session.connection()
        return True
    except SQLAlchemyError as error:
        log.warning("the database does not answer: %s", error)
        return False


def _broker_answers() -> bool:
    try:
        return bool(get_redis().ping())
    except redis.RedisError as error:
        log.warning("the broker does not answer: %s", error)
        return False


@router.get("/health")
def health() -> JSONResponse:
    """200 when database and broker answer, else 503, with each part's state."""
    db, broker = _db_answers(), _broker_answers()
    found = Health(ok=db and broker, db=db, broker=broker, model=inference.available())
    return JSONResponse(found.model_dump(), 200 if found.ok else 503)
