"""What comes from outside the room: thumbs on agents' words, and which adapters were given to learners by lot."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator


class Thumb(BaseModel):
    """A thumb that somebody gave a line of a class: `seq` is the line's."""

    class_id: UUID
    seq: int
    is_up: bool


class Rollout(BaseModel):
    """An adapter that some learners, chosen by lot, were given for a role from a moment on, while the others kept
    `previous` ("": the base model). Which class has which stands with the class. `ended_at` is None while it goes on.
    """

    role: str
    adapter: str
    previous: str = ""
    started_at: datetime
    ended_at: datetime | None = None


class Trial(BaseModel):
    """A comparison by lot: each class (by id) was given one arm, and kept it; all classes of a learner the same. The
    first arm is the one that the others are held against.
    """

    name: str
    arms: list[str] = Field(min_length=2)
    assigned: dict[UUID, str]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if strange := set(self.assigned.values()) - set(self.arms):
            raise ValueError(f"not an arm of this trial: {', '.join(sorted(strange))}")
        return self


class Outside(BaseModel):
    """All of it, of one course. Whoever may read both puts it together: the rooms above this one, or a door."""

    thumbs: list[Thumb] = []
    rollouts: list[Rollout] = []
