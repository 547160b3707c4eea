-- Why: API clients renew their access without the password; a stolen token must show itself when
-- used twice.
-- Locks: none on existing tables but a short share row exclusive lock on sessions for the foreign
-- key.
-- Undo: a later migration drops the table; API clients have to sign in again.

create table refresh_tokens (
  id          uuid        not null,
  session_id  uuid        not null,
  digest      bytea       not null,
  issued_at   timestamptz not null default now(),
  expires_at  timestamptz not null,
  used_at     timestamptz,
  replaced_by uuid,

  constraint refresh_tokens_pkey primary key (id),
  constraint refresh_tokens_session_id_fkey
    foreign key (session_id) references sessions (id) on delete cascade,
  -- Deferred: rotation marks the old token before the new one exists, because one session has one
  -- unused token.
  constraint refresh_tokens_replaced_by_fkey
    foreign key (replaced_by) references refresh_tokens (id) on delete set null
    deferrable initially deferred,
  constraint refresh_tokens_replaced_by_key unique (replaced_by),
  constraint refresh_tokens_digest_key unique (digest),
  constraint refresh_tokens_digest_length check (octet_length(digest) = 32),
  constraint refresh_tokens_expires_later check (expires_at > issued_at),
  constraint refresh_tokens_replaced_when_used check (replaced_by is null or used_at is not null),
  constraint refresh_tokens_not_replaced_by_itself check (replaced_by <> id)
);

create index refresh_tokens_session_id_idx on refresh_tokens (session_id);
create unique index refresh_tokens_one_unused_key on refresh_tokens (session_id)
  where used_at is null;

comment on table refresh_tokens is
  'One link in the chain of refresh tokens of an API session. Each is used once; a second use '
  'revokes the session.';
comment on column refresh_tokens.id is
  'UUIDv7; unlike the token itself it may appear in logs.';
comment on column refresh_tokens.session_id is
  'The API session that the token renews; it has at most one unused token.';
comment on column refresh_tokens.digest is
  'SHA-256 of the token, 32 bytes. The token itself is not stored.';
comment on column refresh_tokens.issued_at is
  'When the token was handed out.';
comment on column refresh_tokens.expires_at is
  'When the token stops working if it was not used.';
comment on column refresh_tokens.used_at is
  'When the token was exchanged for the next one; null while it still works.';
comment on column refresh_tokens.replaced_by is
  'The token handed out in exchange for this one; null while unused, and after the next one was '
  'cleaned up.';
