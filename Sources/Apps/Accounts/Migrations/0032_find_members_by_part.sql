-- Why: administrators find members by any part of what they know of them.
-- Locks: share on members while the index is built, some three seconds for 100,000 rows: reads go on, signing up waits.
-- Undo: a later migration drops the index.

create index members_parts_idx on members using gin (
  lower(username) gin_trgm_ops, lower(display_name) gin_trgm_ops, lower(email) gin_trgm_ops, phone gin_trgm_ops
);
