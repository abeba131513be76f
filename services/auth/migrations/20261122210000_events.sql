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

-- migrate:down

DROP TABLE outbox;
