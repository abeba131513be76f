"""A real SMTP server that does what a test wants of it, and counts what it took."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from devstack.ports import LOOPBACK, free_ports

KEPT = "250 Kept"

# It tells every command, at length.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Sink:
    """`accepted` counts the Message-IDs that it said 250 to, `mails` holds the last of each.

    `on_noop`, `on_sender`, `on_recipient` and `on_data` are asked before it answers: None takes it, a
    text is the answer instead.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self.port = free_ports(1)[0]
        self.accepted: Counter[str] = Counter()
        self.mails: dict[str, EmailMessage] = {}
        self.connections = 0
        self._tls = tls
        self._options = options
        self._open: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self.behave()

    def behave(self) -> None:
        """Take everything from now on."""
        self.on_noop: Any = _take
        self.on_sender: Any = _take
        self.on_recipient: Any = _take
        self.on_data: Any = _take

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            self._session, LOOPBACK, self.port, ssl=self._tls
        )

    async def stop(self) -> None:
        """Listen no more, and cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        # So that the cut connections are over when the port is wanted again.
        await asyncio.sleep(0)

    def cut(self) -> None:
        for transport in self._open:
            # One by TLS that is over has nothing left to abort, and trips over that in Python 3.11.2.
            if not transport.is_closing():
                transport.abort()
        self._open.clear()

    def _session(self) -> SMTP:
        self.connections += 1
        session = SMTP(
            self,
            hostname="localhost",
            loop=asyncio.get_running_loop(),
            **{"enable_SMTPUTF8": True} | self._options,
        )
        made = session.connection_made

        def connection_made(transport: asyncio.Transport) -> None:
            self._open.add(transport)
            made(transport)

        session.connection_made = connection_made
        return session

    async def handle_NOOP(self, server, session, envelope, argument):  # noqa: N802
        return await self.on_noop(server, argument) or "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self.on_sender(server, address)
        if answer is not None:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self.on_recipient(server, address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        answer = await self.on_data(server, message["Message-ID"])
        if answer is None or answer == KEPT:
            self.accepted[message["Message-ID"]] += 1
            self.mails[message["Message-ID"]] = message
        return answer or KEPT

    async def handle_exception(self, error):
        return "451 Gone"


async def _take(server: SMTP, what: str) -> str | None:
    return None


@pytest.fixture
async def make_sink() -> AsyncIterator[Any]:
    """Start an SMTP server with options of aiosmtpd, until the test ends."""
    sinks = []

    async def make(**options: Any) -> Sink:
        sink = Sink(**options)
        await sink.start()
        sinks.append(sink)
        return sink

    yield make
    for sink in sinks:
        await sink.stop()


@pytest.fixture
async def sink(make_sink) -> Sink:
    return await make_sink()


@pytest.fixture(scope="session")
def until():
    """Wait until `look()` gives something true, and give that."""

    async def wait(look, *, within=30.0):
        async with asyncio.timeout(within):
            while True:
                found = look()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.02)

    return wait
