-- The index is made over a table whose rows have all been told of: it is empty.
-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation, require-concurrent-index-deletion
-- migrate:up

-- How it ended, auth has not heard yet.
ALTER TABLE jobs ADD COLUMN untold boolean NOT NULL DEFAULT false;
CREATE INDEX jobs_untold ON jobs (settled_at) WHERE untold;

-- migrate:down

DROP INDEX jobs_untold;
ALTER TABLE jobs DROP COLUMN untold;
