"""What an operator does by hand: `python -m mailer dead list`, `python -m mailer dead replay ID … | --all`.

With `MAILER_DATABASE_URL` alone; the service may run meanwhile, and takes up what was replayed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from uuid import UUID

from chassis import secret_files
from mailer.storage import dead_jobs

VARIABLE = "MAILER_DATABASE_URL"


def main(arguments: list[str]) -> None:
    """Run one command; a mistake or an outage ends it with one line and exit code 1 or 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.action == "replay" and bool(options.ids) == options.all:
        parser.error("replay: name letters by their ids, or say --all")
    try:
        url = secret_files.value(VARIABLE)
    except secret_files.SourceError as error:
        sys.exit(f"mailer: {error}")
    if not url:
        sys.exit(f"mailer: set {VARIABLE}")
    try:
        sys.stdout.write(asyncio.run(_run(options, url)))
    except dead_jobs.ERRORS as error:
        sys.exit(f"mailer: PostgreSQL did not do it: {type(error).__name__}")


async def _run(options: argparse.Namespace, url: str) -> str:
    async with dead_jobs.connected(url) as dead:
        if options.action == "replay":
            return f"replayed: {await dead.replay(None if options.all else options.ids)}\n"
        return "".join(
            f"{job.id}  {job.settled_at:%Y-%m-%dT%H:%M:%SZ}  {job.letter}  "
            f"after {job.attempts}: {job.reason}\n"
            for job in await dead.list()
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mailer", description=__doc__)
    dead = parser.add_subparsers(dest="command", required=True).add_parser(
        "dead", help="letters that were given up"
    )
    actions = dead.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="a line each: id, when it died, letter, attempts, reason")
    replay = actions.add_parser("replay", help="try again; a link that is not good any more is not sent")
    replay.add_argument("ids", metavar="ID", type=UUID, nargs="*")
    replay.add_argument("--all", action="store_true")
    return parser
