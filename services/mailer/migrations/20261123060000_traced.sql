-- squawk-ignore-file ban-drop-column
-- migrate:up

-- Of the handling of the event: every attempt is of the same trace.
ALTER TABLE jobs ADD COLUMN traceparent text;

-- migrate:down

ALTER TABLE jobs DROP COLUMN traceparent;
