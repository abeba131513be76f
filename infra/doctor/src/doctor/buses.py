"""NATS, as the user of each service: it may do what its contract says, and nothing else."""

from __future__ import annotations

import asyncio

import nats
from nats.aio.client import Client

from chassis.nats_tls import tls_options
from chassis.settings import ServiceSettings
from contracts.permissions import inbox_prefix, permissions
from contracts.registry import SERVICES
from doctor.finding import Finding, ok, wrong
from doctor.installation import Installation

ANSWER_WITHIN = 5.0
# Asked for, these change nothing.
HARMLESS = ("$JS.API.STREAM.INFO.", "$JS.API.CONSUMER.INFO.")
FOR_NOBODY = "$JS.API.STREAM.LIST"


async def users(installation: Installation) -> list[Finding]:
    """All of them at once."""
    return list(await asyncio.gather(*(_user(*service) for service in installation.services.items())))


async def _user(name: str, settings: ServiceSettings) -> Finding:
    about = f"nats {name}"
    refused: list[str] = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error).lower())

    servers = settings.nats_url.get_secret_value().split(",")
    client = Client()
    try:
        # nats-py itself tries for minutes, also where it is told not to connect again.
        async with asyncio.timeout(ANSWER_WITHIN):
            await client.connect(
                servers,
                name="doctor",
                inbox_prefix=inbox_prefix(name),
                allow_reconnect=False,
                error_cb=on_error,
                **tls_options(servers, settings.nats_ca_file),
            )
        return await _rights(name, client, refused)
    except (OSError, ValueError, nats.errors.Error) as error:
        variable = f"{name.upper()}_NATS_URL"
        if "authorization" in f"{type(error).__name__} {error} {refused}".lower():
            return wrong(
                about, "its password is refused", f"{variable} and passwords.conf of NATS must agree"
            )
        return wrong(
            about,
            f"no answer ({type(error).__name__})",
            f"Look whether NATS is running where {variable} says",
        )
    finally:
        await client.close()


async def _rights(name: str, client: Client, refused: list[str]) -> Finding:
    """What NATS refuses of what is tried: it says so in the order in which it was asked."""
    about = f"nats {name}"
    others = [f"{inbox_prefix(other)}.>" for other in SERVICES if other != name]
    forbidden = [">", "events.>", "$JS.>", *others]
    for subject in forbidden:
        await client.subscribe(subject)
    allowed = [subject for subject in permissions(name).publish if subject.startswith(HARMLESS)]
    for subject in (FOR_NOBODY, *allowed):
        await client.publish(subject, reply=client.new_inbox())
    # nats-py's ping overtakes what waits to be written; behind its answer nothing does.
    await client.flush(timeout=int(ANSWER_WITHIN))
    await client.flush(timeout=int(ANSWER_WITHIN))

    def is_refused(subject: str) -> bool:
        return any(f'to "{subject.lower()}"' in text for text in refused)

    reached = [subject for subject in (*forbidden, FOR_NOBODY) if not is_refused(subject)]
    missing = [subject for subject in allowed if is_refused(subject)]
    if reached or missing:
        says = [f"it may, and must not: {', '.join(reached)}"] if reached else []
        says += [f"it may not, and must: {', '.join(missing)}"] if missing else []
        return wrong(
            about, "; ".join(says), "Give NATS infra/nats/users.conf of this version, and restart it"
        )
    return ok(about, "reached, with the rights of its contract")
