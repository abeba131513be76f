"""What an operator does by hand: `python -m notes reseal`, `python -m notes burn-before TIME`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag

from chassis import logs, postgres
from chassis.arguments import EXAMPLE, time_with_zone
from chassis.runtime import Runtime
from chassis.settings import SettingsError, load
from contracts.errors import ServiceError
from notes.crypto.key_ring import KeyRing
from notes.settings import NotesSettings
from notes.storage.upkeep_repository import UpkeepRepository

# Nobody waits for an answer, and a large table takes its time.
STATEMENT_TIMEOUT = 600.0


def main(arguments: list[str]) -> None:
    """Run one command against `NOTES_DATABASE_URL`, and say what was done.

    Exits with 1 when something is left to do, with 2 when the arguments cannot be understood.
    """
    options = _parser().parse_args(arguments)
    try:
        settings = load(NotesSettings).model_copy(update={"database_statement_timeout": STATEMENT_TIMEOUT})
        done, left = asyncio.run(_run(options, settings))
    except SettingsError as error:
        sys.exit(str(error))
    except ServiceError as error:
        sys.exit(f"{error.detail} Run it again: what was done stays done.")
    sys.stdout.write(done + "\n")
    if left:
        ids = "\n".join(str(note_id) for note_id in left)
        sys.exit(
            f"These {len(left)} notes do not open, and are left as they were. Is a key missing in"
            f" NOTES_SEALING_KEYS? If none is, they are damaged.\n{ids}"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="notes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "reseal",
        help="seal everything under the first key of NOTES_SEALING_KEYS; afterwards the others may go",
    )
    burn = commands.add_parser(
        "burn-before",
        help="erase every note made before TIME that is still there: after a backup was restored, "
        "before the services start",
    )
    burn.add_argument("time", metavar="TIME", type=time_with_zone, help=f"such as {EXAMPLE}")
    return parser


async def _run(options: argparse.Namespace, settings: NotesSettings) -> tuple[str, list[UUID]]:
    runtime = Runtime("notes", settings, logs.configure("notes", level="error"))
    async with postgres.connected(runtime) as database:
        upkeep = UpkeepRepository(database)
        if options.command == "reseal":
            done, unopened = await reseal(upkeep, KeyRing(settings.sealing_keys.get_secret_value()))
            return f"sealed anew: {done}", unopened
        return f"erased: {await burn_before(upkeep, options.time)}", []


async def reseal(upkeep: UpkeepRepository, ring: KeyRing) -> tuple[int, list[UUID]]:
    """Seal under the first key what another seals; how many, and which do not open and stay as they are.

    Notes that are read meanwhile stay read.
    """
    done, unopened, after = 0, [], UUID(int=0)
    while batch := await upkeep.sealed_under_another(ring.sealing_key_id, after):
        for old in batch:
            try:
                opened = ring.open(old.id, old.key_id, old.content)
            except (KeyError, InvalidTag):
                unopened.append(old.id)
                continue
            sealed = ring.seal(old.id, opened)
            done += await upkeep.replace_sealed(old, sealed, ring.sealing_key_id)
        after = batch[-1].id
    return done, unopened


async def burn_before(upkeep: UpkeepRepository, time: datetime) -> int:
    """Erase what was made before `time` and is still there; how many."""
    done, after = 0, UUID(int=0)
    while batch := await upkeep.erase_made_before(time, after):
        done += len(batch)
        after = batch[-1]
    await upkeep.forget_keys_made_before(time)
    return done
