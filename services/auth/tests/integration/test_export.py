"""What an owner may take along."""

from uuid import uuid4

import pytest

from contracts.actor import Actor
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD = "correct horse battery"


@pytest.fixture
def add_identity(sql):
    async def add_identity(user_id, subject):
        await sql.execute(
            "INSERT INTO identities (provider, subject, user_id, email) VALUES ('github', $1, $2, $3)",
            subject,
            user_id,
            f"{subject}@example.com",
        )

    return add_identity


async def test_an_export_is_all_that_is_held_and_nothing_of_anothers(
    replica, asking, make_account, add_identity, sql
):
    email, other = await make_account(), await make_account()
    new = asking.address()
    elsewhere = await asking.signed_in(replica, email)
    actor, stranger = await asking.signed_in(replica, email), await asking.signed_in(replica, other)
    subjects = uuid4().hex, uuid4().hex
    for who, subject in zip((actor, stranger), subjects, strict=True):
        await add_identity(who.user_id, subject)
    change = rpc.RequestEmailChange(new_email=new, current_password=PASSWORD)
    await replica.use.request_email_change(change, asking.context(actor))

    export = await replica.use.export_account(rpc.ExportAccount(), asking.context(actor))

    assert (export.account.user_id, export.account.email) == (actor.user_id, email)
    assert export.account.has_password
    assert [(session.id, session.current) for session in export.sessions] == [
        (actor.session_id, True),
        (elsewhere.session_id, False),
    ]
    assert [(each.provider, each.subject) for each in export.identities] == [("github", subjects[0])]
    assert [each.email for each in export.email_changes] == [new]
    # Whatever table has a row of the user's is told of, or holds hashes and letters alone.
    told = {"users", "sessions", "identities", "email_changes"}
    others = {"sign_ups", "letters", "refresh_tokens", "outbox", "signing_keys", "schema_migrations"}
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'auth'")
    assert {table for (table,) in tables} == told | others


async def test_who_is_not_signed_in_exports_nothing(replica, asking, make_account):
    actor = await asking.signed_in(replica, await make_account())
    for nobody in (None, Actor(actor.user_id, uuid4())):
        asked = replica.use.export_account(rpc.ExportAccount(), asking.context(nobody))
        assert await asking.refused(asked) == Code.UNAUTHENTICATED
