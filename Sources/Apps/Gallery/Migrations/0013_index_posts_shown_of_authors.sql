-- Why: what a member shows is listed for others, however much the member keeps private.
-- Locks: none that stop reading or writing.
-- Undo: a later migration drops the index.
create index concurrently posts_public_author_id_created_at_id_idx
  on posts (author_id, created_at desc, id desc) where is_public;
