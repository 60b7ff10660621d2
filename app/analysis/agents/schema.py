"""What comes from outside the room: thumbs on agents' words, and trials in which adapters were given by lot."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator


class Thumb(BaseModel):
    """A thumb that somebody gave a line of a class: `seq` is the line's."""

    class_id: UUID
    seq: int
    is_up: bool


class Trial(BaseModel):
    """A comparison of adapters by lot: each class (by id) was given one arm, and kept it. The first arm is the one that
    the others are held against. `role` is whose words the adapters are for, "" for all.
    """

    name: str
    role: str = ""
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
    trials: list[Trial] = []
