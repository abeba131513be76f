-- migrate:up

-- Addresses that wait to be confirmed, each under the event of its letter, and gone with it. Nobody is kept
-- from an address by one that waits here.
CREATE TABLE email_changes (
    event_id uuid PRIMARY KEY REFERENCES letters (event_id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL,
    email_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX email_changes_of_user ON email_changes (user_id);
CREATE INDEX email_changes_to_address ON email_changes (email_key);

-- How often the password was tried inside the session since it was last right: ten at most.
-- squawk-ignore prefer-bigint-over-smallint
ALTER TABLE sessions ADD COLUMN password_guesses smallint NOT NULL DEFAULT 0;

-- migrate:down

-- squawk-ignore ban-drop-column
ALTER TABLE sessions DROP COLUMN password_guesses;
DROP TABLE email_changes;
