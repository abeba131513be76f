"""Views: who takes one, who may ask again, and when the content leaves. The heart of read-once.

Everything that decides stands in the note's own row. The statement locks the rows it wants in the order
of their slugs (two replicas with overlapping batches then wait for each other and never in a circle), and
what it decides by are the values after the wait: under READ COMMITTED PostgreSQL hands a waiter the newest
version. A note that is kept until its expiry is written by its first reader, and from then on only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial

from chassis.batching import Batcher
from chassis.metrics import BatchMetrics
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.notes.events import NoteRevealed
from notes.domain.view import ViewAsked, ViewGiven
from notes.storage.events import SOMEBODY_IS_TOLD, emitting

LEASE_SECONDS = 60.0
# How large an answer is, nobody knows before. 16 of 720 KiB in two batches are 23 MB, beside what the
# requests in hand hold of their own; 64 would be 92 MB, and a small note would wait for all of them.
CONTENTS_AT_ONCE = 16


class RevealRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(
        self, database: Database, outbox: Outbox, metrics: BatchMetrics, key_ids: Sequence[str]
    ) -> None:
        """`key_ids`: what this replica can open; it takes a view of nothing else."""
        self._database = database
        self._outbox = outbox
        self._taking = Batcher(
            database.connection,
            partial(_take_all, key_ids=key_ids),
            lambda asked: asked.slug,
            name="take_view",
            metrics=metrics,
            max_size=CONTENTS_AT_ONCE,
        )
        self._reading = Batcher(
            database.connection,
            partial(_read_all, key_ids=key_ids),
            id,  # readers do not exclude each other
            name="read_kept",
            metrics=metrics,
            max_size=CONTENTS_AT_ONCE,
        )
        self._being_taken: set[str] = set()

    async def take_view(self, asked: ViewAsked, context: RequestContext) -> ViewGiven | None:
        """Give a view, or the view that this claim holds, while its lease lives. None when there is none.

        A view without a claim erases the content in the same statement, unless a view or another's live
        lease remains; with one, the content stays for the lease. Of a note that is kept and was read, any
        number are given at once, and no lock is waited for.
        """
        # Takers of one note go one after another. Whoever is not the first asks among the readers before.
        if asked.slug in self._being_taken:
            given = await self._reading.ask(asked, context)
            if given is not None:
                return given
        self._being_taken.add(asked.slug)
        try:
            given = await self._taking.ask(asked, context)
        finally:
            self._being_taken.discard(asked.slug)
        if given is not None and given.is_told_of:
            self._outbox.wake()
        return given or await self._reading.ask(asked, context)

    async def took_a_view(self, slug: str, claim: bytes, context: RequestContext) -> bool:
        """Whether this claim took a view of the note, however long ago."""
        async with self._database.connection(context) as connection:
            took = await connection.fetchval(
                "SELECT $2 = ANY (claims) FROM notes WHERE slug = $1", slug, claim
            )
        return bool(took)

    async def acknowledge(self, slug: str, claim: bytes, context: RequestContext) -> bool:
        """End the lease of a claim, and with it the content if nothing else needs it. Repeatable.

        False when the note is not there or the claim took no view. A note that is kept holds no claims, and
        knows every one.
        """
        async with self._database.connection(context) as connection:
            known = await connection.fetchval(_ACKNOWLEDGE, slug, claim)
        return known is not None


async def _take_all(
    connection: Connection, asks: Sequence[ViewAsked], key_ids: Sequence[str]
) -> Sequence[ViewGiven | None]:
    rows = await connection.fetch(
        _TAKE,
        [asked.slug for asked in asks],
        [asked.note_id for asked in asks],
        [asked.version for asked in asks],
        key_ids,
        [asked.claim for asked in asks],
        LEASE_SECONDS,
        [asked.traceparent for asked in asks],
    )
    given = {row["slug"]: ViewGiven(**{name: row[name] for name in VIEW_COLUMNS}) for row in rows}
    return [given.get(asked.slug) for asked in asks]


async def _read_all(
    connection: Connection, asks: Sequence[ViewAsked], key_ids: Sequence[str]
) -> Sequence[ViewGiven | None]:
    # Many ask for the same: it is read once.
    distinct = list({(asked.slug, asked.note_id, asked.version) for asked in asks})
    rows = await connection.fetch(
        _READ,
        [slug for slug, _, _ in distinct],
        [note_id for _, note_id, _ in distinct],
        [version for _, _, version in distinct],
        key_ids,
    )
    given = {
        (row["slug"], row["asked_id"], row["asked_version"]): ViewGiven(
            **{name: row[name] for name in VIEW_COLUMNS}
        )
        for row in rows
    }
    return [given.get((asked.slug, asked.note_id, asked.version)) for asked in asks]


VIEW_COLUMNS = tuple(field.name for field in fields(ViewGiven))

# What this replica cannot open (`key_id`) is not taken: it would be burned for nobody.
_CAN_BE_GIVEN = """
    note.content IS NOT NULL AND note.erase_at > now() AND note.key_id = ANY ($4)
    AND ((note.id = asked.note_id AND note.version = asked.version) OR (
        asked.note_id IS NULL AND note.password_hash IS NULL AND note.link_proof_hash IS NULL))
