-- Why: the home feed shows the posts of those whom a member follows.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; it is filled again from the events of Accounts.

create table follows (
  follower_id  uuid not null,
  following_id uuid not null,

  constraint follows_pkey primary key (follower_id, following_id)
);

-- Those who follow a member who departs.
create index follows_following_id_idx on follows (following_id);

comment on table follows is
  'Gallery''s copy of who follows whom. Accounts owns the original.';
comment on column follows.follower_id is
  'Who follows. No foreign key: events of two members arrive in any order.
@type MemberID';
comment on column follows.following_id is
  'Whom they follow.
@type MemberID';
