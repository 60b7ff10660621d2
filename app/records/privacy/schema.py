"""Documents of privacy."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a person's records may be used for; each is asked for by itself."""

    TEACHING = "teaching"
    RESEARCH = "research"
    ALIGNMENT = "alignment"
