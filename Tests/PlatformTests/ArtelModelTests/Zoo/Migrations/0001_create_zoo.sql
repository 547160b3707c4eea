-- Why: the model's and the generator's tests need every form that a schema can take.
-- Locks: none on existing tables.
-- Undo: drop the test database.

create extension if not exists citext;

create type post_status as enum ('draft', 'in review', 'published', 'default');
comment on type post_status is 'How far a post has come.';

create table members (
  id uuid not null,
  username citext not null,
  bio text,
  karma integer not null default 0,

  constraint members_pkey primary key (id),
  constraint members_username_key unique (username)
);
comment on table members is 'Somebody who writes.';
comment on column members.username is 'Unique without case.';

create table posts (
  id uuid not null,
  author_id uuid not null,
  editor_id uuid,
  title text not null,
  status post_status not null default 'draft',
  is_public boolean not null default true,
  views bigint not null default 0,
  rating double precision,
  labels text[] not null default '{}',
  extra jsonb not null default '{}',
  digest bytea,
  published_on date,
  price numeric(10, 2),
  created_at timestamptz not null default now(),
  search tsvector not null generated always as (to_tsvector('simple', title)) stored,
  title_length integer not null generated always as (char_length(title)) stored,

  constraint posts_pkey primary key (id),
  constraint posts_author_id_fkey foreign key (author_id) references members (id) on delete cascade,
  constraint posts_editor_id_fkey foreign key (editor_id) references members (id) on delete set null
);
create index posts_created_at_id_idx on posts (created_at desc, id desc);
comment on table posts is 'Something that a member wrote.';
comment on column posts.title is '1 to 120 characters after trimming.';

create table tags (
  id uuid not null,
  name text not null,

  constraint tags_pkey primary key (id),
  constraint tags_name_key unique (name)
);

create table post_tags (
  post_id uuid not null,
  tag_id uuid not null,
  added_at timestamptz not null default now(),

  constraint post_tags_pkey primary key (post_id, tag_id),
  constraint post_tags_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint post_tags_tag_id_fkey foreign key (tag_id) references tags (id) on delete cascade
);

create table comments (
  id uuid not null,
  post_id uuid not null,
  parent_id uuid,
  body text not null,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,

  constraint comments_pkey primary key (id),
  constraint comments_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint comments_parent_id_fkey foreign key (parent_id) references comments (id)
);
comment on table comments is 'What somebody answered. Deleted ones stay and are hidden.';

create table profiles (
  member_id uuid not null,
  motto text not null default 'It''s fine',

  constraint profiles_pkey primary key (member_id),
  constraint profiles_member_id_fkey foreign key (member_id) references members (id)
);

create table "Odd Things" (
  "Class" bigint not null generated always as identity,
  "default" text not null default '',
  "2nd value" smallint,
  "select" boolean not null default false,
  person_ids uuid[] not null default '{}',
  homepage_url text,

  constraint odd_things_pkey primary key ("Class")
);
comment on table "Odd Things" is 'Names that need quotes in SQL and backticks in Swift.

@type OddThing';
comment on column "Odd Things".person_ids is 'Who it concerns.

@type [MemberID]';
