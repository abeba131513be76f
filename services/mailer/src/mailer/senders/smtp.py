"""Hands mail to an SMTP server, over connections that are kept for the next mail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as PLAIN
from email.policy import SMTPUTF8
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP

from chassis import tracing
from mailer.domain.failure import PostponedError, RefusedError, SendingError

NOOP_TIMEOUT = 2.0
QUIT_TIMEOUT = 1.0
PERMANENT = range(500, 600)
# About us, and for us to mend, so that no letter need die of it: authentication required, failed, or only
# under TLS (RFC 4954), and a policy that refuses us as a client of the relay (RFC 3463, X.7.X).
OURS = frozenset({530, 535, 538})
OUR_POLICY = "5.7."
# RFC 5321, 3.8: the server closes the connection.
CLOSING = 421


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where, how protected, and as whom. `timeout` in seconds for each answer of the server."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: str
    timeout: float


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Trusts what the system trusts, and the certificates in `ca_file` if it is named.

    Raises `OSError` (`ssl.SSLError` is one) for a file that cannot be read.
    """
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


@asynccontextmanager
async def connected(server: SmtpServer, envelope_from: str, tls: ssl.SSLContext) -> AsyncIterator[SmtpSender]:
    """A sender, whose connections are closed at the end. Nothing is connected before the first mail."""
    sender = SmtpSender(server, envelope_from, tls)
    try:
        yield sender
    finally:
        await sender.close()


class SmtpSender:
    """Any number of mails at once, each over a connection of its own while it goes."""

    def __init__(self, server: SmtpServer, envelope_from: str, tls: ssl.SSLContext) -> None:
        self._server = server
        self._envelope_from = envelope_from
        self._tls = tls
        self._idle: list[SMTP] = []

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Returns once the server has taken it, which a 250 after its last line says.

        Raises `RefusedError` when the server refuses the recipient or the message for good (5xx that is
        not about us), and `PostponedError` for whatever else goes wrong. A connection that breaks before
        the message begins is replaced once; one that breaks later leaves unknown whether the server took it.
        """
        with tracing.within("client", "smtp"):
            await self._send(message, recipient)

    async def _send(self, message: EmailMessage, recipient: str) -> None:
        utf8 = not recipient.isascii()
        content = message.as_bytes(policy=SMTPUTF8 if utf8 else PLAIN)
        connection = await self._envelope(recipient, utf8=utf8)
        try:
            await connection.data(content)
        except BaseException as error:
            connection.close()
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                raise _failure("message", error) from error
            raise
        self._idle.append(connection)

    async def greet(self) -> None:
        """Returns once the server has taken us, by TLS and password as the settings say. Sends nothing.

        Raises `PostponedError`.
        """
        self._idle.append(await self._alive() or await self._fresh())

    async def close(self) -> None:
        """Say goodbye on the idle connections."""
        await asyncio.gather(*(_quit(connection) for connection in self._idle))

    async def _envelope(self, recipient: str, *, utf8: bool) -> SMTP:
        """A connection on which the server has accepted sender and recipient."""
        connection = await self._alive() or await self._fresh()
        try:
            await self._addressed(connection, recipient, utf8=utf8)
        except _BrokenError:
            connection = await self._fresh()
            try:
                await self._addressed(connection, recipient, utf8=utf8)
            except _BrokenError:
                raise PostponedError("smtp: connection lost") from None
        return connection

    async def _addressed(self, connection: SMTP, recipient: str, *, utf8: bool) -> None:
        """Say from whom and to whom. On an error the connection is closed."""
        if utf8 and not connection.supports_extension("smtputf8"):
            connection.close()
            raise RefusedError("smtp: the server takes no such address")
        encoding = "utf-8" if utf8 else "ascii"
        stage = "sender"
        try:
            options = ["SMTPUTF8"] if utf8 else []
            await connection.mail(self._envelope_from, options=options, encoding=encoding)
            stage = "recipient"
            await connection.rcpt(recipient, encoding=encoding)
        except BaseException as error:
            connection.close()
            if isinstance(error, aiosmtplib.SMTPServerDisconnected) or _code(error) == CLOSING:
                raise _BrokenError from error
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                raise _failure(stage, error) from error
            raise

    async def _alive(self) -> SMTP | None:
        """An idle connection that answers, if there is one."""
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.noop(timeout=NOOP_TIMEOUT)
            except (aiosmtplib.SMTPException, OSError):
                connection.close()
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        return None

    async def _fresh(self) -> SMTP:
        """A new connection, protected and authenticated as the settings say."""
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password if server.user else None,
            timeout=server.timeout,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await connection.connect()
            await connection.ehlo()
        except BaseException as error:
            connection.close()
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                raise _not_connected(error) from error
            raise
        return connection


class _BrokenError(Exception):
    """The connection is gone, and no message was begun on it."""


def _code(error: BaseException) -> int | None:
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None


def _failure(stage: str, error: aiosmtplib.SMTPException | OSError) -> SendingError:
    code = _code(error)
    if code is None:
        timed_out = isinstance(error, TimeoutError)
        return PostponedError("smtp: no answer" if timed_out else "smtp: connection lost")
    # At the message, 5.7.X is what filters say to this one.
    policy = stage == "recipient" and getattr(error, "message", "").startswith(OUR_POLICY)
    ours = stage == "sender" or code in OURS or policy
    permanent = code in PERMANENT and not ours
    return (RefusedError if permanent else PostponedError)(f"smtp: {code} for the {stage}")


def _not_connected(error: aiosmtplib.SMTPException | OSError) -> PostponedError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return PostponedError("smtp: TLS failed")
        cause = cause.__cause__
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return PostponedError(f"smtp: {error.code} for the authentication")
    return PostponedError("smtp: no connection")


async def _quit(connection: SMTP) -> None:
    try:
        await connection.quit(timeout=QUIT_TIMEOUT)
    except (aiosmtplib.SMTPException, OSError):
        connection.close()
