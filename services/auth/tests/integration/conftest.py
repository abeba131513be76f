"""The auth service's use cases over a real PostgreSQL, put together as the service does, twice."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import jwt
import pytest
from prometheus_client import CollectorRegistry

from auth.app import Parts, elsewhere, parts
from auth.rpc import UseCases
from auth.settings import AuthSettings
from chassis import logs, postgres
from chassis.passwords import PasswordHashing, password_hashing
from chassis.postgres import Database
from chassis.runtime import Runtime
from contracts.actor import Actor
from contracts.auth import rpc
from contracts.auth.events import UserSessionsRevoked
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """What one process of the service has."""

    parts: Parts
    database: Database
    runtime: Runtime[AuthSettings]

    @property
    def use(self) -> UseCases:
        return self.parts.use

    def counted(self, name: str, **labels: str) -> float:
        return self.runtime.metrics.get_sample_value(name, labels) or 0


class Asking:
    """Who asks, and what came of it."""

    def context(self, actor: Actor | None = None) -> RequestContext:
        return RequestContext.lasting(60, request_id="test", actor=actor)

    async def signed_in(self, replica: Replica, email: str, password: str = PASSWORD) -> Actor:
        """In a session of their own."""
        tokens = await self.sign_in(replica, email, password)
        assert isinstance(tokens, rpc.Tokens), tokens
        claims = jwt.decode(tokens.access_token, options={"verify_signature": False})
        return Actor(UUID(claims["sub"]), UUID(claims["sid"]))

    async def refused(self, asked: Awaitable[object]) -> ErrorCode | None:
        """The code of the refusal; None when it was done."""
        try:
            await asked
        except ServiceError as error:
            return error.code
        return None

    def acting(self, tokens: rpc.Tokens) -> RequestContext:
        """As the gateway tells who asks."""
        claims = jwt.decode(tokens.access_token, options={"verify_signature": False})
        actor = Actor(UUID(claims["sub"]), UUID(claims["sid"]))
        return RequestContext.lasting(60, request_id="test", actor=actor)

    def address(self) -> str:
        return f"{uuid4().hex}@example.com"

    async def sign_up(self, replica: Replica, email: str, password: str = PASSWORD) -> ErrorCode | None:
        return await self.refused(
            replica.use.sign_up(rpc.SignUp(email=email, password=password), self.context())
        )

    async def sign_in(self, replica: Replica, email: str, password: str = PASSWORD) -> rpc.Tokens | ErrorCode:
        try:
            return await replica.use.sign_in(rpc.SignIn(email=email, password=password), self.context())
        except ServiceError as error:
            return error.code

    async def refresh(self, replica: Replica, refresh_token: str) -> rpc.Tokens | ErrorCode:
        request = rpc.RefreshSession(refresh_token=refresh_token)
        try:
            return await replica.use.refresh_session(request, self.context())
        except ServiceError as error:
            return error.code

    async def verify(self, replica: Replica, token: str) -> ErrorCode | None:
        return await self.refused(replica.use.verify_email(rpc.VerifyEmail(token=token), self.context()))

    async def resend(self, replica: Replica, email: str) -> ErrorCode | None:
        request = rpc.ResendVerification(email=email)
        return await self.refused(replica.use.resend_verification(request, self.context()))

    async def details(self, replica: Replica, event_id: UUID) -> rpc.MailDetails | ErrorCode:
        try:
            return await replica.use.mail_details(rpc.GetMailDetails(event_id=event_id), self.context())
        except ServiceError as error:
            return error.code

    async def until(self, condition: Callable[[], Awaitable[object]], within: float = 10) -> None:
        deadline = time.monotonic() + within
        while not await condition():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    async def until_blocked(self, sql: asyncpg.Connection, count: int = 1) -> None:
        """Until so many statements wait for a lock of `sql`'s open transaction, or in the queue for it."""

        async def blocked() -> bool:
            # Not of pg_stat_activity, which inside a transaction stays as it was first seen.
            waiting = await sql.fetchval("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return bool(waiting >= count)

        await self.until(blocked)


@dataclass(frozen=True, slots=True)
class Mail:
    """What the mailer would learn."""

    sql: asyncpg.Connection
    replica: Replica
    asking: Asking

    async def events(self, email: str) -> list[asyncpg.Record]:
        """The events of an address's letters that were not sent, in order."""
        return await self.sql.fetch(
            """
            SELECT outbox.id, outbox.type, outbox.data FROM outbox JOIN letters ON event_id = outbox.id
            WHERE recipient = $1 ORDER BY outbox.id
            """,
            email,
        )

    async def tokens(self, email: str) -> list[str]:
        details = [await self.asking.details(self.replica, event["id"]) for event in await self.events(email)]
        links = [mail.link for mail in details if isinstance(mail, rpc.MailDetails) and mail.link]
        return [link.partition("#")[2] for link in links]


@pytest.fixture(scope="session")
def asking():
    return Asking()


@pytest.fixture(scope="session")
def service_settings(servers):
    """The lock timeout is above PostgreSQL's deadlock_timeout: a deadlock is then told as one."""
    return {
        "nats_url": servers.nats,
        "database_url": servers.postgres["auth"],
        "secret": base64.b64encode(os.urandom(32)).decode(),
        "public_url": "https://notes.example.com",
        "database_lock_timeout": 5,
        "database_statement_timeout": 10,
    }


@pytest.fixture(scope="session")
def make_replica(service_settings):
    """`async with make_replica(passwords, **other_settings) as replica`: with a pool of its own."""

    @asynccontextmanager
    async def made(passwords: PasswordHashing, **other: Any):
        settings = AuthSettings(**(service_settings | other))
        runtime = Runtime("auth", settings, logs.configure("auth", level="debug"))
        async with postgres.connected(runtime) as database, elsewhere(runtime) as there:
            composed = await parts(runtime, database, passwords, there)
            yield Replica(parts=composed, database=database, runtime=runtime)

    return made


@pytest.fixture(scope="session")
async def passwords():
    async with password_hashing(CollectorRegistry()) as passwords:
        yield passwords


@pytest.fixture(scope="session")
async def replicas(make_replica, passwords, sql):
    """Two processes' worth of the service, on the same database."""
    await sql.execute("TRUNCATE signing_keys")
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(make_replica(passwords)) for _ in range(2)]


