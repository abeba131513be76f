"""What a service may do on NATS: its contract, and nothing beside it."""

import asyncio
import json

import nats
import pytest

from chassis import broker
from chassis.settings import ServiceSettings, SettingsError
from contracts.permissions import inbox_prefix

pytestmark = pytest.mark.integration


async def test_a_connection_is_ready_counts_and_ends(servers, make_runtime):
    runtime = make_runtime("notes", ServiceSettings, nats_url=servers.nats_users["notes"])
    runtime.health.start_accepting()
    async with broker.connected(runtime) as client:
        assert runtime.health.report() == (True, {"process": "ok", "nats": "ok"})
        assert runtime.metrics.get_sample_value("nats_connected") == 1
    assert client.is_closed
    assert runtime.metrics.get_sample_value("nats_connected") == 0
    assert runtime.exit_code == 0


async def test_a_connection_closed_for_ever_ends_the_process(servers, make_runtime):
    runtime = make_runtime("notes", ServiceSettings, nats_url=servers.nats_users["notes"])
    async with broker.connected(runtime) as client:
        await client.close()
        async with asyncio.timeout(5):
            await runtime.stop_requested.wait()
    assert runtime.exit_code == 1


class Service:
    """One service's own user on NATS, and what NATS refused it."""

    def __init__(self) -> None:
        self.refused: asyncio.Queue[str] = asyncio.Queue()

    async def connect(self, servers, name: str) -> None:
        async def on_error(error):
            await self.refused.put(str(error))

        self.client = await nats.connect(
            servers.nats_users[name], inbox_prefix=inbox_prefix(name), error_cb=on_error, pending_size=0
        )

    async def refusal(self) -> str:
        async with asyncio.timeout(5):
            return await self.refused.get()


@pytest.fixture
async def user(servers):
    opened = []

    async def connect(name: str) -> Service:
        service = Service()
        await service.connect(servers, name)
        opened.append(service)
        return service

    yield connect
    for service in opened:
        await service.client.close()


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("gateway", "events.notes.v1.note.created"),
        ("gateway", "auth.v1.anything"),
        ("gateway", "$JS.API.STREAM.DELETE.EVENTS"),
        ("gateway", "_INBOX_notes.abc"),
        ("notes", "auth.v1.ping"),
        ("notes", "notes.v1.create_note"),
        ("notes", "$JS.API.STREAM.CREATE.MINE"),
        ("mailer", "events.mailer.v1.mail.sent"),
        ("auth", "events.notes.v1.note.created"),
    ],
)
async def test_publishing_outside_the_contract_is_refused(user, name, subject):
    service = await user(name)
    await service.client.publish(subject, b"forged")
    assert "permissions violation for publish" in (await service.refusal()).lower()


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("gateway", ">"),
        ("gateway", "notes.v1.create_note"),
        ("gateway", "_INBOX_notes.>"),
        ("notes", "_INBOX_gateway.>"),
        ("notes", "_INBOX.>"),
        ("notes", "auth.v1.ping"),
        ("notes", "events.>"),
        ("mailer", "notes.v1.>"),
        ("auth", "$JS.API.>"),
    ],
)
async def test_subscribing_outside_the_contract_is_refused(user, name, subject):
    service = await user(name)
    await service.client.subscribe(subject)
    assert "permissions violation for subscription" in (await service.refusal()).lower()


async def test_a_violation_is_logged_and_counted(servers, make_runtime, capsys):
    runtime = make_runtime("notes", ServiceSettings, nats_url=servers.nats_users["notes"])
    async with broker.connected(runtime) as client:
        await client.publish("auth.v1.ping", b"")
        async with asyncio.timeout(5):
            while not runtime.metrics.get_sample_value("nats_permission_violations_total"):
                await client.flush()
    errors = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [error for error in errors if error["level"] == "error"]
    assert line["event"] == "NATS refused what the contract does not allow"


async def test_an_own_reply_reaches_its_caller_and_nobody_else(user):
    notes, gateway = await user("notes"), await user("gateway")

    async def answer(message):
        await message.respond(b"secret")

    await notes.client.subscribe("notes.v1.note_metadata", cb=answer)
    await notes.client.flush()
    reply = await gateway.client.request("notes.v1.note_metadata", b"{}", timeout=5)
    assert reply.data == b"secret"
    assert reply.subject.startswith("_INBOX_gateway.")
    assert gateway.refused.empty()
    assert notes.refused.empty()


class Node:
    """Says what a node of a cluster says, as far as a client needs to connect; `asked` are their CONNECTs."""

    def __init__(self):
        self.others, self.asked, self._open = [], asyncio.Queue(), []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._speak, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.stop()
        await self._server.wait_closed()

    def stop(self):
        self._server.close()
        for writer in self._open:
            writer.close()

    async def _speak(self, reader, writer):
        self._open.append(writer)
        told = {"max_payload": 1024, "auth_required": True, "headers": True, "connect_urls": self.others}
        writer.write(f"INFO {json.dumps(told)}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"CONNECT "):
                self.asked.put_nowait(json.loads(line.removeprefix(b"CONNECT ")))
            elif line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()


async def test_a_node_that_only_the_server_named_is_told_the_password(make_runtime):
    async with Node() as first, Node() as second:
        first.others = [second.address]
        addresses = f"nats://{first.address},nats://notes:word@{first.address}"
        runtime = make_runtime("notes", ServiceSettings, nats_url=addresses)
        async with broker.connected(runtime):
            first.stop()
            async with asyncio.timeout(5):
                asked = await second.asked.get()
        assert (asked["user"], asked["pass"]) == ("notes", "word")


async def test_addresses_that_name_several_users_stop_the_start(make_runtime):
    addresses = "nats://notes:word@127.0.0.1:1,nats://notes:other@127.0.0.1:2"
    runtime = make_runtime("notes", ServiceSettings, nats_url=addresses)
    with pytest.raises(SettingsError, match="the same user and password"):
        async with broker.connected(runtime):
            pass
