-- Why: members say of posts and comments whether they like them, and the numbers are exact without
-- one row that every voter of a popular post has to wait for.
-- Locks: access exclusive on posts while its rows are read once to check the new columns; a short
-- share row exclusive lock on members, posts and comments for the foreign keys.
-- Undo: a later migration drops the tables, the type and the columns.

create type vote_type as enum ('upvote', 'downvote');

create table votes (
  id         uuid        not null,
  member_id  uuid        not null,
  post_id    uuid,
  comment_id uuid,
  type       vote_type   not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  constraint votes_pkey primary key (id),
  constraint votes_member_id_fkey foreign key (member_id) references members (id) on delete cascade,
  constraint votes_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint votes_comment_id_fkey
    foreign key (comment_id) references comments (id) on delete cascade,
  constraint votes_one_target check (num_nonnulls(post_id, comment_id) = 1)
);

-- One vote of a member on a post, and on a comment. A unique constraint over all three columns would
-- let any number in, as null differs from null.
create unique index votes_member_id_post_id_key on votes (member_id, post_id)
  where post_id is not null;
create unique index votes_member_id_comment_id_key on votes (member_id, comment_id)
  where comment_id is not null;
-- The votes on a post, and on a comment; what the foreign keys need.
create index votes_post_id_idx on votes (post_id) where post_id is not null;
create index votes_comment_id_idx on votes (comment_id) where comment_id is not null;
-- One member's votes, for their archive and their departure; also what the foreign key needs.
create index votes_member_id_created_at_id_idx on votes (member_id, created_at, id);

comment on type vote_type is
  'Whether a member likes a thing or not.';
comment on table votes is
  'What members think of posts and comments: each one vote on each thing.';
comment on column votes.id is
  'UUIDv7.';
comment on column votes.member_id is
  'Whose vote it is. The vote goes with its member.';
comment on column votes.post_id is
  'The post that the vote is on; null for a vote on a comment. The vote goes with the post.';
comment on column votes.comment_id is
  'The comment that the vote is on; null for a vote on a post. The vote goes with the comment.';
comment on column votes.type is
  'What the member thinks of it.';
comment on column votes.created_at is
  'When the member first voted.';
comment on column votes.updated_at is
  'When the member last changed their mind.';

-- What votes change about the counters, added to them by whoever folds; meanwhile every reader adds it.
create table vote_deltas (
  id         bigint  not null generated always as identity,
  post_id    uuid,
  comment_id uuid,
  upvotes    integer not null,
  downvotes  integer not null,
  is_news    boolean not null,

  -- No foreign keys: a row of a thing that is gone is folded away with the others.
  constraint vote_deltas_pkey primary key (id),
  constraint vote_deltas_one_target check (num_nonnulls(post_id, comment_id) = 1),
  constraint vote_deltas_upvotes_range check (upvotes between -1 and 1),
  constraint vote_deltas_downvotes_range check (downvotes between -1 and 1)
);

create index vote_deltas_post_id_idx on vote_deltas (post_id) include (upvotes, downvotes)
  where post_id is not null;
create index vote_deltas_comment_id_idx on vote_deltas (comment_id) include (upvotes, downvotes)
  where comment_id is not null;

comment on table vote_deltas is
  'What votes have changed and the counters of posts and comments do not hold yet. Written with the '
  'vote, folded into the counters about a second later.';
comment on column vote_deltas.id is
  'Grows with each row; rows are folded in its order.';
comment on column vote_deltas.post_id is
  'The post that was voted on; null for a comment.';
comment on column vote_deltas.comment_id is
  'The comment that was voted on; null for a post.';
comment on column vote_deltas.upvotes is
  'What to add to the upvotes: -1, 0 or 1.';
comment on column vote_deltas.downvotes is
  'What to add to the downvotes: -1, 0 or 1.';
comment on column vote_deltas.is_news is
  'Whether the author of the thing is told: another member whom they have not muted likes it.';

alter table posts
  add column upvotes   bigint not null default 0,
  add column downvotes bigint not null default 0,
  add constraint posts_upvotes_not_negative check (upvotes >= 0),
  add constraint posts_downvotes_not_negative check (downvotes >= 0);

comment on column posts.upvotes is
  'How many like it, without what vote_deltas still holds.';
comment on column posts.downvotes is
  'How many do not like it, without what vote_deltas still holds.';
comment on column comments.upvotes is
  'How many like it, without what vote_deltas still holds.';
comment on column comments.downvotes is
  'How many do not like it, without what vote_deltas still holds.';
