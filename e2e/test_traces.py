"""One request as an operator sees it: one tree of spans, one set of log lines, over every process."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from contracts.registry import SERVICES
from devstack.launcher import launched, temporary_data

from .conftest import Api, claim, slug_of
from .letters import LINK, Mailbox, text_of
from .traces import Collector, collecting, lines, tree

pytestmark = pytest.mark.e2e

SIGN_UP, VIEW = "a1" * 16, "b2" * 16
STRANGER = "c3" * 8
# Not sampled, the stranger says; it is not for them to say.
SIGN_UP_HEADERS = {"traceparent": f"00-{SIGN_UP}-{STRANGER}-00", "X-Request-Id": "canary-sign-up"}
VIEW_HEADERS = {"traceparent": f"00-{VIEW}-{STRANGER}-00"}

DATABASE = {"auth: transaction": {}}


@dataclass(frozen=True, slots=True)
class Told:
    collector: Collector
    lines: list[dict]
    metrics: dict[str, str]
    secrets: list[str]


@pytest.fixture(scope="module")
async def told(plenty):
    """A sign-up, and a note whose author wants to know when it is opened; then all is stopped."""
    with pytest.MonkeyPatch.context() as environment, temporary_data() as data:
        async with collecting() as collector:
            for service in SERVICES:
                environment.setenv(f"{service.upper()}_OTLP_ENDPOINT", collector.url)
                environment.setenv(f"{service.upper()}_LOG_LEVEL", "debug")
            with launched(data) as devstack:
                await asyncio.to_thread(devstack.wait_until_ready)
                async with aiohttp.ClientSession() as session:
                    api = Api(session, devstack.endpoints.gateways)
                    secrets = await sign_up_and_read(api, Mailbox(Path(devstack.endpoints.mailbox)))
                await asyncio.to_thread(devstack.stop_cleanly)
                yield Told(collector, lines(devstack), {}, secrets)


async def sign_up_and_read(api, mailbox) -> list[str]:
    """What nobody who looks at traces, metrics and logs may see."""
    address, password, content = f"{uuid4().hex}@example.com", uuid4().hex, uuid4().hex
    credentials = {"email": address, "password": password}
    assert (await api.post("/api/v1/auth/signup", credentials, headers=SIGN_UP_HEADERS)).status == 201
    token = LINK.search(text_of(await mailbox.wait_for(address)))[1]
    assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200
    tokens = (await api.post("/api/v1/auth/signin", credentials)).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    note = {"content": content, "notify": True, "password": password}
    slug = slug_of((await api.post("/api/v1/note", note, headers=bearer)).json["slug"])
    secret = claim()
    viewed = await api.post(
        f"/api/v1/note/{slug}/view", {"claim": secret, "password": password}, headers=VIEW_HEADERS
    )
    assert viewed.json["content"] == content
    await mailbox.wait_for(address, 2)
    return [address, password, content, token, *tokens.values(), slug, secret]


async def test_a_sign_up_is_one_tree_from_the_gateway_to_smtp(told):
    spans = told.collector.spans(SIGN_UP)
    assert tree(spans, STRANGER) == {
        "gateway: POST /api/v1/auth/signup": {
            "gateway: auth.v1.sign_up": {
                "auth: sign_up": {
                    "auth: argon2": {},
                    "auth: transaction": {},
                    "auth: publish events.auth.v1.user.signed_up": {
                        "mailer: process events.auth.v1.user.signed_up": {
                            "mailer: transaction": {},
                            "mailer: letter verify": {
                                "mailer: auth.v1.mail_details": {
                                    "auth: mail_details": {"auth: statements": {}}
                                },
                                "mailer: smtp": {},
                                "mailer: statements": {},
                                "mailer: auth.v1.mail_settled": {
                                    "auth: mail_settled": {"auth: statements": {}}
                                },
                            },
                        }
                    },
                }
            }
        }
    }


async def test_a_view_is_one_tree_to_the_letter_about_it(told):
    below = tree(told.collector.spans(VIEW), STRANGER)
    view = below["gateway: POST /api/v1/note/{slug}/view"]["gateway: notes.v1.reveal_note"]
    taken = view["notes: reveal_note"]
    assert "notes: batch take_view" in taken
    published = taken["notes: publish events.notes.v1.note.revealed"]
    process = published["mailer: process events.notes.v1.note.revealed"]
    assert "mailer: smtp" in process["mailer: letter note_opened"]


async def test_a_sign_up_is_one_set_of_lines(told):
    of_it = [line for line in told.lines if line.get("trace_id") == SIGN_UP]
    assert {(line["service"], line["event"]) for line in of_it} >= {
        ("gateway", "answered"),
        ("auth", "answered"),
        ("auth", "an event was published"),
        ("mailer", "an event was settled"),
        ("mailer", "a letter was attempted"),
    }
    (event_id,) = {line["request_id"] for line in of_it if line["event"] == "an event was published"}
    assert {line["request_id"] for line in of_it} == {"canary-sign-up", event_id}
    assert {line["request_id"] for line in of_it if line["service"] == "mailer"} == {event_id}


async def test_what_the_client_gave_no_ids_has_one_for_both(told):
    answered = [
        line for line in told.lines if line["service"] == "gateway" and line.get("route") == "/api/v1/note"
    ]
    assert answered
    assert all(line["request_id"] == line["trace_id"] for line in answered)


async def test_no_trace_and_no_line_holds_what_somebody_sent(told):
    sent = b"\n".join(told.collector.bodies)
    assert b"events.auth.v1.user.signed_up" in sent
    logged = str(told.lines)
    for secret in [*told.secrets, "127.0.0.1:"]:
        assert secret.encode() not in sent
    for secret in told.secrets:
        assert secret not in logged
