"""Documents that leave the inference room."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.base.errors import AppError


class Role(StrEnum):
    """Who speaks. Callers name a role; settings decide which model serves it."""

    TEACHER = "teacher"
    TUTOR = "tutor"
    CLASSMATE = "classmate"
    DIRECTOR = "director"
    AUTHOR = "author"
    GRADER = "grader"
    CODER = "coder"
    READER = "reader"


class Prompt(BaseModel):
    """What a model reads, ordered static -> course -> class -> turn so that prefix caches hit.

    `system` never changes for a role and course page; `turn` is the part that is new each time. `pictures` are data
    URLs that the model looks at with the turn; only for roles whose model `takes_pictures`.
    """

    system: str
    turn: str
    pictures: tuple[str, ...] = ()

    def whole(self) -> str:
        """All that identifies the prompt, as one text."""
        return "\n".join((self.system, self.turn, *self.pictures))


class Reply(BaseModel):
    """What a model said, and what it cost. Times in milliseconds; tokens as the server counted them."""

    text: str
    model: str
    call_id: UUID
    prompt_hash: str
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    queue_ms: int = 0
    first_token_ms: int = 0
    total_ms: int = 0


class ModelUnavailable(AppError):
    """No usable answer in time: the server is away, too slow, or its circuit is open."""

    status = 429

    def __init__(self, sentence: str = "The language model does not answer at the moment.") -> None:
        super().__init__(sentence)


class ModelJunk(AppError):
    """The model answered, twice, with something its schema or checks refuse."""

    status = 422


class CallStopped(AppError):
    """The work that a call was made for was called off meanwhile."""

    status = 409

    def __init__(self, sentence: str = "This was called off.") -> None:
        super().__init__(sentence)
