"""The xAPI profile of the classroom: the written agreement on what its statements say.

Made from profile.toml, in the form of the xAPI Profiles specification 1.0 (JSON-LD): concepts for verbs, activity
types and extensions, and one statement template a verb.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, JsonValue

VOCABULARY = "https://lyceum.example/xapi"
"""The base of IRIs that no published vocabulary has. A name, not an address; the same in every installation."""
EXTENSION = f"{VOCABULARY}/extensions/"
PROFILE = f"{VOCABULARY}/profile"
CONTEXT = "https://w3id.org/xapi/profiles/context"
CONFORMS = "https://w3id.org/xapi/profiles#1.0"
OURS = "+"


class Concept(BaseModel):
    """A word of the profile. `iri` is whole once read; `schema_type` is the JSON type of an extension's value."""

    name: str
    iri: str
    says: str
    schema_type: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether this profile defines it; the others are only used."""
        return self.iri.startswith(VOCABULARY)


class Profile(BaseModel):
    """The whole agreement, each part in the order of the file."""

    version: int
    date: str
    label: str
    definition: str
    verbs: dict[str, Concept]
    types: dict[str, Concept]
    extensions: dict[str, Concept]

    @property
    def iri(self) -> str:
        """This version's name, which every statement carries as its category."""
        return f"{PROFILE}/v{self.version}"

    def document(self) -> dict[str, JsonValue]:
        """The profile as JSON-LD."""
        return {
            "@context": CONTEXT,
            "id": PROFILE,
            "type": "Profile",
            "conformsTo": CONFORMS,
            "prefLabel": {"en": self.label},
            "definition": {"en": self.definition},
            "author": {"type": "Organization", "name": "Lyceum"},
            "versions": [{"id": self.iri, "generatedAtTime": f"{self.date}T00:00:00Z"}],
            "concepts": self._concepts(),
            "templates": [self._template(verb) for verb in self.verbs.values()],
        }

    def _concepts(self) -> list[JsonValue]:
        told: list[JsonValue] = []
        for kind, concepts in (("Verb", self.verbs), ("ActivityType", self.types)):
            told += [self._concept(kind, one) for one in concepts.values() if one.is_ours]
        for one in self.extensions.values():
            concept = self._concept("ContextExtension", one)
            told.append({**concept, "inlineSchema": f'{{"type":"{one.schema_type}"}}'})
        return told

    def _concept(self, kind: str, one: Concept) -> dict[str, JsonValue]:
        return {
            "id": one.iri,
            "type": kind,
            "inScheme": self.iri,
            "prefLabel": {"en": one.name.replace("-", " ")},
            "definition": {"en": one.says},
        }

    def _template(self, verb: Concept) -> dict[str, JsonValue]:
        rules: list[JsonValue] = [
            {"location": "$.context.registration", "presence": "included"},
            {"location": f"$.context.extensions['{EXTENSION}role']", "presence": "included"},
        ]
        return {
            "id": f"{PROFILE}/templates/{verb.name}",
            "type": "StatementTemplate",
            "inScheme": self.iri,
            "prefLabel": {"en": verb.name.replace("-", " ")},
            "definition": {"en": verb.says},
            "verb": verb.iri,
            "contextGroupingActivityType": [self.types["course"].iri],
            "rules": rules,
        }


@lru_cache
def profile() -> Profile:
    """The profile as it is written in profile.toml."""
    written = tomllib.loads((Path(__file__).parent / "profile.toml").read_text())
    verbs = {name: _read(name, one) for name, one in written.pop("verbs").items()}
    types = {name: _read(name, one) for name, one in written.pop("types").items()}
    extensions = {
        name: Concept(name=name, iri=EXTENSION + name, says=one["says"], schema_type=one["schema"])
        for name, one in written.pop("extensions").items()
    }
    return Profile(verbs=verbs, types=types, extensions=extensions, **written)


def _read(name: str, written: dict[str, str]) -> Concept:
    iri = written["iri"]
    whole = f"{VOCABULARY}/{iri.removeprefix(OURS)}" if iri.startswith(OURS) else iri
    return Concept(name=name, iri=whole, says=written["says"])
