"""`./task seed` fills a stack with people and notes, and may be asked again."""

import asyncio
from dataclasses import replace

import pytest

from devstack.errors import StackError
from devstack.seed import PASSWORD, VERIFIED, WAITING, seed

pytestmark = pytest.mark.e2e


async def test_a_seeded_stack_has_people_who_sign_in_and_notes_of_every_kind(stack, api):
    lines = []
    for _ in range(2):
        await asyncio.to_thread(seed, stack.endpoints, lines.append)
    assert any(PASSWORD in line for line in lines)

    for email in VERIFIED:
        assert any(email in line for line in lines)
        signed_in = await api.post("/api/v1/auth/signin", {"email": email, "password": PASSWORD})
        headers = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
        listed = {
            path: (await api.get(f"/api/v1/note{path}", headers=headers)).json
            for path in ("", "/read", "/unread")
        }
        assert len(listed[""]) == 2 * 7
        assert len(listed["/read"]) == 2 * 4
        assert any(note["has_password"] for note in listed["/unread"])
        assert any(note["keep_before_expiration"] for note in listed[""])
    waiting = await api.post("/api/v1/auth/signin", {"email": WAITING, "password": PASSWORD})
    assert (waiting.status, waiting.json["code"]) == (400, "user_not_activated")


async def test_what_cannot_be_seeded_says_why(stack):
    with pytest.raises(StackError, match="servers alone"):
        seed(replace(stack.endpoints, gateway=""), print)
    with pytest.raises(StackError, match="does not answer"):
        seed(replace(stack.endpoints, gateway="http://127.0.0.1:1"), print)
