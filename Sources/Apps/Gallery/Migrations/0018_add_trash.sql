-- Why: a deleted post waits in the trash, where its author changes their mind for 30 days, and what a moderator
-- took down waits there too; whatever lists posts leaves them out, at the same cost as before.
-- Locks: access exclusive on posts while the indexes that it has for lists are made anew, about five seconds for a
-- million posts: the gallery waits meanwhile. The columns rewrite no row.
-- Undo: a later migration drops the columns and makes the indexes as they were; what is in the trash is shown again.

create type post_state as enum ('kept', 'trashed', 'taken_down', 'erased');

alter table posts
  add column state    post_state  not null default 'kept',
  add column moved_at timestamptz not null default now();

-- A member who deletes thousands of posts must not make everybody read past them.
drop index posts_public_created_at_id_idx;
create index posts_public_created_at_id_idx on posts (created_at desc, id desc)
  where is_public and state = 'kept';
drop index posts_public_author_id_created_at_id_idx;
create index posts_public_author_id_created_at_id_idx on posts (author_id, created_at desc, id desc)
  where is_public and state = 'kept';
drop index posts_public_score_id_idx;
create index posts_public_score_id_idx on posts (score desc, id desc)
  where is_public and state = 'kept';
drop index posts_public_day_score_id_idx;
create index posts_public_day_score_id_idx
  on posts (((created_at at time zone 'UTC')::date), score desc, id desc)
  where is_public and state = 'kept';
drop index posts_public_heat_id_idx;
create index posts_public_heat_id_idx on posts (heat desc, id desc)
  where is_public and state = 'kept';

-- The trash of one author, what came last first.
create index posts_trash_author_id_moved_at_id_idx on posts (author_id, moved_at desc, id desc)
  where state in ('trashed', 'taken_down');
-- What is to be deleted for good.
create index posts_away_state_moved_at_idx on posts (state, moved_at) where state <> 'kept';

comment on type post_state is
  'Where a post is: `kept` in its place; `trashed` by its author; `taken_down` by a moderator; `erased` for good, which '
  'a job does, and seen by nobody meanwhile.';
comment on column posts.state is
  'Where the post is. Only a kept one is seen anywhere but in the trash of its author.';
comment on column posts.moved_at is
  'When the post was published, or last put into the trash or brought back; later than every change before. The '
  'trash is ordered by it, then by `id`.';
