"""Each thing that is broken on purpose is found, with what to do."""

import base64
import os
import signal
from uuid import uuid4

import pytest

from chassis.provision import consumer_config, stream_config
from contracts.registry import SERVICES
from contracts.streams import DEAD_LETTERS, EVENTS

pytestmark = pytest.mark.integration

ANOTHER_KEY = base64.b64encode(bytes(range(32))).decode()


def with_password(url, password):
    user, _, place = url.rpartition("@")
    return f"{user.rpartition(':')[0]}:{password}@{place}"


async def test_a_wrong_password(running, told, found):
    told.setenv("NOTES_DATABASE_URL", with_password(running.postgres["notes"], "not-the-one-it-has"))
    told.setenv("AUTH_NATS_URL", with_password(running.nats_users["auth"], "not-the-one-it-has"))
    told.setenv("GATEWAY_REDIS_URL", with_password(running.redis, "not-the-one-it-has"))
    postgres, nats, redis = await found("postgres notes", "nats auth", "redis gateway")
    assert "is refused. Write the right one into NOTES_DATABASE_URL" in postgres
    assert "is refused. AUTH_NATS_URL and passwords.conf of NATS must agree" in nats
    assert "is refused. Write the right one into GATEWAY_REDIS_URL" in redis


async def test_a_role_and_a_user_that_may_too_much(running, told, found):
    told.setenv("NOTES_DATABASE_URL", running.postgres["admin"])
    told.setenv("NOTES_NATS_URL", running.nats)
    rights, nats = await found("rights notes", "nats notes")
    assert "is a superuser. Give notes a role of its own" in rights
    assert "may, and must not: >, events.>" in nats
    assert "_INBOX_auth.>" in nats


async def test_a_role_that_reaches_another_schema(database, found):
    auth = await database("auth")
    await auth.execute("GRANT USAGE ON SCHEMA auth TO notes")
    try:
        (rights,) = await found("rights notes")
    finally:
        await auth.execute("REVOKE USAGE ON SCHEMA auth FROM notes")
    assert rights.startswith("wrong")
    assert "its role reaches auth" in rights


async def test_a_user_that_lacks_what_its_contract_says(running, told, found):
    told.setenv("MAILER_NATS_URL", running.nats_users["gateway"])
    (nats,) = await found("nats mailer")
    assert nats.startswith("wrong")
    assert "may not, and must: $JS.API.STREAM.INFO.EVENTS" in nats


async def test_a_migration_that_is_missing(database, found):
    notes = await database("notes")
    last = await notes.fetchval("SELECT max(version) FROM notes.schema_migrations")
    await notes.execute("DELETE FROM notes.schema_migrations WHERE version = $1", last)
    try:
        (migrations,) = await found("migrations notes")
    finally:
        await notes.execute("INSERT INTO notes.schema_migrations (version) VALUES ($1)", last)
    assert migrations.startswith("wrong")
    assert f"not applied: {last}. Run the migrations" in migrations


async def test_a_stream_and_a_consumer_that_were_changed(administrator, found):
    js = administrator.jetstream()
    (consumer,) = SERVICES["notes"].consumers
    await js.update_stream(stream_config(EVENTS, 1).evolve(max_age=3600.0))
    await js.add_consumer(EVENTS.name, consumer_config(consumer).evolve(filter_subjects=["events.other"]))
    try:
        lines = await found("stream EVENTS", "consumer notes")
    finally:
        await js.update_stream(stream_config(EVENTS, 1))
        await js.add_consumer(EVENTS.name, consumer_config(consumer))
    assert ["max_age. Run the provisioning" in lines[0], "filter_subjects. Run the" in lines[1]] == [
        True,
        True,
    ]


async def test_fewer_copies_than_there_should_be(told, found):
    told.setenv("PROVISION_REPLICAS", "3")
    (stream,) = await found("stream EVENTS")
    assert "replicas: 1 and not 3. Run the provisioning" in stream


async def test_a_dead_letter(administrator, found):
    js = administrator.jetstream()
    await js.publish("dead.mailer.events.test", b"{}", stream=DEAD_LETTERS.name)
    try:
        (letters,) = await found("dead letters")
    finally:
        await js.purge_stream(DEAD_LETTERS.name)
    assert letters.startswith("warning")
    assert "1 events were given up. `python -m chassis.dead_letters list`" in letters


