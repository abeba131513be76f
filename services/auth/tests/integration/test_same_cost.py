"""What the database is asked to do tells nothing of who has an account."""

from contextlib import asynccontextmanager

import pytest

from chassis.postgres import Database
from contracts.auth import rpc

pytestmark = pytest.mark.integration


class Recorded:
    """A connection, and what it was asked to do, one after the other."""

    def __init__(self, connection, log):
        self._connection = connection
        self._log = log

    def __getattr__(self, name):
        member = getattr(self._connection, name)

        def recorded(*arguments):
            self._log.append((name, *arguments[:1]))
            return member(*arguments)

        return recorded


@pytest.fixture
def steps(monkeypatch):
    """What each transaction asked of the database from now on."""
    transaction, logs = Database.transaction, []

    @asynccontextmanager
    async def recorded(database, context=None):
        logs.append([])
        async with transaction(database, context) as connection:
            yield Recorded(connection, logs[-1])

    monkeypatch.setattr(Database, "transaction", recorded)
    return logs


async def test_a_reset_costs_the_database_the_same_whoever_is_known(replica, asking, make_account, steps):
    known, unverified, unknown = await make_account(), asking.address(), asking.address()
    await asking.sign_up(replica, unverified)
    steps.clear()
    # The second time the known one's letter rests.
    for email in (known, known, unverified, unknown):
        request = rpc.RequestPasswordReset(email=email)
        assert await asking.refused(replica.use.request_password_reset(request, asking.context())) is None
    assert len(steps) == 4
    assert len(steps[0]) == 5
    assert all(each == steps[0] for each in steps)


async def test_so_does_a_sign_up(replica, asking, make_account, let_pass, steps):
    known, unknown = await make_account(), asking.address()
    await let_pass(known, "2 minutes")
    steps.clear()
    # The second time the known one's letter rests.
    for email in (known, known, unknown, unknown):
        assert await asking.sign_up(replica, email) is None
    assert len(steps) == 4
    assert len(steps[0]) == 7
    assert all(each == steps[0] for each in steps)


async def test_so_does_a_letter_that_is_asked_for_again(replica, asking, mail, make_account, let_pass, steps):
    verified, waiting, unknown = await make_account(), asking.address(), asking.address()
    await asking.sign_up(replica, waiting)
    await let_pass(waiting, "2 minutes")
    steps.clear()
    for email in (waiting, waiting, verified, unknown):
        assert await asking.resend(replica, email) is None
    assert len(steps) == 4
    assert len(steps[0]) == 7
    assert all(each == steps[0] for each in steps)
    assert [len(await mail.tokens(email)) for email in (waiting, verified, unknown)] == [2, 0, 0]
