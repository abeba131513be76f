"""The description is true: its examples work, and it is enough to find one's way."""

import json

import pytest

from contracts import asyncapi

from .conftest import proof
from .described import Description
from .prepared import PREPARED, PreparedExamples

pytestmark = pytest.mark.e2e

STREAMS = Description.committed().streams()
EXAMPLES = [example for example in Description.committed().examples() if example[0] not in STREAMS]


async def test_what_is_served_is_what_is_committed(api):
    served = await api.get("/api/openapi.json")
    assert served.json == Description.committed().document
    served = await api.get("/api/asyncapi.json")
    assert served.json == json.loads(asyncapi.FILE.read_text())


@pytest.fixture
def described():
    return Description.committed()


@pytest.fixture
def prepared(api, stack, write, view, user, link_of, account):
    """What must be so before an example can succeed: the parameters, the headers and the body to ask with."""
    examples = PreparedExamples(api, stack.endpoints.gateway, write, view, user, link_of, account)

    async def prepared(id, body):
        return await getattr(examples, PREPARED.get(id, id if hasattr(examples, id) else "note"))(body)

    return prepared


@pytest.mark.parametrize(("id", "name", "body"), EXAMPLES, ids=[f"{id}-{name}" for id, name, _ in EXAMPLES])
async def test_an_example_gives_the_answer_that_is_described(api, described, prepared, id, name, body):
    if id.startswith("begin_oauth"):
        pytest.skip("no provider is configured here")
    parameters, headers, body = await prepared(id, body)
    target = described.target(id, parameters)
    answer = await api.call(target.method, target.path, json=body, headers=headers, allow_redirects=False)
    described.succeeded(id, answer)


async def test_a_script_finds_its_way_by_the_description_alone(api):
    described = Description((await api.get("/api/openapi.json")).json)
    create = described.target("create_note", {})
    asked = described.example("create_note", "a_note_that_its_sender_can_end") | {"manage_token": proof()}
    created = await api.call(create.method, create.path, json=asked)
    described.succeeded(create.id, created)

    async def follow(link, body=None):
        to = described.linked("create_note", link, asked=asked, answer=created)
        answer = await api.call(to.method, to.path, headers=to.headers, json=body)
        described.succeeded(to.id, answer)
        return answer

    assert (await follow("note_metadata")).json["views_left"] == 1
    assert (await follow("reveal_note", {})).json["content"] == asked["content"]
    assert (await follow("note_status")).json["state"] == "revealed"
    await follow("delete_note")
    ended = described.linked("create_note", "note_status", asked=asked, answer=created)
    gone = await api.call(ended.method, ended.path, headers=ended.headers)
    assert gone.json["code"] == "note_not_found"
    described.check(ended.id, gone)
