"""Hashes with the parameters of earlier days, made anew when their passwords come by."""

from __future__ import annotations

import asyncio

from auth.domain.account import Credentials
from auth.storage.account_repository import AccountRepository
from chassis.logs import Logger
from chassis.passwords import PasswordHashing
from contracts.context import RequestContext, request_id
from contracts.errors import ServiceError

WAITING = 16
WITHIN = 30.0


class Rehasher:
    """After the reply, one at a time. What does not fit or fails is for the user's next sign-in."""

    def __init__(self, accounts: AccountRepository, passwords: PasswordHashing, log: Logger) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._log = log
        self._queue: asyncio.Queue[tuple[Credentials, str]] = asyncio.Queue()

    def consider(self, credentials: Credentials, password: str) -> None:
        """The password is known to be right. Returns at once."""
        if self._passwords.outdated(credentials.password_hash) and self._queue.qsize() < WAITING:
            self._queue.put_nowait((credentials, password))

    async def run(self) -> None:
        while True:
            credentials, password = await self._queue.get()
            try:
                context = RequestContext.lasting(WITHIN, request_id=request_id())
                password_hash = await self._passwords.hash(password, context)
                await self._accounts.replace_hash(credentials, password_hash)
            except ServiceError as error:
                self._log.info("a password was not hashed anew", code=error.code)
