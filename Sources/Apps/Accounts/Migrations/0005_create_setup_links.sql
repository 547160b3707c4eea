-- Why: the first administrator is made by whoever can read the server's output, not by whoever
-- signs up first.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; `artel member promote` still makes administrators.

create table setup_links (
  digest     bytea       not null,
  created_at timestamptz not null default now(),
  used_at    timestamptz,

  constraint setup_links_pkey primary key (digest),
  constraint setup_links_digest_length check (octet_length(digest) = 32),
  constraint setup_links_used_later check (used_at >= created_at)
);

comment on table setup_links is
  'A one-time link that makes its first user an administrator. Links work only while there is '
  'no administrator.';
comment on column setup_links.digest is
  'SHA-256 of the token in the link, 32 bytes. The token itself is printed once and not stored.';
comment on column setup_links.created_at is
  'When the server printed the link.';
comment on column setup_links.used_at is
  'When somebody became administrator by it; null while it still works.';
