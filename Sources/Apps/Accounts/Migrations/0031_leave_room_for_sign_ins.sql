-- Why: a sign-in changes no indexed column, so the new version of the row needs no index entries where the
-- page has room for it.
-- Locks: share update exclusive on members for a moment, which readers and writers do not notice; pages
-- written before stay as full as they are.
-- Undo: alter table members reset (fillfactor).

alter table members set (fillfactor = 90);
