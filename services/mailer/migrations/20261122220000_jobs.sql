-- migrate:up

-- A letter to send for an event. Ids alone: to whom it goes and what its link is, auth is asked when it goes.
CREATE TABLE jobs (
    -- The event's.
    id uuid PRIMARY KEY,
    letter text NOT NULL,
    user_id uuid NOT NULL,
    note_id uuid,
    -- When the event was committed.
    requested_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When it was recorded, or replayed last: from then on it is tried, until it is given up.
    queued_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'due',
    -- When it may be taken. Whoever takes it moves this on: a lease that nobody gives back ends by itself.
    due_at timestamptz NOT NULL DEFAULT now(),
    -- The process that has it in hand.
    lease uuid,
    attempts bigint NOT NULL DEFAULT 0,
    -- Of the last attempt: a code, never what a server said.
    reason text,
    settled_at timestamptz,
    CONSTRAINT known_state CHECK (state IN ('due', 'sent', 'skipped', 'dead')),
    CONSTRAINT settled_or_due CHECK ((state = 'due') = (settled_at IS NULL)),
    CONSTRAINT leased_while_due CHECK (state = 'due' OR lease IS NULL)
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'due';
CREATE INDEX jobs_settled ON jobs (settled_at) WHERE state <> 'due';

-- migrate:down

DROP TABLE jobs;
