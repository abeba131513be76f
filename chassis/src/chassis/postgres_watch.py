"""Whether PostgreSQL can be reached."""

from __future__ import annotations

import asyncio

import asyncpg

from chassis.runtime import Runtime
from chassis.settings import DatabaseSettings

CHECK_INTERVAL = 1.0
CHECK_TIMEOUT = 2.0


class PostgresWatch:
    """Knows whether PostgreSQL can be reached, by a connection of its own: a busy pool is not an outage."""

    def __init__(self, runtime: Runtime[DatabaseSettings]) -> None:
        self._url = runtime.settings.database_url.get_secret_value()
        self._names = {"application_name": f"{runtime.name} watch"}
        self.reachable = True

    async def run(self) -> None:
        connection: asyncpg.Connection[asyncpg.Record] | None = None
        try:
            while True:
                try:
                    async with asyncio.timeout(CHECK_TIMEOUT):
                        if connection is None or connection.is_closed():
                            connection = await asyncpg.connect(self._url, server_settings=self._names)
                        await connection.execute("SELECT 1")
                    self.reachable = True
                except (
                    OSError,
                    asyncpg.PostgresError,
                    asyncpg.InterfaceError,
                    asyncpg.InternalClientError,
                ):
                    self.reachable = False
                    if connection is not None:
                        connection.terminate()
                await asyncio.sleep(CHECK_INTERVAL)
        finally:
            if connection is not None:
                connection.terminate()
