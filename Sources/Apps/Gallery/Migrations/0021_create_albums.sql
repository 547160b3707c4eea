-- Why: members gather their posts in albums, in an order of their own.
-- Locks: share row exclusive on members and posts for a moment, for the foreign keys.
-- Undo: a later migration drops the tables; albums are lost, their posts are not.

create type visibility as enum ('public', 'unlisted', 'private');

comment on type visibility is
  'Who sees a thing: everybody; whoever has its address; its author alone.';

create table albums (
  id          uuid        not null,
  owner_id    uuid        not null,
  name        text        not null,
  description text        not null default '',
  visibility  visibility  not null default 'public',
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),

  constraint albums_pkey primary key (id),
  constraint albums_owner_id_fkey foreign key (owner_id) references members (id) on delete cascade,
  constraint albums_name_length check (char_length(name) between 1 and 200),
  constraint albums_description_length check (char_length(description) <= 5000)
);

-- A member's albums, newest first; also what the foreign key needs.
create index albums_owner_id_created_at_id_idx on albums (owner_id, created_at desc, id desc);
-- Those that everybody sees, of one member and of all.
create index albums_public_owner_id_created_at_id_idx on albums (owner_id, created_at desc, id desc)
  where visibility = 'public';
create index albums_public_created_at_id_idx on albums (created_at desc, id desc)
  where visibility = 'public';

comment on table albums is
  'Posts of one member that belong together, at most 1,000.';
comment on column albums.id is
  'UUIDv7.';
comment on column albums.owner_id is
  'Whose album it is, and whose posts are in it. The album goes with its member.';
comment on column albums.name is
  '1 to 200 code points, in one line.';
comment on column albums.description is
  '0 to 5,000 code points of plain text.';
comment on column albums.visibility is
  'Who sees the album. Of its posts others see those that are shown to them anyway.';
comment on column albums.created_at is
  'When it was made; lists of albums are ordered by it.';
comment on column albums.updated_at is
  'When its words, its visibility or its posts last changed.';

create table album_posts (
  album_id uuid        not null,
  post_id  uuid        not null,
  position integer     not null,
  is_cover boolean     not null default false,
  added_at timestamptz not null default now(),

  constraint album_posts_pkey primary key (album_id, post_id),
  constraint album_posts_album_id_fkey foreign key (album_id) references albums (id) on delete cascade,
  constraint album_posts_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint album_posts_position_positive check (position > 0)
);

-- The order of an album.
create index album_posts_album_id_position_post_id_idx on album_posts (album_id, position, post_id);
-- The albums of a post; what the foreign key needs.
create index album_posts_post_id_idx on album_posts (post_id);
-- One cover at most. It stands here rather than in albums so that deleting a post waits for no album.
create unique index album_posts_album_id_key on album_posts (album_id) where is_cover;

comment on table album_posts is
  'Which posts are in an album.';
comment on column album_posts.album_id is
  'The album.';
comment on column album_posts.post_id is
  'The post; it leaves its albums when it is deleted.';
comment on column album_posts.position is
  'Its place: smaller ones come first. There may be gaps, and two of a place until the owner orders them.';
comment on column album_posts.is_cover is
  'Whether the owner chose it as the picture of the album; without one, the first post is.';
comment on column album_posts.added_at is
  'When it came into the album.';
