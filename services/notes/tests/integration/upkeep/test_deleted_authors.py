"""What a sweep costs while an account that was deleted is remembered, with much that is of others."""

from uuid import uuid4

import pytest

from notes.storage.upkeep_repository import (
    ERASE_OF_DELETED_AUTHORS,
    FORGET_AUTHORS_OF_TOMBSTONES,
    FORGET_CREATES_OF_DELETED_AUTHORS,
    PURGE_BATCH,
)

pytestmark = pytest.mark.integration

MANY = 20_000
STATEMENTS = {
    "notes": ERASE_OF_DELETED_AUTHORS,
    "tombstones": FORGET_AUTHORS_OF_TOMBSTONES,
    "creates": FORGET_CREATES_OF_DELETED_AUTHORS,
}


@pytest.fixture
async def others(sql, empty_table):
    """Notes, tombstones and creates of people who stay; tables that PostgreSQL knows, but for the authors."""
    await sql.execute(
        """
        INSERT INTO notes (slug, author_id, content, key_id, expires_at, erase_at, erased_at, deleted_at)
        SELECT 'others-' || n, gen_random_uuid(), CASE WHEN n % 2 = 0 THEN '\\x00'::bytea END,
            CASE WHEN n % 2 = 0 THEN 'k1' END, now() + interval '1 day', now() + interval '1 day',
            CASE WHEN n % 2 = 1 THEN now() END, CASE WHEN n % 2 = 1 THEN now() END
        FROM generate_series(1, 2 * $1::integer) AS n
        """,
        MANY,
    )
    await sql.execute(
        """
        INSERT INTO idempotency_keys (scope, key_hash, fingerprint, key_id, slug)
        SELECT 'user:' || author_id, sha256(slug::bytea), '\\x00', 'k1', slug FROM notes WHERE content IS NULL
        """
    )
    await sql.execute("VACUUM (ANALYZE) notes, idempotency_keys")
    await sql.execute("TRUNCATE deleted_authors")


@pytest.mark.parametrize("plan_for", ["custom", "generic"])
async def test_a_sweep_walks_nothing_that_is_of_others(others, explained, sql, plan_for):
    await sql.execute("INSERT INTO deleted_authors (author_id) VALUES ($1)", uuid4())
    for what, statement in STATEMENTS.items():
        nodes, touched = await explained(statement, PURGE_BATCH, plan_for=plan_for)
        walked = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        assert walked <= {"deleted_authors"}, what
        assert touched <= 10, what


@pytest.mark.parametrize("plan_for", ["custom", "generic"])
async def test_what_is_of_the_author_is_found_by_index_and_changed_by_key(others, explained, sql, plan_for):
    gone = await sql.fetchval("SELECT author_id FROM notes WHERE deleted_at IS NOT NULL LIMIT 1")
    await sql.execute("INSERT INTO deleted_authors (author_id) VALUES ($1)", gone)
    for what, statement in STATEMENTS.items():
        nodes, touched = await explained(statement, PURGE_BATCH, plan_for=plan_for)
        walked = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        assert walked <= {"deleted_authors"}, what
        assert touched <= 60, what
    about = f"%{gone}%"
    for table in ("notes", "idempotency_keys"):
        assert await sql.fetchval(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1", about) == 0
