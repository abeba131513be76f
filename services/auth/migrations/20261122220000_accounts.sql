-- migrate:up

-- An account. Until its address is verified it has neither address nor password of its own: those stand with
-- the sign-ups, and the one whose link is used gives it both.
CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    -- The address without regard to case: what makes it unique.
    email_key text NOT NULL UNIQUE,
    -- As it was verified. Mail goes there.
    email text,
    -- None also for who only signs in elsewhere.
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz,
    last_login_at timestamptz,
    -- When an account that nobody verified is forgotten.
    lapses_at timestamptz,
    CONSTRAINT addressed_when_verified CHECK ((verified_at IS NULL) = (email IS NULL)),
    CONSTRAINT lapses_until_verified CHECK ((verified_at IS NULL) = (lapses_at IS NOT NULL)),
    CONSTRAINT no_password_before CHECK (password_hash IS NULL OR verified_at IS NOT NULL)
);
CREATE INDEX users_to_lapse ON users (lapses_at) WHERE lapses_at IS NOT NULL;

-- Sign-ups with an address that is not verified yet, each with a password and a link of its own.
CREATE TABLE sign_ups (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_ups_of_user ON sign_ups (user_id, id);
CREATE INDEX sign_ups_to_expire ON sign_ups (expires_at);

-- What an event needs to become a letter, under the event's id. Of its link the hash alone: the token is
-- derived anew from a key and the id. No foreign keys: a letter may tell of an account's end.
CREATE TABLE letters (
    event_id uuid PRIMARY KEY,
    purpose text NOT NULL,
    user_id uuid NOT NULL,
    -- Whose password a verification link makes the account's.
    sign_up_id uuid,
    -- Forgotten once the letter is sent.
    recipient text,
    token_hash bytea UNIQUE,
    -- When what the letter is about was asked for.
    requested_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Of link and row: by then the recipient is forgotten in any case.
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT forgotten_within_a_day CHECK (expires_at <= created_at + interval '24 hours')
);
CREATE INDEX letters_of_user ON letters (user_id, created_at);
CREATE INDEX letters_to_forget ON letters (expires_at);

CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Moved on by each use of a refresh token; the other is not.
    idle_expires_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_to_end ON sessions (least(idle_expires_at, expires_at));

-- Refresh tokens of a session, the used ones among them: one that comes back late was stolen.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    rotated_at timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

-- Keys of access tokens. The newest that is not retired signs; a retired one is published until no token
-- that it signed is alive, and keeps no private part.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_jwk text NOT NULL,
    sealed_private bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    CONSTRAINT signs_or_retired CHECK ((sealed_private IS NULL) = (retired_at IS NOT NULL))
);

-- migrate:down

DROP TABLE signing_keys;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE letters;
DROP TABLE sign_ups;
DROP TABLE users;
