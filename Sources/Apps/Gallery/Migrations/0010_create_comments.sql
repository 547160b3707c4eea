-- Why: whoever sees a post may say something about it.
-- Locks: none on existing tables but a short share row exclusive lock on posts and members for the
-- foreign keys.
-- Undo: a later migration drops the table.

create table comments (
  id         uuid        not null,
  post_id    uuid        not null,
  author_id  uuid        not null,
  text       text        not null,
  upvotes    bigint      not null default 0,
  downvotes  bigint      not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Made by the database, so that what is sorted by never differs from what is shown.
  score      bigint      not null generated always as (upvotes - downvotes) stored,

  constraint comments_pkey primary key (id),
  constraint comments_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint comments_author_id_fkey
    foreign key (author_id) references members (id) on delete cascade,
  constraint comments_text_length check (char_length(text) between 1 and 5000),
  constraint comments_upvotes_not_negative check (upvotes >= 0),
  constraint comments_downvotes_not_negative check (downvotes >= 0)
);

-- The comments of a post in the order of time, read from either end; also what the foreign key needs.
create index comments_post_id_created_at_id_idx on comments (post_id, created_at, id);
-- Those that are liked most first.
create index comments_post_id_score_id_idx on comments (post_id, score, id);
-- One member's comments, for their archive and their departure; also what the foreign key needs.
create index comments_author_id_created_at_id_idx on comments (author_id, created_at, id);

comment on table comments is
  'What members say about posts.';
comment on column comments.id is
  'UUIDv7; part of the address of the comment.';
comment on column comments.post_id is
  'What it is about. The comment goes with the post.';
comment on column comments.author_id is
  'Who wrote it. The comment goes with its author.';
comment on column comments.text is
  '1 to 5,000 code points of plain text.';
comment on column comments.upvotes is
  'How many like it.';
comment on column comments.downvotes is
  'How many do not like it.';
comment on column comments.created_at is
  'When it was written; comments are ordered by it, then by `id`.';
comment on column comments.updated_at is
  'When its author last changed the text; votes do not change it.';
comment on column comments.score is
  'Upvotes less downvotes.';
