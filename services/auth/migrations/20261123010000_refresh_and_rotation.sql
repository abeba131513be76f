-- Nothing has refreshed a session yet, so the indexes are small and made in no time.
-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation, require-concurrent-index-deletion
-- migrate:up

-- One token of a session can be used: the latest, made when the session was last used.
CREATE UNIQUE INDEX refresh_tokens_current ON refresh_tokens (session_id) WHERE rotated_at IS NULL;
CREATE INDEX refresh_tokens_to_forget ON refresh_tokens (rotated_at) WHERE rotated_at IS NOT NULL;

-- A new key is published before it signs, so that whoever verifies knows it by then. Of those that may sign,
-- the latest does.
ALTER TABLE signing_keys ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now();

-- migrate:down

ALTER TABLE signing_keys DROP COLUMN signs_from;
DROP INDEX refresh_tokens_to_forget;
DROP INDEX refresh_tokens_current;
