-- Why: the guide to queries needs tables like those of the apps: posts, chats and music together.
-- Locks: none on existing tables.
-- Undo: drop the test database.

create extension if not exists citext;
create extension if not exists pg_trgm;

create table members (
  id            uuid        not null,
  username      citext      not null,
  phone         text,
  display_name  text        not null,
  bio           text        not null default '',
  last_seen_at  timestamptz not null default now(),
  version       bigint      not null default 1,

  constraint members_pkey primary key (id),
  constraint members_username_key unique (username),
  constraint members_phone_key unique (phone),
  constraint members_display_name_length check (char_length(display_name) between 2 and 100),
  constraint members_phone_form check (phone ~ '^\+[0-9]{7,15}$')
);
create index members_username_trigram_idx on members using gin ((username::text) gin_trgm_ops);
create index members_display_name_trigram_idx on members using gin (display_name gin_trgm_ops);

create table follows (
  follower_id uuid        not null,
  followee_id uuid        not null,
  followed_at timestamptz not null default now(),

  constraint follows_pkey primary key (follower_id, followee_id),
  constraint follows_follower_id_fkey foreign key (follower_id) references members (id) on delete cascade,
  constraint follows_followee_id_fkey foreign key (followee_id) references members (id) on delete cascade,
  constraint follows_not_oneself check (follower_id <> followee_id)
);
create index follows_followee_id_idx on follows (followee_id);

create table posts (
  id          uuid        not null,
  author_id   uuid        not null,
  title       text        not null,
  description text        not null default '',
  is_public   boolean     not null default true,
  views       bigint      not null default 0,
  upvotes     bigint      not null default 0,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  search      tsvector    not null generated always as (
    setweight(to_tsvector('russian', title), 'A') || setweight(to_tsvector('russian', description), 'B')
  ) stored,

  constraint posts_pkey primary key (id),
  constraint posts_author_id_fkey foreign key (author_id) references members (id) on delete cascade
);
create index posts_public_created_at_id_idx on posts (created_at desc, id desc) where is_public;
create index posts_author_id_created_at_id_idx on posts (author_id, created_at desc, id desc);
create index posts_search_idx on posts using gin (search);

create table comments (
  id         uuid        not null,
  post_id    uuid        not null,
  author_id  uuid        not null,
  parent_id  uuid,
  body       text        not null,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,

  constraint comments_pkey primary key (id),
  constraint comments_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint comments_author_id_fkey foreign key (author_id) references members (id) on delete cascade,
  constraint comments_parent_id_fkey foreign key (parent_id) references comments (id) on delete cascade
);
create index comments_post_id_created_at_idx on comments (post_id, created_at);

create table tags (
  id         uuid   not null,
  name       text   not null,
  slug       text   not null,
  post_count bigint not null default 0,

  constraint tags_pkey primary key (id),
  constraint tags_name_key unique (name),
  constraint tags_slug_key unique (slug)
);

create table post_tags (
  post_id uuid not null,
  tag_id  uuid not null,

  constraint post_tags_pkey primary key (post_id, tag_id),
  constraint post_tags_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint post_tags_tag_id_fkey foreign key (tag_id) references tags (id) on delete cascade
);
create index post_tags_tag_id_idx on post_tags (tag_id);

create type vote_kind as enum ('upvote', 'downvote');

create table votes (
  member_id uuid        not null,
  post_id   uuid        not null,
  kind      vote_kind   not null,
  voted_at  timestamptz not null default now(),

  constraint votes_pkey primary key (post_id, member_id),
  constraint votes_member_id_fkey foreign key (member_id) references members (id) on delete cascade,
  constraint votes_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
);

create table chats (
  id         uuid        not null,
  created_at timestamptz not null default now(),

  constraint chats_pkey primary key (id)
);

create table chat_members (
  chat_id   uuid        not null,
  member_id uuid        not null,
  read_at   timestamptz not null default now(),

  constraint chat_members_pkey primary key (chat_id, member_id),
  constraint chat_members_chat_id_fkey foreign key (chat_id) references chats (id) on delete cascade,
  constraint chat_members_member_id_fkey foreign key (member_id) references members (id) on delete cascade
);
create index chat_members_member_id_idx on chat_members (member_id);

create table messages (
  id         uuid        not null,
  chat_id    uuid        not null,
  sender_id  uuid        not null,
  body       text        not null,
  created_at timestamptz not null default now(),

  constraint messages_pkey primary key (id),
  constraint messages_chat_id_fkey foreign key (chat_id) references chats (id) on delete cascade,
  constraint messages_sender_id_fkey foreign key (sender_id) references members (id) on delete cascade
);
create index messages_chat_id_created_at_id_idx on messages (chat_id, created_at desc, id desc);

create table verification_codes (
  id         uuid        not null,
  phone      text        not null,
  code_hash  bytea       not null,
  expires_at timestamptz not null,

  constraint verification_codes_pkey primary key (id)
);
create index verification_codes_expires_at_idx on verification_codes (expires_at);

create table artists (
  id     uuid   not null,
  name   text   not null,
  genres text[] not null default '{}',
  links  jsonb  not null default '{}',

  constraint artists_pkey primary key (id)
);
create index artists_genres_idx on artists using gin (genres);

create table albums (
  id          uuid not null,
  artist_id   uuid not null,
  title       text not null,
  released_on date,

  constraint albums_pkey primary key (id),
  constraint albums_artist_id_fkey foreign key (artist_id) references artists (id) on delete cascade
);
create index albums_artist_id_idx on albums (artist_id);

create table tracks (
  id               uuid    not null,
  album_id         uuid    not null,
  title            text    not null,
  number           integer not null,
  duration_seconds integer not null,

  constraint tracks_pkey primary key (id),
  constraint tracks_album_id_fkey foreign key (album_id) references albums (id) on delete cascade
);
create index tracks_album_id_idx on tracks (album_id, number);
