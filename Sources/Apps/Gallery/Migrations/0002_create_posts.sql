-- Why: a post is a picture that a member shows to everybody or keeps private.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign
-- key.
-- Undo: a later migration drops the table and the type; the picture files remain in storage.

create type image_type as enum ('jpeg', 'png', 'gif', 'webp');

create table posts (
  id               uuid        not null,
  author_id        uuid        not null,
  title            text        not null default '',
  description      text        not null default '',
  image_digest     bytea       not null,
  image_type       image_type  not null,
  image_bytes      bigint      not null,
  width            integer     not null,
  height           integer     not null,
  frames           integer     not null default 1,
  views            bigint      not null default 0,
  is_public        boolean     not null default true,
  visibility_token text        not null,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),

  constraint posts_pkey primary key (id),
  constraint posts_author_id_fkey foreign key (author_id) references members (id) on delete cascade,
  constraint posts_title_length check (char_length(title) <= 200),
  constraint posts_description_length check (char_length(description) <= 5000),
  constraint posts_image_digest_length check (octet_length(image_digest) = 32),
  constraint posts_image_bytes_positive check (image_bytes > 0),
  constraint posts_width_positive check (width > 0),
  constraint posts_height_positive check (height > 0),
  constraint posts_frames_positive check (frames > 0),
  constraint posts_views_not_negative check (views >= 0),
  constraint posts_visibility_token_form check (visibility_token ~ '^[A-Za-z0-9_-]{8,43}$')
);

-- The public feed, newest first; its pages cost the same at any depth.
create index posts_public_created_at_id_idx on posts (created_at desc, id desc) where is_public;
-- One author's posts, newest first; also what the foreign key needs.
create index posts_author_id_created_at_id_idx on posts (author_id, created_at desc, id desc);
-- Whether another post still needs the same file.
create index posts_image_digest_idx on posts (image_digest);

comment on type image_type is
  'The format of a stored picture, found by its content.';
comment on table posts is
  'A picture with its title and description, shown to everybody or to its author alone.';
comment on column posts.id is
  'UUIDv7; part of the address of the post and of its pictures.';
comment on column posts.author_id is
  'Who posted it. The post goes with its author.';
comment on column posts.title is
  '0 to 200 code points, in one line; empty when the author gave none.';
comment on column posts.description is
  '0 to 5,000 code points of plain text; empty when the author gave none.';
comment on column posts.image_digest is
  'SHA-256 of the stored picture, after metadata was removed, 32 bytes; its name in storage. '
  'Several posts may share one.';
comment on column posts.image_type is
  'The format of the stored picture, found by its content.';
comment on column posts.image_bytes is
  'The size of the stored picture in bytes.';
comment on column posts.width is
  'The width of the stored picture in pixels, after its orientation was applied.';
comment on column posts.height is
  'The height of the stored picture in pixels of one frame, after its orientation was applied.';
comment on column posts.frames is
  'How many frames the picture has; 1 for a still one.';
comment on column posts.views is
  'How often the post was opened. Counting a view changes neither `updated_at` nor the entity tag.';
comment on column posts.is_public is
  'Whether everybody sees the post; otherwise only its author does.';
comment on column posts.visibility_token is
  'Random base64url text in the address of the picture, replaced whenever `is_public` changes, '
  'so that old addresses stop working.';
comment on column posts.created_at is
  'When the post was published; the feed is ordered by it, then by `id`.';
comment on column posts.updated_at is
  'When its author last changed the title, the description or the visibility.';
