-- Why: a post shows several pictures in an order, each with words for those who cannot see it.
-- Locks: access exclusive on posts and thumbnails while every post gets its picture, about two
-- minutes for a million posts: the gallery waits meanwhile, and nodes of an older release cannot go on.
-- Undo: a later migration moves the first picture of each post back; the others would be lost.

lock table posts, thumbnails in access exclusive mode;

create table pictures (
  id         uuid        not null,
  post_id    uuid        not null,
  position   smallint    not null,
  digest     bytea       not null,
  type       image_type  not null,
  bytes      bigint      not null,
  width      integer     not null,
  height     integer     not null,
  frames     integer     not null default 1,
  alt        text        not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  constraint pictures_pkey primary key (id),
  constraint pictures_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  -- Deferrable, so that one statement may move several.
  constraint pictures_post_id_position_key unique (post_id, position) deferrable,
  -- What the covers of posts need.
  constraint pictures_post_id_id_key unique (post_id, id),
  constraint pictures_position_range check (position between 1 and 20),
  constraint pictures_digest_length check (octet_length(digest) = 32),
  constraint pictures_bytes_positive check (bytes > 0),
  constraint pictures_width_positive check (width > 0),
  constraint pictures_height_positive check (height > 0),
  constraint pictures_frames_positive check (frames > 0),
  constraint pictures_alt_length check (char_length(alt) <= 1000)
);

-- The picture that a post has had keeps the id of the post, so that its thumbnails stay as they are.
insert into pictures
  (id, post_id, position, digest, type, bytes, width, height, frames, created_at, updated_at)
select id, id, 1, image_digest, image_type, image_bytes, width, height, frames, created_at, created_at
from posts;

-- Whether another picture still needs the same file.
create index pictures_digest_idx on pictures (digest);

alter table posts
  add column cover_id uuid,
  add column picture_count smallint not null default 1;
update posts set cover_id = id;
alter table posts
  alter column cover_id set not null,
  alter column picture_count drop default,
  add constraint posts_cover_id_fkey foreign key (id, cover_id) references pictures (post_id, id)
    deferrable initially deferred,
  add constraint posts_picture_count_range check (picture_count between 1 and 20),
  drop column image_digest,
  drop column image_type,
  drop column image_bytes,
  drop column width,
  drop column height,
  drop column frames;

alter table thumbnails rename column post_id to picture_id;
alter table thumbnails
  drop constraint thumbnails_post_id_fkey,
  add constraint thumbnails_picture_id_fkey foreign key (picture_id) references pictures (id)
    on delete cascade;

comment on table posts is
  'Pictures with a title and a description, shown to everybody or to their author alone.';
comment on column posts.visibility_token is
  'Random base64url text in the addresses of the pictures, replaced whenever `is_public` changes, '
  'so that old addresses stop working.';
comment on column posts.cover_id is
  'The picture that lists show: the first, until the author chooses another.
@type PictureID';
comment on column posts.picture_count is
  'How many pictures it has, 1 to 20; changed in the transactions that add and remove them.';
comment on column posts.updated_at is
  'When its author last changed the title, the description, the tags, the pictures or the visibility.';
comment on table pictures is
  'The pictures of posts.';
comment on column pictures.id is
  'UUIDv7; part of the address of the picture. The first picture of a post from before there were '
  'several has the id of the post.';
comment on column pictures.post_id is
  'The post that shows it. The picture goes with the post.';
comment on column pictures.position is
  'Its place in the post, from 1 to the number of pictures, without gaps.';
comment on column pictures.digest is
  'SHA-256 of the stored picture, after metadata was removed, 32 bytes; its name in storage. '
  'Several pictures may share one.';
comment on column pictures.type is
  'The format of the stored picture, found by its content.';
comment on column pictures.bytes is
  'The size of the stored picture in bytes.';
comment on column pictures.width is
  'The width of the stored picture in pixels, after its orientation was applied.';
comment on column pictures.height is
  'The height of the stored picture in pixels of one frame, after its orientation was applied.';
comment on column pictures.frames is
  'How many frames the picture has; 1 for a still one.';
comment on column pictures.alt is
  '0 to 1,000 code points that say what is to be seen; empty when the author wrote nothing.';
comment on column pictures.created_at is
  'When it was added to the post.';
comment on column pictures.updated_at is
  'When its author last changed `alt`.';
comment on table thumbnails is
  'A WebP copy of a picture in one size. Sizes larger than the picture show it as it is.';
comment on column thumbnails.picture_id is
  'The picture that it shows.';
comment on column thumbnails.digest is
  'SHA-256 of the stored copy, 32 bytes; its name in storage. Several pictures may share one.';
comment on column member_usages.used_bytes is
  'The sum over the pictures of the member''s posts and their thumbnails, in bytes; a file that several '
  'pictures share counts for each of them.';
