"""An independent client, tincan, writes and reads."""

from uuid import uuid4

import pytest
from parts import Web
from tincan import (
    Activity,
    ActivityDefinition,
    Agent,
    AgentAccount,
    LanguageMap,
    RemoteLRS,
    StateDocument,
    Statement,
    Verb,
    lrs_response,
)
from xapi_store import Store


@pytest.fixture
def remote(store: Store, web_server: Web) -> RemoteLRS:
    return RemoteLRS(endpoint=f"{web_server.url}/xapi", version="1.0.3", username=store.auth[0], password=store.auth[1])


def sentence(name: str) -> Statement:
    return Statement(
        actor=Agent(name="Sam", account=AgentAccount(home_page="https://a.example", name=name)),
        verb=Verb(id="https://a.example/verbs/read", display=LanguageMap({"en-US": "read"})),
        object=Activity(
            id=f"https://a.example/{uuid4()}", definition=ActivityDefinition(name=LanguageMap({"en-US": "Leaf"}))
        ),
    )


def right(reply: lrs_response.LRSResponse) -> object:
    assert reply.success, reply.data
    return reply.content


def test_statements(remote: RemoteLRS) -> None:
    name = str(uuid4())
    first = right(remote.save_statement(sentence(name)))
    rest = right(remote.save_statements([sentence(name) for _ in range(4)]))
    told = right(remote.retrieve_statement(first.id))
    assert told.actor.account.name == name
    assert told.stored
    who = Agent(account=AgentAccount(home_page="https://a.example", name=name))
    page = right(remote.query_statements({"agent": who, "limit": 3}))
    assert len(page.statements) == 3
    assert page.more
    ids = {str(one.id) for one in page.statements}
    page = right(remote.more_statements(page.more))
    ids |= {str(one.id) for one in page.statements}
    assert ids == {str(one.id) for one in [first, *rest]}
    assert not page.more


def test_state(remote: RemoteLRS) -> None:
    activity, who = Activity(id=f"https://a.example/{uuid4()}"), Agent(mbox="mailto:sam@a.example")
    document = StateDocument(activity=activity, agent=who, id="bookmark", content="page 3", content_type="text/plain")
    right(remote.save_state(document))
    told = right(remote.retrieve_state(activity, who, "bookmark"))
    assert bytes(told.content) == b"page 3"
    assert right(remote.retrieve_state_ids(activity, who)) == ["bookmark"]
    right(remote.delete_state(told))
    assert right(remote.retrieve_state_ids(activity, who)) == []
