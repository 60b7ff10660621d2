"""Forms of replies with exactly so many things to say."""

from typing import TypeVar

from pydantic import BaseModel, Field, create_model

Form = TypeVar("Form", bound=BaseModel)


def exactly(count: int, base: type[Form]) -> type[Form]:
    """A form, which is also the JSON schema of the reply, whose list `say` has exactly `count` entries."""
    form: type[Form] = create_model(
        base.__name__, __base__=base, say=(list[str], Field(min_length=count, max_length=count))
    )
    return form
