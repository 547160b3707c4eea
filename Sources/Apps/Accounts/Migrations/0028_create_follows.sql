-- Why: members choose whose new things they see first.
-- Locks: none on existing tables but short share row exclusive locks on members for the foreign keys.
-- Undo: a later migration drops the table; everybody follows nobody.

create table follows (
  id           uuid        not null,
  follower_id  uuid        not null,
  following_id uuid        not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),

  constraint follows_pkey primary key (id),
  constraint follows_follower_id_following_id_key unique (follower_id, following_id),
  constraint follows_follower_id_fkey
    foreign key (follower_id) references members (id) on delete cascade,
  constraint follows_following_id_fkey
    foreign key (following_id) references members (id) on delete cascade,
  constraint follows_not_oneself check (follower_id <> following_id)
);

-- Whom a member follows, and who follows a member, newest first.
create index follows_follower_id_created_at_id_idx on follows (follower_id, created_at desc, id desc);
create index follows_following_id_created_at_id_idx on follows (following_id, created_at desc, id desc);

comment on table follows is
  'A member who wants to see first what another one shows. It ends when one of the two blocks the other or departs.';
comment on column follows.id is
  'UUIDv7.';
comment on column follows.follower_id is
  'Who follows.';
comment on column follows.following_id is
  'Whom they follow.';
comment on column follows.created_at is
  'Since when.';
comment on column follows.updated_at is
  'The same: nothing of a follow changes.';
