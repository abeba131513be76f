-- migrate:up

-- Events that took effect here: a second delivery is not a second effect.
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_by_age ON inbox (handled_at);

-- migrate:down

DROP TABLE inbox;