async def test_an_outbox_that_stands_still(running, database, found):
    notes = await database("notes")
    (relay,) = running.pids["notes"]
    os.kill(relay, signal.SIGSTOP)
    try:
        await notes.execute(
            """
            INSERT INTO outbox (type, data, entity_id, created_at)
            VALUES ('test', '{}', $1, now() - interval '5 minutes')
            """,
            uuid4(),
        )
        outbox, *ready = await found("outbox notes", "ready")
    finally:
        await notes.execute("DELETE FROM outbox WHERE type = 'test'")
        os.kill(relay, signal.SIGCONT)
    assert "1 events wait, the oldest for 3" in outbox
    assert "docs/runbooks.md#outbox-stuck" in outbox
    assert [line for line in ready if "does not answer" in line and "Start the service" in line]


async def test_letters_that_wait_and_letters_that_died(database, found):
    mailer = await database("mailer")
    # Not due yet, so that the mailer leaves it alone.
    await mailer.execute(
        """
        INSERT INTO jobs (id, letter, user_id, requested_at, queued_at, due_at)
        SELECT uuidv7(), 'verify', uuidv7(), now(), now() - interval '1 h', now() + interval '1 h'
        """
    )
    try:
        (waiting,) = await found("letters")
        await mailer.execute("UPDATE jobs SET state = 'dead', settled_at = now()")
        (dead,) = await found("letters")
    finally:
        await mailer.execute("DELETE FROM jobs")
    assert "1 wait, the oldest for 60 minutes. The mailer's log" in waiting
    assert "1 were given up. `python -m mailer dead list`" in dead


async def test_no_mail_server(told, found):
    told.setenv("MAILER_SMTP_PORT", "1")
    (smtp,) = await found("smtp")
    assert "no connection. Look at MAILER_SMTP_HOST and MAILER_SMTP_PORT" in smtp


async def test_a_mail_server_without_tls(told, found):
    told.setenv("MAILER_SMTP_SECURITY", "tls")
    (smtp,) = await found("smtp")
    assert smtp.startswith("wrong")
    assert "TLS failed. Look whether its certificate is for MAILER_SMTP_HOST" in smtp


async def test_keys_that_are_others(told, database, found):
    told.setenv("AUTH_SECRET", ANOTHER_KEY)
    told.setenv("NOTES_SEALING_KEYS", f"new:{ANOTHER_KEY}")
    notes = await database("notes")
    await notes.execute(
        """
        INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
        VALUES ('of-the-doctor', '\\x00', 'devstack', now() + interval '1 h', now() + interval '1 h')
        """
    )
    try:
        auth, lost = await found("keys auth", "keys notes")
        told.setenv("NOTES_SEALING_KEYS", f"new:{ANOTHER_KEY},devstack:{ANOTHER_KEY}")
        (old,) = await found("keys notes")
    finally:
        await notes.execute("DELETE FROM notes WHERE slug = 'of-the-doctor'")
    assert "AUTH_SECRET does not open the signing keys in the database" in auth
    assert "sealed under devstack, which NOTES_SEALING_KEYS does not have. Add it again" in lost
    assert "still sealed under devstack. Run `python -m notes reseal`" in old


async def test_a_clock_that_is_late(told, found):
    told.setattr("doctor.databases.now", lambda: 1_700_000_000.0)
    (clock,) = await found("clock notes")
    assert clock.startswith("wrong")
    assert "Set both by NTP" in clock


async def test_addresses_that_differ(told, found):
    told.setenv("MAILER_PUBLIC_URL", "https://elsewhere.example.org")
    told.setenv("GATEWAY_PUBLIC_URL", "http://notes.invalid")
    lines = await found("public url")
    assert any("MAILER_PUBLIC_URL is not GATEWAY_PUBLIC_URL. Make them" in line for line in lines)
    assert any("people come without TLS. Put a proxy" in line for line in lines)
    assert any(line.startswith("warning") and "not reached from here" in line for line in lines)


async def test_a_setting_that_is_missing_and_one_that_nobody_reads(told, found):
    told.delenv("NOTES_SEALING_KEYS")
    told.setenv("MAILER_SMTP_HOTS", "x")
    notes, mailer, *keys = await found("settings notes", "settings mailer", "keys notes")
    assert "NOTES_SEALING_KEYS: missing; set it" in notes
    assert "did you mean MAILER_SMTP_HOST" in mailer
    assert keys == []
