-- Why: an author shows a post to people without an account, for a time and behind a password if they like.
-- Locks: a short share row exclusive lock on posts, for the foreign key.
-- Undo: a later migration drops the table; links stop working.

create table share_links (
  id            uuid        not null,
  post_id       uuid        not null,
  digest        bytea       not null,
  password_hash text,
  views         bigint      not null default 0,
  created_at    timestamptz not null default now(),
  expires_at    timestamptz,

  constraint share_links_pkey primary key (id),
  constraint share_links_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint share_links_digest_key unique (digest),
  constraint share_links_digest_length check (octet_length(digest) = 32),
  constraint share_links_password_hash_length check (char_length(password_hash) between 1 and 128),
  constraint share_links_views_not_negative check (views >= 0),
  constraint share_links_expires_at_later check (expires_at > created_at)
);

-- The links of a post, newest first; also what the foreign key needs.
create index share_links_post_id_created_at_id_idx on share_links (post_id, created_at desc, id desc);

comment on table share_links is
  'Addresses by which whoever has them sees a post, private ones too; at most 20 of a post. A link that is revoked, or '
  'whose post is deleted, is deleted.';
comment on column share_links.id is
  'UUIDv7.';
comment on column share_links.post_id is
  'The post that it shows. The link goes with the post, also into the trash.';
comment on column share_links.digest is
  'SHA-256 of the token in the address, 32 bytes; the token itself is stored nowhere.';
comment on column share_links.password_hash is
  'The argon2id PHC string of its password; null when it has none.';
comment on column share_links.views is
  'How often its page was opened, without its author.';
comment on column share_links.created_at is
  'When it was made.';
comment on column share_links.expires_at is
  'When it stops working; null for never.';
