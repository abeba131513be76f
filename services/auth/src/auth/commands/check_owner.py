"""Is it the owner who asks: not somebody who found their browser open, or their access token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from auth.domain.owner import Owner, password_wrong, sign_in_again
from chassis.passwords import PasswordHashing
from contracts.context import RequestContext


class Owners(Protocol):
    async def find(self, context: RequestContext) -> Owner: ...

    async def take_guess(self, owner: Owner, context: RequestContext) -> bool: ...

    async def forget_guesses(self, owner: Owner, context: RequestContext) -> None: ...


class CheckOwner:
    """By the password, or by a sign-in a short time ago.

    A session that took ten wrong passwords in a row takes no more, and its owner signs in again. A guess
    counts before it is compared, so that none is made beside the count.
    """

    def __init__(self, owners: Owners, passwords: PasswordHashing) -> None:
        self._owners = owners
        self._passwords = passwords

    async def by_password(self, password: str, context: RequestContext) -> None:
        """Raises `unauthenticated`, `password_wrong` (also where there is none) or `sign_in_again`."""
        await self._compare(await self._owners.find(context), password, context)

    async def by_password_or_sign_in(self, password: str | None, context: RequestContext) -> None:
        """The password if one is given and there is one, else a recent sign-in. Raises likewise."""
        owner = await self._owners.find(context)
        if password is None or owner.password_hash is None:
            owner.check_sign_in(datetime.now(UTC))
        else:
            await self._compare(owner, password, context)

    async def by_password_if_any(self, password: str | None, context: RequestContext) -> None:
        """The password if there is one, else a recent sign-in. Raises likewise."""
        owner = await self._owners.find(context)
        if owner.password_hash is None:
            owner.check_sign_in(datetime.now(UTC))
        else:
            await self._compare(owner, password, context)

    async def _compare(self, owner: Owner, password: str | None, context: RequestContext) -> None:
        if password is None or owner.password_hash is None:
            raise password_wrong()
        with self._passwords.place():
            if not await self._owners.take_guess(owner, context):
                raise sign_in_again()
            right = await self._passwords.matches(password, owner.password_hash, context)
        if not right:
            raise password_wrong()
        await self._owners.forget_guesses(owner, context)
