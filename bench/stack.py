"""A devstack of the bench's own, in a temporary folder that is removed again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devstack.endpoints import Endpoints
from devstack.launcher import Devstack, launched, temporary_data

# The load comes from one address. What the environment says wins: to measure with limits on, and high.
UNHINDERED = {
    "GATEWAY_RATE_LIMITS": "off",
    "GATEWAY_MAX_CONNECTIONS_PER_CLIENT": "4096",
    "GATEWAY_CONCURRENCY_PER_CLIENT": "512",
    "GATEWAY_LARGE_BODIES_PER_CLIENT": "8",
    "GATEWAY_STREAMS_PER_CLIENT": "512",
}


@dataclass(frozen=True, slots=True)
class RunningStack:
    """Ready, and used by nobody else. `folder` is for files of the bench."""

    devstack: Devstack
    folder: Path

    @property
    def endpoints(self) -> Endpoints:
        return self.devstack.endpoints

    @property
    def host(self) -> str:
        return urlsplit(self.endpoints.gateway).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.endpoints.gateway).port or 80

    @property
    def database(self) -> str:
        """Of the notes service, in its role."""
        return self.endpoints.postgres["notes"]


@contextmanager
def running(replicas: int, say: Callable[[str], None]) -> Iterator[RunningStack]:
    """A fresh stack with so many notes processes, and without rate limits unless the environment has them on.

    Raises `StackError`.
    """
    environment = {**UNHINDERED, **os.environ}
    with temporary_data() as data:
        folder = data / "bench"
        folder.mkdir()
        # Ctrl-C at the terminal is ours: the stack is stopped after what uses it.
        with launched(
            data, "--scale", f"notes={replicas}", env=environment, start_new_session=True
        ) as devstack:
            devstack.wait_until_ready()
            say(f"a stack with {replicas} x notes is ready")
            yield RunningStack(devstack, folder)
