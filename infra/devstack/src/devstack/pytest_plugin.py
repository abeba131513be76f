"""Fixtures that run the real thing: `servers`, and `launch_devstack` for tests of their own.

For the root conftest: `pytest_plugins = ["devstack.pytest_plugin"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devstack.endpoints import Endpoints
from devstack.launcher import Devstack, launched, temporary_data

LaunchDevstack = Callable[..., Devstack]


@pytest.fixture
def launch_devstack() -> Iterator[LaunchDevstack]:
    """Start launchers: `launch_devstack("--only-servers", data=…)`, on a data directory of its own if none.

    Gives a `Devstack` at once; `wait_until_ready` waits. All are stopped after the test.
    """
    with ExitStack() as running:

        def launch(*arguments: str, data: Path | None = None) -> Devstack:
            folder = data or running.enter_context(temporary_data())
            return running.enter_context(launched(folder, *arguments))

        yield launch


@pytest.fixture
def data_directory() -> Iterator[Path]:
    """A data directory for launchers that follow each other."""
    with temporary_data() as path:
        yield path


@pytest.fixture(scope="session")
def servers() -> Iterator[Endpoints]:
    """NATS, PostgreSQL, Valkey and the mailbox, migrated and provisioned, for the whole session."""
    with temporary_data() as data, launched(data, "--only-servers") as devstack:
        yield devstack.wait_until_ready()
        devstack.stop_cleanly()
