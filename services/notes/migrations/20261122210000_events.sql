-- migrate:up

-- Events that this service commits with their cause, until they are published and 24 hours longer.
CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    type text NOT NULL,
    data text NOT NULL,
    entity_id uuid NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

-- Events that took effect here: a second delivery is not a second effect.
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_by_age ON inbox (handled_at);

ALTER TABLE notes
    -- The author wants a letter when it is opened.
    ADD COLUMN notify boolean NOT NULL DEFAULT false,
    -- When the last event told of refused attempts: one a minute at most.
    ADD COLUMN refusal_told_at timestamptz;

-- Authors whose account is gone, until nobody can make a note in their name any more.
CREATE TABLE deleted_authors (
    author_id uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:down

DROP TABLE deleted_authors;
-- squawk-ignore ban-drop-column
ALTER TABLE notes DROP COLUMN notify, DROP COLUMN refusal_told_at;
DROP TABLE inbox;
DROP TABLE outbox;
