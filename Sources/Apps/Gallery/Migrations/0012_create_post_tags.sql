-- Why: a post has several tags, and the posts of a tag are listed newest first at the same cost at any depth.
-- Locks: share row exclusive on posts and tags for a moment, for the foreign keys.
-- Undo: a later migration drops the table; what members tagged is lost.

create table post_tags (
  post_id    uuid        not null,
  tag_id     uuid        not null,
  is_listed  boolean     not null,
  created_at timestamptz not null,

  constraint post_tags_pkey primary key (post_id, tag_id),
  constraint post_tags_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint post_tags_tag_id_fkey foreign key (tag_id) references tags (id) on delete cascade
);

-- The posts of a tag that everybody sees, newest first.
create index post_tags_listed_idx on post_tags (tag_id, created_at desc, post_id desc) where is_listed;
-- What the foreign key needs.
create index post_tags_tag_id_idx on post_tags (tag_id);

comment on table post_tags is
  'Which tags a post has, at most 10.';
comment on column post_tags.post_id is
  'The post; its tags go with it.';
comment on column post_tags.tag_id is
  'The tag.';
comment on column post_tags.is_listed is
  'Whether everybody sees the post, as `posts` says: lists of a tag and its count keep to this copy, which changes '
  'in the same transaction.';
comment on column post_tags.created_at is
  'When the post was published, as `posts` says.';
