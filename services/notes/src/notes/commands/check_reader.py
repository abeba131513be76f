"""Compare what a reader shows with what a note asks for."""

from __future__ import annotations

import math
from typing import NoReturn, Protocol
from uuid import UUID

from chassis.passwords import PasswordHashing
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.crypto.secrets import secret_matches
from notes.domain.note import NoteRecord

# An hour, each. Whoever guesses at a password proof holds the link already. At a plain password anybody may
# who knows the slug: its cap is looser.
PROOF_GUESSES = 10
PASSWORD_GUESSES = 100


class Guesses(Protocol):
    async def guess(
        self, note_id: UUID, limit: int, *, counts: bool, context: RequestContext
    ) -> float | None: ...

    async def return_guess(self, note_id: UUID) -> None: ...

    async def count_refusal(self, note_id: UUID, context: RequestContext) -> None: ...


class CheckReader:
    """Returns for a reader who shows what the note asks for; takes no view either way.

    A wrong link proof is refused and spends no guess; a wrong password or password proof spends one. When all
    are spent the right one is refused as well: of any number of guesses at the same moment, no more answers
    are told than there were guesses left.
    """

    def __init__(self, guesses: Guesses, passwords: PasswordHashing) -> None:
        self._guesses = guesses
        self._passwords = passwords

    async def __call__(self, note: NoteRecord, request: rpc.RevealNote, context: RequestContext) -> None:
        """Raises `note_proof_wrong`, `note_password_wrong` or `too_many_guesses`."""
        asks = note.protection
        if asks.link_proof_hash is not None and not secret_matches(request.link_proof, asks.link_proof_hash):
            await self._refuse(note, ErrorCode.NOTE_PROOF_WRONG, "The link is not complete.", context)
        if asks.password_proof_hash is not None:
            if request.password_proof is None:
                await self._wrong_password(note, context)
            right = secret_matches(request.password_proof, asks.password_proof_hash)
            await self._guess(note, PROOF_GUESSES, counts=not right, context=context)
            if not right:
                await self._wrong_password(note, context)
        if asks.password_hash is not None:
            if request.password is None:
                await self._wrong_password(note, context)
            if not await self._has_password(note, request.password or "", asks.password_hash, context):
                await self._wrong_password(note, context)

    async def _has_password(
        self, note: NoteRecord, password: str, password_hash: str, context: RequestContext
    ) -> bool:
        # Counted before it is hashed, which is expensive, and only once there is a place for it: a process
        # has fewer places than a note has guesses, so those who are right do not lock each other out.
        with self._passwords.place():
            await self._guess(note, PASSWORD_GUESSES, counts=True, context=context)
            wrong = False
            try:
                wrong = not await self._passwords.matches(password, password_hash, context)
            finally:
                if not wrong:  # right, or never compared
                    await self._guesses.return_guess(note.id)
        return not wrong

    async def _guess(self, note: NoteRecord, limit: int, *, counts: bool, context: RequestContext) -> None:
        wait = await self._guesses.guess(note.id, limit, counts=counts, context=context)
        if wait is not None:
            raise ServiceError(
                ErrorCode.TOO_MANY_GUESSES,
                "Too many wrong passwords for this note; try again later.",
                retry_after=math.ceil(wait),
            )

    async def _wrong_password(self, note: NoteRecord, context: RequestContext) -> NoReturn:
        await self._refuse(note, ErrorCode.NOTE_PASSWORD_WRONG, "The password is wrong or missing.", context)

    async def _refuse(
        self, note: NoteRecord, code: ErrorCode, detail: str, context: RequestContext
    ) -> NoReturn:
        await self._guesses.count_refusal(note.id, context)
        raise ServiceError(code, detail)
