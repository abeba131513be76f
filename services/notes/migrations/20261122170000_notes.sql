-- migrate:up

CREATE TABLE notes (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    slug text NOT NULL UNIQUE,
    author_id uuid,
    -- Bytes, so that every character is possible, NUL among them. NULL once the note is over: what
    -- remains is a tombstone that tells a late reader when it was read.
    content bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT slug_length CHECK (length(slug) BETWEEN 3 AND 255),
    CONSTRAINT read_means_erased CHECK (read_at IS NULL OR content IS NULL)
) WITH (
    -- PostgreSQL keeps old row versions until vacuum: clear away what was read early and often.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500
);

-- migrate:down

DROP TABLE notes;
