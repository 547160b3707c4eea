-- Why: sessions and refresh tokens whose time is over are found by it, to be deleted.
-- Locks: a share lock on sessions and one on refresh_tokens while the indexes are built: reads go
-- on, signing in waits.
-- Undo: a later migration drops the indexes.

-- Using a session moves its end, so the index is written as often: once a minute for each.
create index sessions_expires_at_idx on sessions (expires_at);
create index refresh_tokens_expires_at_idx on refresh_tokens (expires_at);
