"""`python -m chassis.outbox_replay --since TIME`: publish again what was committed since then.

For a stream that was lost: outboxes keep what was published for 24 hours. Consumers that have handled an
event know it by their inbox. With the `<SERVICE>_DATABASE_URL` of each service whose outbox it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime

import asyncpg

from chassis import secret_files
from chassis.arguments import EXAMPLE, time_with_zone
from contracts.registry import SERVICES

CONNECT_TIMEOUT = 10
STATEMENT_TIMEOUT = 600


async def replay(url: str, since: datetime) -> int:
    """Mark as unpublished what one outbox holds since then; how many. The service's relay does the rest."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT)
    try:
        done = await connection.execute(
            "UPDATE outbox SET published_at = NULL WHERE created_at >= $1 AND published_at IS NOT NULL",
            since,
            timeout=STATEMENT_TIMEOUT,
        )
    finally:
        await connection.close()
    return int(done.split()[-1])


def main(arguments: list[str]) -> None:
    """The command: a line for each outbox."""
    parser = argparse.ArgumentParser(prog="outbox_replay", description="Publish again what was committed.")
    parser.add_argument(
        "--since", metavar="TIME", type=time_with_zone, required=True, help=f"such as {EXAMPLE}"
    )
    since = parser.parse_args(arguments).since
    names = [f"{name.upper()}_DATABASE_URL" for name, service in SERVICES.items() if service.emits]
    given = {name: url for name in names if (url := secret_files.value(name))}
    if not given:
        sys.exit(f"outbox_replay: set {' or '.join(names)}")
    for name, url in given.items():
        count = asyncio.run(replay(url, since))
        sys.stdout.write(f"{name.removesuffix('_DATABASE_URL').lower()}: to be published again: {count}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except secret_files.SourceError as problem:
        sys.exit(f"outbox_replay: {problem}")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        sys.exit(f"outbox_replay: PostgreSQL did not do it: {type(problem).__name__}")