@pytest.fixture(scope="session")
def replica(replicas):
    return replicas[0]


@pytest.fixture(scope="session")
async def sql(servers):
    """A connection of the service's role, to look at the tables and to let time pass in them."""
    connection = await asyncpg.connect(servers.postgres["auth"])
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def mail(sql, replica, asking):
    return Mail(sql, replica, asking)


@pytest.fixture
def make_account(replica, asking, mail):
    """A verified account; gives its address."""

    async def made(email: str | None = None, password: str = PASSWORD) -> str:
        email = email or asking.address()
        assert await asking.sign_up(replica, email, password) is None
        assert await asking.verify(replica, (await mail.tokens(email))[-1]) is None
        return email

    return made


@pytest.fixture
def make_session(replica, asking, make_account):
    """A session of a new account, or of one by its address; gives its tokens."""

    async def made(email: str | None = None) -> rpc.Tokens:
        tokens = await asking.sign_in(replica, email or await make_account())
        assert isinstance(tokens, rpc.Tokens)
        return tokens

    return made


@pytest.fixture
def revoked(sql):
    """The session ids of each event that a user's sessions were revoked by, in order."""

    async def told(user_id: UUID) -> list[set[UUID]]:
        rows = await sql.fetch(
            "SELECT data FROM outbox WHERE type = $1 AND entity_id = $2 ORDER BY id",
            UserSessionsRevoked.subject,
            user_id,
        )
        return [set(UserSessionsRevoked.model_validate_json(row["data"]).session_ids) for row in rows]

    return told


@pytest.fixture
def living_sessions(sql):
    """How many an address has."""

    async def count(email: str) -> int:
        of_address = "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email_key = $1"
        return int(await sql.fetchval(of_address, email))

    return count


@pytest.fixture
def let_pass(sql):
    """`let_pass(email, "25 hours")`: everything about an address is so much older."""

    async def passed(email: str, interval: str) -> None:
        user_id = await sql.fetchval("SELECT id FROM users WHERE email_key = lower($1)", email)
        times = {
            "users": ("id", "created_at", "lapses_at"),
            "sign_ups": ("user_id", "created_at", "expires_at"),
            "letters": ("user_id", "created_at", "requested_at", "expires_at"),
            "sessions": ("user_id", "created_at", "idle_expires_at", "expires_at"),
        }
        for table, (key, *columns) in times.items():
            moved = ", ".join(f"{column} = {column} - interval '{interval}'" for column in columns)
            await sql.execute(f"UPDATE {table} SET {moved} WHERE {key} = $1", user_id)
        await sql.execute(
            f"""
            UPDATE refresh_tokens SET created_at = refresh_tokens.created_at - interval '{interval}',
                rotated_at = rotated_at - interval '{interval}'
            FROM sessions WHERE sessions.id = session_id AND user_id = $1
            """,
            user_id,
        )

    return passed
