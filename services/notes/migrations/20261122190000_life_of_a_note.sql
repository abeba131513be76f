-- The table is emptied here, so nothing is slow and no old code reads it meanwhile.
-- squawk-ignore-file adding-required-field, ban-drop-column, ban-drop-constraint, constraint-missing-not-valid, prefer-bigint-over-int, require-concurrent-index-creation
-- migrate:up

-- Notes from before content was sealed lie in the clear: they are not kept.
DELETE FROM notes;

ALTER TABLE notes
    DROP CONSTRAINT read_means_erased,
    -- By which key of the ring the content is sealed.
    ADD COLUMN key_id text,
    ADD COLUMN keep boolean NOT NULL DEFAULT false,
    ADD COLUMN max_views integer NOT NULL DEFAULT 1,
    ADD COLUMN views_taken integer NOT NULL DEFAULT 0,
    -- The public header of a note that its writer encrypted, as it came.
    ADD COLUMN encryption text,
    ADD COLUMN password_hash text,
    ADD COLUMN link_proof_hash bytea,
    ADD COLUMN password_proof_hash bytea,
    ADD COLUMN manage_token_hash bytea,
    -- The claims (hashed) that took a view, and until when each may ask again. In the row, not in a table of
    -- their own: whoever waited for the row's lock then sees them as they are.
    ADD COLUMN claims bytea[] NOT NULL DEFAULT '{}',
    ADD COLUMN leases timestamptz[] NOT NULL DEFAULT '{}',
    -- When the content leaves at the latest: at the expiry, or when the last lease of the last view ends.
    ADD COLUMN erase_at timestamptz NOT NULL,
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    -- Changes with whatever a reader's password or proof was checked against.
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    ADD COLUMN refused_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN guesses integer NOT NULL DEFAULT 0,
    ADD COLUMN guesses_since timestamptz,
    ADD CONSTRAINT sealed_while_there CHECK ((content IS NULL) = (key_id IS NULL)),
    ADD CONSTRAINT gone_when_erased CHECK ((content IS NULL) = (erased_at IS NOT NULL)),
    ADD CONSTRAINT no_view_too_many CHECK (views_taken BETWEEN 0 AND max_views),
    ADD CONSTRAINT kept_or_counted CHECK (NOT keep OR max_views = 1),
    ADD CONSTRAINT behind_the_link CHECK (password_proof_hash IS NULL OR link_proof_hash IS NOT NULL),
    ADD CONSTRAINT a_lease_for_each_claim CHECK (cardinality(claims) = cardinality(leases));

-- The sweeper's two questions: what must go, and which tombstones are old.
CREATE INDEX notes_to_erase ON notes (erase_at) WHERE content IS NOT NULL;
CREATE INDEX notes_to_purge ON notes (erased_at) WHERE content IS NULL;
-- The author's lists, newest first; ids are UUIDv7, so they sort by time.
CREATE INDEX notes_of_author ON notes (author_id, id) WHERE author_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX notes_of_author_read ON notes (author_id, id)
WHERE author_id IS NOT NULL AND deleted_at IS NULL AND read_at IS NOT NULL;
CREATE INDEX notes_of_author_unread ON notes (author_id, id)
WHERE author_id IS NOT NULL AND deleted_at IS NULL AND read_at IS NULL;

-- A create that may be repeated: who asked (a user or a client), the hashed key, and a keyed fingerprint of
-- the request, which tells nothing of its content.
CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    key_id text NOT NULL,
    slug text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key_hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- migrate:down

DROP TABLE idempotency_keys;
DELETE FROM notes;
ALTER TABLE notes
    DROP COLUMN key_id,
    DROP COLUMN keep,
    DROP COLUMN max_views,
    DROP COLUMN views_taken,
    DROP COLUMN encryption,
    DROP COLUMN password_hash,
    DROP COLUMN link_proof_hash,
    DROP COLUMN password_proof_hash,
    DROP COLUMN manage_token_hash,
    DROP COLUMN claims,
    DROP COLUMN leases,
    DROP COLUMN erase_at,
    DROP COLUMN erased_at,
    DROP COLUMN deleted_at,
    DROP COLUMN version,
    DROP COLUMN refused_attempts,
    DROP COLUMN guesses,
    DROP COLUMN guesses_since,
    ADD CONSTRAINT read_means_erased CHECK (read_at IS NULL OR content IS NULL);
