"""An account's owner takes along all that is held, and leaves nothing behind."""

import asyncio
import re
import time

import pytest

from .letters import PASSWORD
from .test_at_rest import dumped

pytestmark = pytest.mark.e2e

SCHEMAS = ("auth", "notes", "mailer")
# Ids alone, for a time of their own: events, letters, and authors whose last notes may still come.
IDS_ALONE = {"outbox", "inbox", "jobs", "deleted_authors"}
# From the farewell on. What a loaded machine takes is in it.
WITHIN = 60.0
TABLE = re.compile(r"^COPY (\w+)\.(\w+) \(.*?^\\\.$", re.MULTILINE | re.DOTALL)


def tables(dsn):
    """`schema.table` → its rows, of all schemas."""
    return {
        f"{found[1]}.{found[2]}": found[0]
        for schema in SCHEMAS
        for found in TABLE.finditer(dumped(dsn, schema))
    }


@pytest.fixture
async def somebody(api, account, write, view, sign_in):
    """Of whom something lies in every table that people lie in."""
    owner = await account()
    await sign_in(owner.email)
    unread, read, deleted = [await write(f"note {number}", headers=owner.headers) for number in range(3)]
    assert (await view(read)).status == 200
    assert (await api.call("DELETE", deleted, headers=owner.headers)).status == 204
    await write("made once", headers=owner.headers | {"Idempotency-Key": "once"})
    change = {"new_email": f"new-{owner.email}", "current_password": PASSWORD}
    assert (await api.post("/api/v1/auth/change-email", change, headers=owner.headers)).status == 200
    await api.post("/api/v1/auth/signup", {"email": owner.email, "password": PASSWORD})
    return owner, [unread, read, deleted]


async def test_an_export_holds_all_of_it(api, somebody):
    owner, paths = somebody
    answer = await api.get("/api/v1/me/export", headers=owner.headers)
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    held = answer.json
    assert held["account"]["email"] == owner.email
    assert len(held["sessions"]) == 2
    assert held["identities"] == []
    assert [change["email"] for change in held["email_changes"]] == [f"new-{owner.email}"]
    slugs = {path.rpartition("/")[2] for path in paths}
    assert slugs <= {note["slug"] for note in held["notes"]}
    assert {note["content"] for note in held["notes"]} == {"note 0", "made once", ""}


async def test_a_deleted_account_leaves_no_row(api, stack, somebody, mailbox):
    owner, paths = somebody
    admin = stack.endpoints.postgres["admin"]
    user_id = (await api.get("/api/v1/me/export", headers=owner.headers)).json["account"]["user_id"]
    before = await asyncio.to_thread(tables, admin)
    for name in ("auth.users", "auth.sessions", "auth.letters", "notes.notes", "notes.idempotency_keys"):
        assert user_id in before[name], name

    gone = await api.call("DELETE", "/api/v1/me", json={"password": PASSWORD}, headers=owner.headers)
    assert gone.status == 204
    deadline = time.monotonic() + WITHIN
    while not any("deleted" in str(letter["subject"]) for letter in mailbox.letters_to(owner.email)):
        assert time.monotonic() < deadline, [str(one["subject"]) for one in mailbox.letters_to(owner.email)]
        await asyncio.sleep(0.1)
    deadline = time.monotonic() + WITHIN
    while left := traces(await asyncio.to_thread(tables, admin), user_id, owner.email):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(1)
    assert [(await api.post(f"{path}/view", {})).status for path in paths] == [404] * 3
    again = await api.post("/api/v1/auth/signin", {"email": owner.email, "password": PASSWORD})
    assert again.json["code"] == "credentials_wrong"


def traces(rows, user_id, email):
    """Where something of the person stands, but for ids where only ids may be."""
    return [
        name
        for name, text in rows.items()
        if email in text or (user_id in text and name.partition(".")[2] not in IDS_ALONE)
    ]
