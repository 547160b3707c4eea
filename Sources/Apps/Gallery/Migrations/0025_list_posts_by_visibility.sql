-- Why: a post can be seen by whoever has its address and stand in no list, as albums can.
-- Locks: access exclusive on posts while the indexes that it has for lists are made anew and the private ones are
-- written: the gallery waits meanwhile, and nodes of an older release cannot go on.
-- Undo: a later migration brings the column back and makes the indexes as they were; what is unlisted gets private.

lock table posts in access exclusive mode;

alter table posts add column visibility visibility not null default 'public';
update posts set visibility = 'private' where not is_public;
-- The indexes that ask for it go with it.
alter table posts drop column is_public;

create index posts_public_created_at_id_idx on posts (created_at desc, id desc)
  where visibility = 'public' and state = 'kept';
create index posts_public_author_id_created_at_id_idx on posts (author_id, created_at desc, id desc)
  where visibility = 'public' and state = 'kept';
create index posts_public_score_id_idx on posts (score desc, id desc)
  where visibility = 'public' and state = 'kept';
create index posts_public_day_score_id_idx
  on posts (((created_at at time zone 'UTC')::date), score desc, id desc)
  where visibility = 'public' and state = 'kept';
create index posts_public_heat_id_idx on posts (heat desc, id desc)
  where visibility = 'public' and state = 'kept';

comment on table posts is
  'Pictures with a title and a description, shown to everybody, to whoever has the address, or to their author alone.';
comment on column posts.visibility is
  'Who sees the post. Of those that others see, lists, tags and searches know the public ones alone.';
comment on column posts.visibility_token is
  'Random base64url text in the addresses of the pictures, replaced whenever `visibility` changes, so that old '
  'addresses stop working.';
comment on column post_tags.is_listed is
  'Whether the post is public and kept, as `posts` says: lists of a tag and its count keep to this copy, which '
  'changes in the same transaction.';
