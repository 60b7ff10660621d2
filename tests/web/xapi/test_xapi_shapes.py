"""What a statement may look like: a case for each requirement of the conformance suite on its data, by its code."""

from uuid import uuid4

import pytest
from xapi_store import GONE, IDA, LOOSE, SAM, TEAM, THE_THING, Store, attachment, changed, statement, within

BAD_ID = "aa97b177-9383-4934-8543-0f91a7a028368"
NOT_HEX = "ma97b177-9383-4934-8543-0f91a7a02836"
REF = {"objectType": "StatementRef", "id": str(uuid4())}
QUESTION = {"interactionType": "choice", "correctResponsesPattern": ["a"], "choices": [{"id": "a"}, {"id": "b"}]}


def asks(**changes: object) -> dict:
    """A statement about a question."""
    return statement(object={**THE_THING, "definition": changed(QUESTION, changes)})


def who(agent: object) -> dict:
    return statement(actor=agent)


def placed(places: object) -> dict:
    return statement(context__contextActivities=places)


def with_file(**changes: object) -> dict:
    return {**statement(), "attachments": [attachment(**changes)]}


WRONG = [
    ("00001 null outside extensions", statement(result__response=None)),
    ("00001 null for a whole part", statement(context=None)),
    ("00003 no actor", statement(actor=GONE)),
    ("00004 no verb", statement(verb=GONE)),
    ("00005 no object", statement(object=GONE)),
    ("00006 a number for a string", statement(result__response=3)),
    ("00006 a string for a boolean", statement(result__success="true")),
    ("00006 a string for a number", statement(result__score__raw="5")),
    ("00007 an empty string for an IRI", statement(verb__id="")),
    ("00007 an empty string for a UUID", statement(context__registration="")),
    ("00008 a key in capitals", {**statement(), "Result": {}}),
    ("00009 a fixed word in another case", statement(actor__objectType="agent")),
    ("00010 an inner key in another case", statement(verb={"ID": "https://a.example/v"})),
    ("00011 an IRI without a scheme", statement(object__id="school.example/thing")),
    ("00011 an IRL without a scheme", statement(object__definition__moreInfo="school.example")),
    ("00013 a language key that is none", statement(verb__display={"a12345678": "x"})),
    ("00013 a context language that is none", statement(context__language="english!")),
    ("00014 an object in a string", statement(actor='{"mbox": "mailto:a@b.example"}')),
    ("00017 voiding without a reference", statement(verb__id="http://adlnet.gov/expapi/verbs/voided")),
    ("00020 voiding an activity", statement(verb__id="http://adlnet.gov/expapi/verbs/voided", object__id=str(uuid4()))),
    ("00022 a timestamp that is none", statement(timestamp="yesterday")),
    ("00023 stored that is no time", {**statement(), "stored": "01/02/2031"}),
    ("00024 an authority that is a string", {**statement(), "authority": "me"}),
    ("00024 an authority that is an identified group", {**statement(), "authority": TEAM}),
    ("00025 attachments that are no array", {**statement(), "attachments": attachment()}),
    ("00027 a UUID with a digit more", statement(id=BAD_ID)),
    ("00028 a UUID that is a number", statement(id=12345)),
    ("00029 a UUID that is an object", statement(context__registration={"key": "x"})),
    ("00030 a UUID with a letter beyond f", statement(id=NOT_HEX)),
    ("00031 an actor that is an activity", statement(actor={"objectType": "Activity", "mbox": "mailto:a@b.example"})),
    ("00032 objectType that is a number", who({**SAM, "objectType": 1})),
    ("00033 a name that is a number", who({**SAM, "name": 1})),
    ("00034 an agent without identifier", who({"name": "Sam"})),
    ("00034 an agent with two identifiers", who({**SAM, "openid": "https://sam.example"})),
    ("00035 a group with neither identifier nor members", who({"objectType": "Group", "name": "Owls"})),
    ("00036 members that are no array", who({"objectType": "Group", "member": SAM})),
    ("00036 a group in a group", who({"objectType": "Group", "member": [TEAM]})),
    ("00037 a group with two identifiers", who({**TEAM, "openid": "https://owls.example"})),
    ("00038 a mailbox without mailto", who({"mbox": "sam@school.example"})),
    ("00039 a hash that is no SHA-1", who({"mbox_sha1sum": "abc"})),
    ("00040 an openid that is no URI", who({"openid": "sam"})),
    ("00041 an account that is a string", who({"account": "ida"})),
    ("00042 an account without home page", who({"account": {"name": "ida"}})),
    ("00042 an account whose home page is no IRL", who({"account": {"homePage": "school", "name": "ida"}})),
    ("00043 an account without name", who({"account": {"homePage": "https://school.example"}})),
    ("00043 an account whose name is a number", who({"account": {"homePage": "https://a.example", "name": 1}})),
    ("00044 a verb without id", statement(verb={"display": {"en": "read"}})),
    ("00045 a display that is a string", statement(verb__display="read")),
    ("00046 an object of an unknown kind", statement(object={"objectType": "Thing", "id": "https://a.example"})),
    ("00047 an activity without id", statement(object={"objectType": "Activity"})),
    ("00048 a definition that is a string", statement(object__definition="a page")),
    ("00049 a kind of question that there is not", asks(interactionType="guess")),
    ("00050 choices that are no array", asks(choices={"id": "a"})),
    ("00051 a scale with a part without id", asks(interactionType="likert", choices=GONE, scale=[{"description": {}}])),
    ("00052 the same id twice", asks(choices=[{"id": "a"}, {"id": "a"}])),
    ("00053 a part whose description is a string", asks(choices=[{"id": "a", "description": "A"}])),
    ("00054 steps of a question without steps", asks(steps=[{"id": "a"}])),
    ("00055 answers that are no array of strings", asks(correctResponsesPattern=[1])),
    ("00056 a name that is a string", statement(object__definition__name="Page")),
    ("00057 extensions that are a string", statement(object__definition__extensions="x")),
    ("00058 a definition with a property of its own", statement(object__definition__colour="red")),
    ("00059 a description that is a string", statement(object__definition__description="A page")),
    ("00060 a type that is no IRI", statement(object__definition__type="page")),
    ("00061 moreInfo that is no IRL", statement(object__definition__moreInfo="more")),
    ("00062 source that is no array", asks(interactionType="matching", choices=GONE, source="a")),
    ("00063 target with a part that is a string", asks(interactionType="matching", choices=GONE, target=["a"])),
    ("00064 choices without a kind of question", asks(interactionType=GONE)),
    ("00065 an agent as object that does not say so", statement(object={"mbox": "mailto:a@b.example"})),
    ("00066 an inner statement without verb", within(verb=GONE)),
    ("00066 an inner timestamp that is none", within(timestamp="noon")),
    ("00067 an inner statement with authority", within(authority=IDA)),
    ("00068 an inner statement with version", within(version="1.0.3")),
    ("00069 an inner statement with stored", within(stored="2031-04-01T12:00:00Z")),
    ("00070 an inner statement with id", within(id=str(uuid4()))),
    ("00071 an inner statement about another", within(object=within()["object"])),
    ("00072 a reference without id", statement(object={"objectType": "StatementRef"}, context=GONE)),
    ("00073 a reference of another kind", statement(context__statement={**REF, "objectType": "Statement"})),
    ("00074 success that is a string", statement(result__success="yes")),
    ("00075 completion that is a number", statement(result__completion=1)),
    ("00076 a response that is an object", statement(result__response={"a": 1})),
    ("00077 a duration that is none", statement(result__duration="PA1H0M0S")),
    ("00078 result extensions that are an array", statement(result__extensions=[])),
    ("00079 a score that is a number", statement(result__score=5)),
    ("00080 max below min", statement(result__score__max=-1)),
    ("00081 min above max", statement(result__score__min=11)),
    ("00082 raw above max", statement(result__score__raw=11)),
    ("00082 raw below min", statement(result__score__raw=-0.001)),
    ("00083 scaled beyond one", statement(result__score__scaled=1.01)),
    ("00083 scaled below minus one", statement(result__score__scaled=-1.01)),
    ("00084 a revision of no activity", statement(object=SAM, context__platform=GONE)),
    ("00085 a platform of no activity", statement(object=REF, context__revision=GONE)),
    ("00086 context activities that are an array", placed([THE_THING])),
    ("00087 a registration that is no UUID", statement(context__registration="class 3")),
    ("00088 a team that is an agent", statement(context__team=SAM)),
    ("00089 a revision that is a number", statement(context__revision=3)),
    ("00090 a platform that is a number", statement(context__platform=3)),
    ("00091 a language that is a number", statement(context__language=3)),
    ("00092 a context statement that is a string", statement(context__statement=str(uuid4()))),
    ("00093 a place that there is not", placed({"uncle": [{"id": "https://a.example"}]})),
    ("00094 a place with an agent", placed({"parent": [SAM]})),
    ("00095 a place with a string", placed({"parent": "https://a.example"})),
    ("00098 an authority of three", {**statement(), "authority": {"objectType": "Group", "member": [SAM, IDA, SAM]}}),
    ("00098 an authority of one", {**statement(), "authority": {"objectType": "Group", "member": [SAM]}}),
    (
        "00100 an authority with a name of its own",
        {**statement(), "authority": {**LOOSE, "openid": "https://a.example"}},
    ),
    ("00101 a version of the future", {**statement(), "version": "3.0.0"}),
    ("00101 version 1.1.0", {**statement(), "version": "1.1.0"}),
    ("00102 a length that is a string", with_file(length="27")),
    ("00103 a hash that is a number", with_file(sha2=1)),
    ("00104 fileUrl that is no IRL", with_file(fileUrl="notes.txt")),
    ("00105 a content type that is a number", with_file(contentType=1)),
    ("00106 a display that is a string", with_file(display="Notes")),
    ("00107 usageType that is no IRI", with_file(usageType="notes")),
    ("00107 no usageType", with_file(usageType=GONE)),
    ("00118 extensions without IRIs", statement(context__extensions={"page": 1})),
    ("00120 extensions that are a number", statement(context__extensions=1)),
    ("00121 a language map with an underscore", statement(object__definition__name={"en_GB": "Page"})),
    ("00123 a timestamp with the offset -00:00", statement(timestamp="2031-04-01T12:00:00.601-00:00")),
    ("00123 the 31st of April", statement(timestamp="2031-04-31T12:00:00Z")),
    ("00124 weeks and days together", statement(result__duration="P4W1D")),
    ("00124 no duration at all", statement(result__duration="P")),
]
RIGHT = [
    ("00001 null in extensions", statement(context__extensions={"https://a.example/e": None})),
    ("00024 an authority of two", {**statement(), "authority": LOOSE}),
    ("00034 an agent without objectType", who({"mbox": "mailto:a@b.example"})),
    ("00035 a group without identifier", who(LOOSE)),
    ("00037 a group with members", who(TEAM)),
    ("00039 a hash of a mailbox", who({"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"})),
    ("00040 an openid", who({"openid": "https://sam.example/me"})),
    ("00049 a question", asks()),
    ("00065 a group as object", statement(object=TEAM, context__platform=GONE, context__revision=GONE)),
    ("00066 a statement about a statement", within()),
    ("00073 a reference to a statement", statement(object=REF, context=GONE)),
    ("00081 min alone", statement(result__score={"min": 3})),
    ("00083 scaled at its bound", statement(result__score={"scaled": -1})),
    ("00097 stored, though it is ours to say", {**statement(), "stored": "2013-05-18T05:32:34.804Z"}),
    ("00101 version 1.0.9", {**statement(), "version": "1.0.9"}),
    ("00104 an attachment elsewhere", with_file()),
    ("00119 empty extensions", statement(context__extensions={})),
    (
        "00121 a rare language",
        statement(verb__display={"zh-cmn-Hans-CN": "读", "sl-rozaj-biske": "x", "i-klingon": "y"}),
    ),
    ("00123 a time with an offset", statement(timestamp="2031-04-01T12:00:00.601+00:00")),
    ("00124 a long duration", statement(result__duration="P3Y1M29DT4H35M59.14S")),
    ("00124 weeks", statement(result__duration="P4W")),
]


