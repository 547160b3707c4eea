-- Why: programs of a member need a key of their own, for a part of what the member may do, that does not end with a
-- session and can be taken away alone.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the table; programs that use tokens stop working.

create table api_tokens (
  id           uuid        not null,
  member_id    uuid        not null,
  digest       bytea       not null,
  name         text        not null,
  scopes       text[]      not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  last_used_at timestamptz,
  last_address text,
  revoked_at   timestamptz,

  constraint api_tokens_pkey primary key (id),
  constraint api_tokens_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint api_tokens_digest_key unique (digest),
  constraint api_tokens_digest_length check (octet_length(digest) = 32),
  constraint api_tokens_name_length check (char_length(name) between 1 and 100),
  constraint api_tokens_scopes_count check (cardinality(scopes) between 1 and 50),
  constraint api_tokens_last_address_form
    check (last_address is null or (last_address !~ '/' and last_address::inet is not null)),
  constraint api_tokens_expires_later check (expires_at > created_at)
);

create index api_tokens_member_id_id_idx on api_tokens (member_id, id);
-- Every node reads once a second which tokens were revoked lately.
create index api_tokens_revoked_at_idx on api_tokens (revoked_at) where revoked_at is not null;
-- Finds those whose time is over.
create index api_tokens_expires_at_idx on api_tokens (expires_at);

comment on table api_tokens is
  'A key of a member for a program of theirs. It works until it is revoked or expires.';
comment on column api_tokens.id is
  'UUIDv7; updates and the log name the token by it.';
comment on column api_tokens.member_id is
  'On whose behalf the program acts.';
comment on column api_tokens.digest is
  'SHA-256 of the token, 32 bytes. The token itself is shown once and not stored.';
comment on column api_tokens.name is
  'What the member calls it, 1 to 100 code points.';
comment on column api_tokens.scopes is
  'What it may be used for, such as gallery:read; in order, each once.';
comment on column api_tokens.created_at is
  'When the member made it.';
comment on column api_tokens.expires_at is
  'When it stops working by itself.';
comment on column api_tokens.last_used_at is
  'When it was last used, written once a minute; null while it was not.';
comment on column api_tokens.last_address is
  'The IPv4 or IPv6 address it was last used from, as text; null when it is unknown.';
comment on column api_tokens.revoked_at is
  'When its member ended it; null while it works or when it simply expired.';