"""
_GIVEN = """
    slug, id, content, key_id, keep,
    password_hash IS NOT NULL OR password_proof_hash IS NOT NULL AS has_password, encryption,
    created_at, expires_at
"""
_TOLD_OF = f"{SOMEBODY_IS_TOLD} AS is_told_of"
_REVEALED = emitting(
    NoteRevealed,
    "decided",
    "takes OR keep",
    traceparent="traceparent",
    views_taken="views_taken + 1",
    max_views="max_views",
    notify="notify",
)

# No lock: what stands here does not change any more until the content leaves.
_READ = f"""
SELECT {_GIVEN}, read_at, NULL AS lease_ends_at, {_TOLD_OF},
    asked.note_id AS asked_id, asked.version AS asked_version
FROM notes AS note
    JOIN unnest($1::text[], $2::uuid[], $3::integer[]) AS asked (slug, note_id, version) USING (slug)
WHERE note.keep AND note.read_at IS NOT NULL AND {_CAN_BE_GIVEN}
"""

# What is due to be erased is not waited for (`erase_at`): the sweeper may hold its lock, and it has nothing
# to give. Nor is what `_READ` gives.
_TAKE = f"""
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::integer[], $5::bytea[], $7::text[])
        AS asked (slug, note_id, version, claim, traceparent)
), locked AS MATERIALIZED (
    SELECT note.*, asked.claim, asked.traceparent, array_position(note.claims, asked.claim) AS held
    FROM notes AS note JOIN asked ON asked.slug = note.slug
    WHERE NOT (note.keep AND note.read_at IS NOT NULL) AND {_CAN_BE_GIVEN}
    ORDER BY note.slug
    FOR NO KEY UPDATE OF note
), weighed AS (
    SELECT *,
        NOT keep AND held IS NULL AND views_taken < max_views AS takes,
        NOT keep AND held IS NOT NULL AND leases[held] > now() AS holds,
        CASE WHEN NOT keep AND claim IS NOT NULL AND held IS NULL
             THEN least(now() + make_interval(secs => $6), expires_at)
             ELSE leases[held] END AS lease,
        (SELECT max(lease) FROM unnest(leases) AS lease) AS others
    FROM locked
), decided AS (
    SELECT *,
        takes AND views_taken + 1 >= max_views AS takes_last,
        takes AND views_taken + 1 >= max_views AND claim IS NULL
            AND coalesce(others <= clock_timestamp(), true) AS erases
    FROM weighed
), written AS (
    UPDATE notes AS note SET
        read_at = now(),
        views_taken = decided.views_taken + decided.takes::integer,
        claims = CASE WHEN decided.takes AND decided.claim IS NOT NULL
                      THEN decided.claims || decided.claim ELSE decided.claims END,
        leases = CASE WHEN decided.takes AND decided.claim IS NOT NULL
                      THEN decided.leases || decided.lease ELSE decided.leases END,
        erase_at = CASE WHEN decided.takes_last
                        THEN greatest(decided.lease, decided.others, now()) ELSE decided.erase_at END,
        content = CASE WHEN decided.erases THEN NULL ELSE note.content END,
        key_id = CASE WHEN decided.erases THEN NULL ELSE note.key_id END,
        erased_at = CASE WHEN decided.erases THEN now() END
    FROM decided
    WHERE note.id = decided.id AND (decided.takes OR decided.keep)
), told AS ({_REVEALED})
SELECT {_GIVEN}, {_TOLD_OF},
    CASE WHEN holds THEN read_at ELSE now() END AS read_at,
    CASE WHEN keep THEN NULL ELSE lease END AS lease_ends_at
FROM decided
WHERE takes OR holds OR keep
"""

# Whether another's lease has ended is asked of the clock: `now()` is when the statement began, and who began
# later may have been first at the row, and ended a lease at a later `now()` than ours.
_ACKNOWLEDGE = """
WITH locked AS MATERIALIZED (
    SELECT *, array_position(claims, $2) AS held FROM notes
    WHERE slug = $1 AND deleted_at IS NULL
    FOR NO KEY UPDATE
), decided AS (
    SELECT locked.*, others,
        views_taken >= max_views AND coalesce(others <= clock_timestamp(), true) AS ends
    FROM locked, LATERAL (
        SELECT max(lease) AS others FROM unnest(leases) WITH ORDINALITY AS other (lease, place)
        WHERE place <> held
    ) AS other
), written AS (
    UPDATE notes AS note SET
        leases[decided.held] = least(decided.leases[decided.held], now()),
        erase_at = CASE WHEN decided.views_taken >= decided.max_views
                        THEN greatest(decided.others, now()) ELSE note.erase_at END,
        content = CASE WHEN decided.ends THEN NULL ELSE note.content END,
        key_id = CASE WHEN decided.ends THEN NULL ELSE note.key_id END,
        erased_at = CASE WHEN decided.ends THEN coalesce(note.erased_at, now()) ELSE note.erased_at END
    FROM decided
    WHERE note.id = decided.id AND decided.held IS NOT NULL AND decided.leases[decided.held] > now()
)
SELECT true FROM decided WHERE keep OR held IS NOT NULL
"""
