"""Whether the keys in the settings are those of what is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg

from auth.crypto.root_secret import RootSecret
from auth.crypto.signing_key import KeySealing, SealedKey
from auth.settings import AuthSettings
from chassis.settings import SettingsError
from doctor.finding import Finding, ok, warning, wrong
from notes.crypto.key_ring import KeyRing
from notes.settings import NotesSettings

Check = Callable[[str, "asyncpg.Connection[asyncpg.Record]"], Awaitable[Finding]]


def signing_keys(settings: AuthSettings) -> Check:
    """There is one that signs, and `AUTH_SECRET` opens all that do or will."""
    sealing = KeySealing(RootSecret(settings.secret.get_secret_value()))

    async def check(_name: str, connection: asyncpg.Connection[asyncpg.Record]) -> Finding:
        rows = await connection.fetch(
            """
            SELECT kid, public_jwk, sealed_private, signs_from <= now() AS signs FROM signing_keys
            WHERE retired_at IS NULL
            """
        )
        if not any(row["signs"] for row in rows):
            return wrong("keys auth", "none signs access tokens", "Start auth: it makes one")
        try:
            for row in rows:
                sealing.opened(SealedKey(row["kid"], row["public_jwk"], row["sealed_private"]))
        except SettingsError:
            return wrong(
                "keys auth",
                "AUTH_SECRET does not open the signing keys in the database",
                "Give auth the secret that it had; docs/operations.md#accounts if it is lost",
            )
        return ok("keys auth", "AUTH_SECRET opens the signing keys")

    return check


def sealing_keys(settings: NotesSettings) -> Check:
    """`NOTES_SEALING_KEYS` knows every key under which something lies."""
    ring = KeyRing(settings.sealing_keys.get_secret_value())

    async def check(_name: str, connection: asyncpg.Connection[asyncpg.Record]) -> Finding:
        rows = await connection.fetch(
            "SELECT DISTINCT key_id FROM notes WHERE content IS NOT NULL AND key_id IS NOT NULL"
        )
        stored = {row["key_id"] for row in rows}
        if lost := sorted(stored - set(ring.key_ids)):
            return wrong(
                "keys notes",
                f"notes are sealed under {', '.join(lost)}, which NOTES_SEALING_KEYS does not have",
                "Add it again: these notes do not open without",
            )
        if old := sorted(stored - {ring.sealing_key_id}):
            return warning(
                "keys notes",
                f"notes are still sealed under {', '.join(old)}",
                "Run `python -m notes reseal` if that key is to go",
            )
        return ok("keys notes", "all notes are sealed under the first of NOTES_SEALING_KEYS")

    return check
