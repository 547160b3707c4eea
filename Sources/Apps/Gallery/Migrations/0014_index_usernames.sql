-- Why: lists of a member's posts name the member as people do.
-- Locks: none that stop reading or writing.
-- Undo: a later migration drops the index.
create index concurrently members_username_idx on members (lower(username)) where departed_at is null;
