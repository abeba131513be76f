-- migrate:up

-- The session that asked: its end is the end of what it asked for. None: asked before this was kept, and good for
-- nothing any more. No foreign key: what ends a session does not wait for who confirms.
ALTER TABLE email_changes ADD COLUMN session_id uuid;

-- migrate:down

-- squawk-ignore ban-drop-column
ALTER TABLE email_changes DROP COLUMN session_id;
