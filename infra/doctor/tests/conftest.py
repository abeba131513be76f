"""A running installation, and the settings of all of it in the environment."""

from contextlib import ExitStack

import asyncpg
import nats
import pytest

from devstack.launcher import launched, temporary_data
from devstack.operator import settings
from doctor.examination import examine


@pytest.fixture(scope="package")
def running(tmp_path_factory):
    """The whole stack, which serves the API alone."""
    web = tmp_path_factory.mktemp("web")
    (web / "index.html").write_text("<!doctype html>")
    with ExitStack() as stack:
        data = stack.enter_context(temporary_data())
        # Of this stack alone: others that are started meanwhile serve the client.
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GATEWAY_WEB_ROOT", str(web))
            devstack = stack.enter_context(launched(data))
        yield devstack.wait_until_ready()


@pytest.fixture
def told(running, monkeypatch):
    """The environment of the doctor; a test may set some of it otherwise."""
    for name, value in settings(running).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def found(told):
    """`await found("postgres notes")`: what the doctor says of one part, each a line."""

    async def find(*about):
        findings = await examine()
        return [str(finding) for finding in findings if finding.about in about]

    return find


@pytest.fixture
async def administrator(running):
    """Of NATS."""
    client = await nats.connect(running.nats)
    yield client
    await client.close()


@pytest.fixture
async def database(running):
    """`database("notes")` is a connection as that role."""
    opened = []

    async def connect(role):
        opened.append(await asyncpg.connect(running.postgres[role]))
        return opened[-1]

    yield connect
    for connection in opened:
        await connection.close()
