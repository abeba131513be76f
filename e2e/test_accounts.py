"""Accounts over the whole stack: from the sign-up to a note of one's own."""

import asyncio
import json
import time
from uuid import uuid4

import asyncpg
import nats
import pytest

pytestmark = pytest.mark.e2e

PASSWORD = "correct horse battery"


def address() -> str:
    return f"{uuid4().hex}@example.com"


async def post(api, operation, **body):
    answer = await api.post(f"/api/v1/auth/{operation}", body)
    return answer.status, answer.json.get("code", "")


async def test_from_the_sign_up_to_a_note_of_ones_own(api, stack, link_of):
    email = address()
    credentials = {"email": email, "password": PASSWORD}
    signed_up = await api.post("/api/v1/auth/signup", credentials)
    assert (signed_up.status, signed_up.json) == (201, {})
    waiting = await api.post("/api/v1/auth/signin", credentials)
    assert (waiting.status, waiting.json["code"]) == (400, "user_not_activated")
    assert waiting.json["message"] == "user is not activated"

    token = (await link_of(email)).partition("#")[2]
    verified = await api.post("/api/v1/auth/verify", {"token": token})
    assert (verified.status, verified.json) == (200, {})
    assert await post(api, "verify", token=token) == (400, "link_invalid")

    signed_in = await api.post("/api/v1/auth/signin", credentials)
    assert signed_in.status == 200
    assert set(signed_in.json) == {"access_token", "refresh_token"}
    bearer = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
    for gateway in stack.endpoints.gateways:
        created = await api.post(f"{gateway}/api/v1/note", {"content": "mine"}, headers=bearer)
        assert created.status == 201
    mine = await api.get("/api/v1/note", headers=bearer)
    assert [note["content"] for note in mine.json] == ["mine"] * len(stack.endpoints.gateways)


async def test_every_refusal_has_its_status(api):
    email = address()
    assert await post(api, "signup", email=email, password="short") == (400, "invalid_request")
    assert await post(api, "signup", email=email, password="password1") == (400, "invalid_request")
    assert await post(api, "signup", email="nobody", password=PASSWORD) == (400, "invalid_request")
    assert await post(api, "signup", email=email, password=PASSWORD, x=1) == (400, "invalid_request")
    assert await post(api, "signin", email=email, password=PASSWORD) == (400, "credentials_wrong")
    assert await post(api, "verify", token="A" * 43) == (400, "link_invalid")
    assert await post(api, "verify", token="short") == (400, "invalid_request")
    assert await post(api, "resend-verification-email", email=email) == (200, "")
    assert (await api.get("/api/v1/auth/signup")).status == 405


async def test_what_happened_is_published_without_an_address(api, stack, link_of):
    email = address()
    await post(api, "signup", email=email, password=PASSWORD)
    await post(api, "verify", token=(await link_of(email)).partition("#")[2])
    connection = await asyncpg.connect(stack.endpoints.postgres["auth"])
    user_id = await connection.fetchval("SELECT id FROM users WHERE email_key = $1", email)
    await connection.close()

    client = await nats.connect(stack.endpoints.nats)
    js = client.jetstream()
    deadline = time.monotonic() + 10
    for kind in ("signed_up", "verified"):
        while True:
            try:
                last = json.loads((await js.get_last_msg("EVENTS", f"events.auth.v1.user.{kind}")).data)
            except nats.js.errors.NotFoundError:
                last = {}
            if last.get("subject") == str(user_id):
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert last["data"] == {"user_id": str(user_id)}
    await client.close()


async def test_no_log_and_no_metric_tells_who_it_was(api, stack, logs, link_of):
    email, password = f"canary{uuid4().hex}@example.com", f"canary {uuid4().hex}"
    await post(api, "signup", email=email, password=password)
    link = await link_of(email)
    token = link.partition("#")[2]
    await post(api, "verify", token=token)
    tokens = (await api.post("/api/v1/auth/signin", {"email": email, "password": password})).json
    await post(api, "signin", email=email, password=password + "!")
    await post(api, "signup", email=email, password=password)

    told = {log.name: log.read_text() for log in logs}
    for url in [url for urls in stack.endpoints.metrics.values() for url in urls]:
        told[url] = (await api.get(url)).text
    # The search looks at the right things.
    assert "/api/v1/auth/signin" in "".join(text for name, text in told.items() if "gateway" in name)
    assert any('auth_sign_ins_total{outcome="opened"}' in text for text in told.values())
    for secret in (email, password, token, *tokens.values()):
        assert [place for place, text in told.items() if secret in text] == []
