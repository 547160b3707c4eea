-- Why: whether any member still has a hash of another system is asked once a minute.
-- Locks: share on members while the index is made, well under a second for a million members, as it holds
-- only those who came from elsewhere and have not signed in since.
-- Undo: a later migration drops the index.

create index members_imported_hash_idx on members (id) where password_hash like '$2%';
