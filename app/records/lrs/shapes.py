"""The shape of a statement, as tables: which properties a thing has, which it must have, and what each must be.

A Shape is called with a JSON value and raises Flaw where the value is not right; nothing is changed or coerced. Plain
functions beside the tables say what a table cannot.
"""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from app.records.lrs import values
from app.records.lrs.values import Flaw, Json

Check = Callable[[JsonValue], None]
Rule = Callable[[Json], None]

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
DEEPEST = 64
"""How many objects and arrays may stand inside one another where anything may be said."""
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
PLACES = ("parent", "grouping", "category", "other")
INTERACTIONS = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}
"""The kinds of question, with the lists of components that each may have."""
COMPONENTS = ("choices", "scale", "source", "target", "steps")


class Shape:
    """An object of fixed properties: those it must have, those it may have, and rules over the whole."""

    def __init__(
        self, what: str, must: Mapping[str, Check], may: Mapping[str, Check] | None = None, *rules: Rule
    ) -> None:
        self.what = what
        self.must = tuple(must)
        self.known = {**must, **(may or {})}
        self.rules = rules

    def __call__(self, value: JsonValue) -> None:
        """Raises Flaw unless the value has this shape."""
        if type(value) is not dict:
            raise Flaw(f"must be an object, {self.what}.")
        known = self.known
        for name, held in value.items():
            check = known.get(name)
            if check is None:
                raise Flaw(f"{self.what} has no property of this name.").within(name)
            try:
                check(held)
            except Flaw as flaw:
                flaw.within(name)
                raise
        for name in self.must:
            if name not in value:
                raise Flaw(f"{self.what} needs it.").within(name)
        for rule in self.rules:
            rule(value)


def listed(check: Check, least: int = 0) -> Check:
    """An array of things that pass the check, of `least` at least."""

    def of(value: JsonValue) -> None:
        if type(value) is not list or len(value) < least:
            raise Flaw("must be an array." if not least else "must be an array that is not empty.")
        for at, held in enumerate(value):
            try:
                check(held)
            except Flaw as flaw:
                flaw.within(str(at))
                raise

    return of


def one_of(*words: str) -> Check:
    """One of some fixed words, to the letter."""
    wanted = ", ".join(words)

    def of(value: JsonValue) -> None:
        if type(value) is not str or value not in words:
            raise Flaw(f"must be one of: {wanted}.")

    return of


def mapped(key: Check, held: Check, what: str) -> Check:
    """An object whose keys pass one check and whose values pass another."""

    def of(value: JsonValue) -> None:
        if type(value) is not dict:
            raise Flaw(f"must be an object, {what}.")
        for name, one in value.items():
            try:
                key(name)
                held(one)
            except Flaw as flaw:
                flaw.within(name)
                raise

    return of


def anything(value: JsonValue, deep: int = 0) -> None:
    """Any JSON, as long as it does not nest without end."""
    if deep > DEEPEST:
        raise Flaw(f"nests deeper than {DEEPEST} levels; make it flatter.")
    if type(value) is dict:
        for one in value.values():
            anything(one, deep + 1)
    elif type(value) is list:
        for one in value:
            anything(one, deep + 1)


language_map = mapped(values.language, values.text, "a language map")
extensions = mapped(values.iri, anything, "extensions under IRIs")


def _one_identifier(agent: Json) -> None:
    found = [name for name in IDENTIFIERS if name in agent]
    if len(found) != 1:
        raise Flaw(f"must have exactly one of {', '.join(IDENTIFIERS)}.")


def _a_group(group: Json) -> None:
    found = [name for name in IDENTIFIERS if name in group]
    if len(found) > 1:
        raise Flaw(f"must have at most one of {', '.join(IDENTIFIERS)}.")
    if not found and "member" not in group:
        raise Flaw("a group without an identifier must list its members.").within("member")


account = Shape("an account", {"homePage": values.iri, "name": values.text})
_WHO: dict[str, Check] = {
    "name": values.text,
    "mbox": values.mbox,
    "mbox_sha1sum": values.sha1,
    "openid": values.iri,
    "account": account,
}
agent = Shape("an agent", {}, {**_WHO, "objectType": one_of("Agent")}, _one_identifier)
group = Shape("a group", {"objectType": one_of("Group")}, {**_WHO, "member": listed(agent)}, _a_group)


def kind_of(value: JsonValue, otherwise: str) -> str:
    """The objectType of a thing; what it is where it does not say."""
    kind = value.get("objectType", otherwise) if type(value) is dict else otherwise
    return kind if type(kind) is str else ""


