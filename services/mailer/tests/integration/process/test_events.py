"""Each event becomes its letter, and auth is asked and told."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.auth import events as auth_events
from contracts.notes.events import NoteRevealed

pytestmark = pytest.mark.integration

LETTERS = {
    auth_events.UserSignedUp: "verify",
    auth_events.UserVerificationRequested: "verify",
    auth_events.UserSignUpRepeated: "sign_up_repeated",
    auth_events.UserPasswordResetRequested: "reset_password",
    auth_events.UserPasswordChanged: "password_changed",
    auth_events.UserEmailChangeRequested: "confirm_email",
    auth_events.UserEmailChanged: "email_changed",
    auth_events.UserIdentityLinked: "identity_linked",
    auth_events.UserDeleted: "account_deleted",
}


async def test_each_event_becomes_its_letter(auth, sink, start_mailer, emit, sql, until):
    author = uuid4()
    await start_mailer()
    users = await emit(*(event(user_id=uuid4()) for event in LETTERS))
    views = {"note_id": uuid4(), "views_taken": 1, "max_views": 1}
    (opened, *unasked) = await emit(
        NoteRevealed(author_id=author, notify=True, **views),
        NoteRevealed(author_id=author, **views),
        NoteRevealed(notify=True, **views),
    )

    async def all_handled():
        (inbox,) = await sql("SELECT count(*) FROM inbox")
        (due,) = await sql("SELECT count(*) FROM jobs WHERE state = 'due'")
        return inbox[0] == len(users) + 3 and due[0] == 0

    await until(all_handled)

    rows = {row["id"]: row for row in await sql("SELECT * FROM jobs")}
    assert {each: row["letter"] for each, row in rows.items()} == {
        **dict(zip(users, LETTERS.values(), strict=True)),
        opened: "note_opened",
    }
    assert (rows[opened]["user_id"], rows[opened]["note_id"]) == (author, views["note_id"])
    assert not set(unasked) & set(rows)
    assert {row["state"] for row in rows.values()} == {"sent"}
    assert sink.mails[f"<{opened}@example.org>"]["To"] == auth.recipient(author)
    assert sink.mails[f"<{users[0]}@example.org>"]["To"] == auth.recipient(users[0])
    await until(lambda: set(auth.settled) == set(users))
    assert set(auth.settled.values()) == {"sent"}


async def test_an_obsolete_letter_is_skipped(auth, sink, start_mailer, sign_ups, sql, until):
    auth.answering.clear()
    mailer = await start_mailer()
    (event_id,) = await sign_ups(1)
    auth.obsolete.add(event_id)
    auth.answering.set()

    assert await until(lambda: auth.settled.get(event_id)) == "skipped"

    (row,) = await sql("SELECT state, reason, attempts FROM jobs")
    assert tuple(row) == ("skipped", "letter_obsolete", 1)
    assert not sink.accepted
    assert 'mails_total{letter="verify",outcome="skipped"} 1.0' in mailer.metrics()


async def test_without_auth_a_letter_waits(stack, sink, start_mailer, sign_ups, sql, until):
    await start_mailer()
    await sign_ups(1)
    await until(lambda: sql("SELECT 1 FROM jobs WHERE attempts >= 2"))
    (row,) = await sql("SELECT state, reason FROM jobs")
    assert tuple(row) == ("due", "unavailable")
