"""All that is looked at, in the order in which it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from doctor.buses import users
from doctor.caches import caches
from doctor.databases import databases
from doctor.doors import public_address, readiness
from doctor.finding import Finding, wrong
from doctor.installation import Installation, read
from doctor.letters import mail_server
from doctor.streams import streams

Look = Callable[[Installation], Awaitable[list[Finding]]]
LOOKS: tuple[Look, ...] = (databases, users, streams, caches, mail_server, readiness, public_address)
WITHIN = 60.0


async def examine() -> list[Finding]:
    """Every finding. Changes nothing; returns within little more than a minute, whatever hangs."""
    installation, findings = read()
    found = await asyncio.gather(*(_bounded(look, installation) for look in LOOKS))
    return findings + [finding for some in found for finding in some]


async def _bounded(look: Look, installation: Installation) -> list[Finding]:
    try:
        async with asyncio.timeout(WITHIN):
            return await look(installation)
    except Exception as error:  # noqa: BLE001 - one part that breaks the look at it does not hide the others
        # By its kind: the text may quote an address with its password.
        return [wrong(look.__name__, f"it could not be looked at ({type(error).__name__})", "Report it")]