def actor(value: JsonValue) -> None:
    """An agent or a group."""
    (group if kind_of(value, "Agent") == "Group" else agent)(value)


def authority(value: JsonValue) -> None:
    """An agent, or a group without an identifier of two: a program and the person it acts for."""
    actor(value)
    if type(value) is dict and kind_of(value, "Agent") == "Group":
        members = value.get("member")
        if type(members) is not list or len(members) != 2 or any(name in value for name in IDENTIFIERS):
            raise Flaw("a group that answers for a statement has two members and no identifier of its own.")


verb = Shape("a verb", {"id": values.iri}, {"display": language_map})
_component = Shape("a part of a question", {"id": values.text}, {"description": language_map})


def _components(value: JsonValue) -> None:
    listed(_component)(value)
    names = [one.get("id") for one in value if type(one) is dict] if type(value) is list else []
    if len(set(map(str, names))) < len(names):
        raise Flaw("has the same id twice.")


def _a_question(definition: Json) -> None:
    kind = definition.get("interactionType")
    parts = [name for name in COMPONENTS if name in definition]
    if kind is None:
        if parts or "correctResponsesPattern" in definition:
            raise Flaw("the definition of a question needs it.").within("interactionType")
    elif strange := [name for name in parts if name not in INTERACTIONS[str(kind)]]:
        raise Flaw(f"a question of the kind {kind} has no such list.").within(strange[0])


definition = Shape(
    "the definition of an activity",
    {},
    {
        "name": language_map,
        "description": language_map,
        "type": values.iri,
        "moreInfo": values.iri,
        "extensions": extensions,
        "interactionType": one_of(*INTERACTIONS),
        "correctResponsesPattern": listed(values.text),
        **dict.fromkeys(COMPONENTS, _components),
    },
    _a_question,
)
activity = Shape("an activity", {"id": values.iri}, {"objectType": one_of("Activity"), "definition": definition})
reference = Shape("a reference to a statement", {"objectType": one_of("StatementRef"), "id": values.uuid})


def _activities(value: JsonValue) -> None:
    (listed(activity) if type(value) is list else activity)(value)


places = Shape("context activities", {}, dict.fromkeys(PLACES, _activities))


def _within_bounds(score: Json) -> None:
    numbers: dict[str, float] = {name: float(held) for name, held in score.items() if isinstance(held, int | float)}
    low, high, raw = numbers.get("min"), numbers.get("max"), numbers.get("raw")
    if low is not None and high is not None and low >= high:
        raise Flaw("must be less than max.").within("min")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise Flaw("must lie between min and max.").within("raw")
    if not -1 <= numbers.get("scaled", 0) <= 1:
        raise Flaw("must lie between -1 and 1.").within("scaled")


score = Shape("a score", {}, dict.fromkeys(("scaled", "raw", "min", "max"), values.number), _within_bounds)
result = Shape(
    "a result",
    {},
    {
        "score": score,
        "success": values.boolean,
        "completion": values.boolean,
        "response": values.text,
        "duration": values.duration,
        "extensions": extensions,
    },
)


def _signed_rightly(attachment: Json) -> None:
    if attachment.get("usageType") == SIGNATURE and attachment.get("contentType") != "application/octet-stream":
        raise Flaw("a signature has the type application/octet-stream.").within("contentType")


attachment = Shape(
    "an attachment",
    {
        "usageType": values.iri,
        "display": language_map,
        "contentType": values.mime,
        "length": values.size,
        "sha2": values.sha2,
    },
    {"description": language_map, "fileUrl": values.iri},
    _signed_rightly,
)
_CONTEXT: dict[str, Check] = {
    "registration": values.uuid,
    "instructor": actor,
    "team": group,
    "contextActivities": places,
    "revision": values.text,
    "platform": values.text,
    "language": values.language,
    "statement": reference,
    "extensions": extensions,
}
_context_agent = Shape(
    "a context agent",
    {"objectType": one_of("contextAgent"), "agent": agent},
    {"relevantTypes": listed(values.iri, least=1)},
)
_context_group = Shape(
    "a context group",
    {"objectType": one_of("contextGroup"), "group": group},
    {"relevantTypes": listed(values.iri, least=1)},
)
context_of_one = Shape("a context", {}, _CONTEXT)
context_of_two = Shape(
    "a context",
    {},
    {**_CONTEXT, "contextAgents": listed(_context_agent), "contextGroups": listed(_context_group)},
)
