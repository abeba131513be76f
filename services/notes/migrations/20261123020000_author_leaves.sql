-- A small table's worth of deleted notes, and of keys of a day.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- migrate:up

-- What else tells of an author, beside the notes in their lists: the tombstones of notes that they deleted.
CREATE INDEX notes_of_author_deleted ON notes (author_id, id)
WHERE author_id IS NOT NULL AND deleted_at IS NOT NULL;

-- migrate:down

DROP INDEX notes_of_author_deleted;
