"""Fixtures that run the real thing: `servers`, `launch_devstack` for tests of their own, and a `certificate`.

For the root conftest: `pytest_plugins = ["devstack.pytest_plugin"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from devstack.endpoints import Endpoints
from devstack.launcher import Devstack, launched, temporary_data
from devstack.ports import LOOPBACK

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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the `certificate.pem` of 127.0.0.1, its `key.pem`, and `authority.pem`, who signed it."""
    folder = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    made = authority.issue_cert(LOOPBACK)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    made.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    made.private_key_pem.write_to_path(folder / "key.pem")
    return folder
