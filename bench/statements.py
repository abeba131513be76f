"""All SQL of the bench. It names its columns: those that the table gains later have defaults."""

from __future__ import annotations

# One-row statements for pgbench, as a service without any batching would send them. `:content` is given
# on its command line, `:client_id` is pgbench's own.
INSERT_ONE = """\
INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
VALUES (gen_random_uuid()::text, :content::bytea, 'bench',
    now() + interval '1 hour', now() + interval '1 hour');
"""

# Each client walks through notes of its own, so that every one is read once. The count starts at 0.
REVEAL_ONE = """\
\\set number :number + 1
UPDATE notes SET read_at = now(), views_taken = 1, content = NULL, key_id = NULL, erased_at = now()
WHERE slug = :prefix::text || :client_id::text || '-' || :number::text
  AND content IS NOT NULL AND expires_at > now()
RETURNING old.content, new.created_at, new.expires_at, new.read_at;
"""

# What REVEAL_ONE reads: $1 prefix, $2 clients, $3 notes of each, from 1.
FILL_FOR_REVEAL = """
INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
SELECT $1::text || client || '-' || number,
       convert_to(repeat(md5(number::text), 32), 'UTF8'), 'bench',
       now() + interval '1 hour', now() + interval '1 hour'
FROM generate_series(0, $2::int - 1) AS client, generate_series(1, $3::int) AS number
"""

# The notes of others that are in the table: $1 how many, each of 1 KB.
FILL = """
INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
SELECT 'fill-' || gen_random_uuid(),
       convert_to(repeat(md5(number::text), 32), 'UTF8'), 'bench',
       now() + interval '1 hour', now() + interval '1 hour'
FROM generate_series(1, $1::int) AS number
"""

ANALYZE = "ANALYZE notes"
# What PostgreSQL would otherwise do in the middle of a measurement.
VACUUM = "VACUUM (ANALYZE) notes"
CHECKPOINT = "CHECKPOINT"
COUNT_UNREAD = "SELECT count(*) FROM notes WHERE starts_with(slug, $1) AND content IS NOT NULL"