@pytest.mark.parametrize(("code", "sent"), WRONG, ids=[code for code, _ in WRONG])
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_what_is_refused(store: Store, version: str, code: str, sent: dict) -> None:
    reply = store.as_version(version).post(sent)
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"]


@pytest.mark.parametrize(("code", "sent"), RIGHT, ids=[code for code, _ in RIGHT])
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_what_is_taken(store: Store, version: str, code: str, sent: dict) -> None:
    reply = store.as_version(version).post(changed(sent, {"id": str(uuid4())}))
    assert reply.status_code == 200, reply.text


AROUND = {"objectType": "contextAgent", "agent": SAM, "relevantTypes": ["https://a.example/mentor"]}
AROUND_GROUP = {"objectType": "contextGroup", "group": TEAM}
TWO_ONLY = [
    ("agents around", {"contextAgents": [AROUND]}, 200),
    ("groups around", {"contextGroups": [AROUND_GROUP]}, 200),
    ("an agent of the wrong kind", {"contextAgents": [{**AROUND, "objectType": "Agent"}]}, 400),
    ("a group for an agent", {"contextAgents": [{**AROUND, "agent": TEAM}]}, 400),
    ("no relevant type", {"contextAgents": [{**AROUND, "relevantTypes": []}]}, 400),
    ("a type that is no IRI", {"contextGroups": [{**AROUND_GROUP, "relevantTypes": ["mentor"]}]}, 400),
    ("an agent for a group", {"contextGroups": [{**AROUND_GROUP, "group": SAM}]}, 400),
]


@pytest.mark.parametrize(("words", "context", "status"), TWO_ONLY, ids=[words for words, *_ in TWO_ONLY])
def test_agents_and_groups_around(store: Store, words: str, context: dict, status: int) -> None:
    sent = statement(context=context)
    assert store.post(sent).status_code == status
    assert store.as_version("1.0.3").post(statement(context=context)).status_code == 400
