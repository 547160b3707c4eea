-- Why: members say in a word or two what a picture is about, and find others by it.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table, after post_tags.

create table tags (
  id         uuid        not null,
  name       text        collate "und-x-icu" not null,
  slug       text        not null,
  post_count bigint      not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  constraint tags_pkey primary key (id),
  constraint tags_slug_key unique (slug),
  constraint tags_name_length check (char_length(name) between 1 and 50),
  constraint tags_slug_length check (char_length(slug) between 1 and 220),
  constraint tags_post_count_not_negative check (post_count >= 0)
);

-- The same word in other letters is the same tag; also for the beginnings that people type.
create unique index tags_name_key on tags (lower(name) text_pattern_ops);
-- In alphabetical order of any language, those that posts have.
create index tags_shown_name_id_idx on tags (name, id) where post_count > 0;
-- The popular ones.
create index tags_post_count_id_idx on tags (post_count desc, id desc) where post_count > 0;

comment on table tags is
  'A word or two that posts are found by. A tag stays when its last post is gone, and its address with it.';
comment on column tags.id is
  'UUIDv7.';
comment on column tags.name is
  '1 to 50 code points as they were first written, without white space and # at the ends; unique whatever their case.';
comment on column tags.slug is
  'The name in its address: small letters and digits with hyphens between, Cyrillic in Latin letters. Never changes.';
comment on column tags.post_count is
  'How many posts with the tag everybody sees; counted in the transaction that changes it.';
comment on column tags.created_at is
  'When a post was first given it.';
comment on column tags.updated_at is
  'When `post_count` last changed.';
