"""What is one user's is out of another's reach, on every operation that the description has."""

import json
from uuid import uuid4

import pytest

from .described import Description
from .letters import PASSWORD

pytestmark = pytest.mark.e2e

# What opens by itself for whoever has it, and is not looked at here. Nor are streams: they would not end.
BEARER = {
    "reveal_note": "a slug opens its note",
    "reveal_note_by_get": "a slug opens its note",
    "acknowledge_reveal": "the claim of a reader",
    "note_metadata": "a slug tells of its note",
    "refresh_session": "a refresh token is its session",
    "refresh_cookie_session": "a refresh token is its session",
    "close_cookie_session": "a refresh token is its session",
}
DOCUMENT = Description.committed().document
OPERATIONS = sorted(
    operation["operationId"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    if operation["operationId"] not in BEARER | dict.fromkeys(Description.committed().streams())
)
BODIES = {id: body for id, _, body in Description.committed().examples()}


@pytest.fixture
async def owner(account, write):
    """Somebody with a note, and a second one that waits beside it."""
    somebody = await account()
    path = await write("canary of the owner", somebody.headers, slug=f"owners-{uuid4().hex}")
    return somebody, path.rpartition("/")[2]


@pytest.fixture
def belongings(api):
    """All that somebody has, as they see it."""

    async def look(somebody):
        answers = {
            path: await api.get(f"/api/v1/{path}", headers=somebody.headers)
            for path in ("me", "note", "auth/sessions", "auth/identities", "me/export")
        }
        assert {answer.status for answer in answers.values()} == {200}, {
            path: answer.text for path, answer in answers.items()
        }
        return {path: answer.json for path, answer in answers.items()}

    return look


def body_of(id, owner, slug):
    """The example, and in it what is the owner's wherever something can be."""
    body = BODIES.get(id)
    theirs = {
        "email": owner.email,
        "new_email": owner.email,
        "refresh_token": owner.refresh_token,
        "slug": slug,
    }
    return body and body | {name: value for name, value in theirs.items() if name in body}


@pytest.mark.parametrize("id", OPERATIONS)
async def test_nothing_of_one_user_is_told_to_or_changed_by_another(
    api, stack, account, owner, belongings, sign_in, id
):
    somebody, slug = owner
    stranger = await account()
    before = await belongings(somebody)
    target = Description.committed().target(
        id,
        {
            "slug": slug,
            "session_id": somebody.session_id,
            "provider": "google",
            "token": "x" * 43,
        },
    )
    body = body_of(id, somebody, slug)
    if id in {"open_cookie_session", "sign_in"}:
        body |= {"password": f"{PASSWORD}, guessed"}
    answer = await api.call(
        target.method,
        target.path,
        json=body,
        headers=stranger.headers | {"Origin": stack.endpoints.gateway},
        allow_redirects=False,
    )
    assert answer.status < 500, answer.text
    # The stranger is somebody; who is nobody reaches nothing, and that would show nothing.
    assert answer.status != 401, answer.text
    if target.path.startswith("/api/v1"):
        told = answer.text + str(answer.headers)
        for secret in (
            somebody.email,
            somebody.session_id,
            somebody.access_token,
            somebody.refresh_token,
            "canary of the owner",
        ):
            assert secret not in told, secret
    assert await belongings(somebody) == before
    await sign_in(somebody.email)


def test_what_is_looked_at_is_all_there_is():
    assert len(OPERATIONS) > 35
    described = json.dumps(DOCUMENT)
    assert all(f'"operationId": "{id}"' in described for id in BEARER)
