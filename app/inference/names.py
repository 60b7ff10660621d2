"""Which model speaks for a role: asked of its server, or as this process knows it, which is looked after beside."""

import logging
import threading

from app.base.settings import Endpoint
from app.inference import gateway
from app.inference.breaker import breaker_of
from app.inference.schema import ModelUnavailable, Role

log = logging.getLogger(__name__)

NO_MODEL = "no model"


def model_at(endpoint: Endpoint) -> str:
    """The server's model; not learning it counts as a failure of the server. Raises ModelUnavailable."""
    if known := gateway.known_model(endpoint):
        _look_beside(endpoint)
        return known
    breaker = breaker_of(endpoint.url)
    if not breaker.available():
        raise ModelUnavailable
    try:
        return gateway.served_model(endpoint)
    except ModelUnavailable:
        breaker.failed()
        raise


def model_name(role: Role) -> str:
    """The model of a role, for jobs and commands, which may wait; NO_MODEL when the server cannot say."""
    try:
        return model_at(gateway.endpoint_of(role))
    except ModelUnavailable:
        return NO_MODEL


def known_model(role: Role) -> str:
    """`model_name` for who cannot wait, as within a request: NO_MODEL as long as this process does not know it.

    Then, and when it was learnt a while ago, it is asked for beside, for whoever wants to know next. That a page was
    looked at counts for nothing in what is known of the server's health.
    """
    endpoint = gateway.endpoint_of(role)
    _look_beside(endpoint)
    return gateway.known_model(endpoint) or NO_MODEL


_looking = threading.Lock()


def _look_beside(endpoint: Endpoint) -> None:
    """Have a thread ask what is not known any more, of this server and all others: one thread at a time."""
    if not gateway.is_to_be_asked(endpoint) or not breaker_of(endpoint.url).available():
        return
    if _looking.acquire(blocking=False):
        threading.Thread(target=_look, name="model names", daemon=True).start()


def _look() -> None:
    try:
        for endpoint in {one.url: one for one in map(gateway.endpoint_of, Role)}.values():
            if gateway.is_to_be_asked(endpoint):
                _ask(endpoint)
    finally:
        _looking.release()


def _ask(endpoint: Endpoint) -> None:
    try:
        if gateway.known_model(endpoint):
            gateway.renew_model(endpoint)
        else:
            gateway.served_model(endpoint)
    except ModelUnavailable as error:
        log.info("which model a server has is not known: %s", error.sentence)
