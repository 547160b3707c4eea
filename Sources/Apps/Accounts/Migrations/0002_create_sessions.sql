-- Why: signing in opens a session that the member can see and end, one for each browser or API
-- client.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign
-- key.
-- Undo: a later migration drops the table and both types; everybody has to sign in again.

create type session_kind as enum ('page', 'api');
create type session_end_reason as enum ('signed_out', 'revoked', 'token_reused');

create table sessions (
  id             uuid         not null,
  member_id      uuid         not null,
  kind           session_kind not null,
  cookie_digest  bytea,
  user_agent     text         not null default '',
  address        text,
  created_at     timestamptz  not null default now(),
  last_used_at   timestamptz  not null default now(),
  expires_at     timestamptz  not null,
  revoked_at     timestamptz,
  revoked_reason session_end_reason,

  constraint sessions_pkey primary key (id),
  constraint sessions_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint sessions_cookie_digest_key unique (cookie_digest),
  constraint sessions_cookie_digest_length check (octet_length(cookie_digest) = 32),
  constraint sessions_cookie_only_for_pages check ((kind = 'page') = (cookie_digest is not null)),
  constraint sessions_user_agent_length check (char_length(user_agent) <= 512),
  constraint sessions_address_form
    check (address is null or (address !~ '/' and address::inet is not null)),
  constraint sessions_expires_later check (expires_at > created_at),
  constraint sessions_revoked_for_a_reason check ((revoked_at is null) = (revoked_reason is null))
);

create index sessions_member_id_idx on sessions (member_id);
-- A node that starts reads the sessions revoked within the life of an access token.
create index sessions_revoked_at_idx on sessions (revoked_at) where revoked_at is not null;

comment on type session_kind is
  'Where a session lives: in a browser, by cookie, or in an API client, by tokens.';
comment on type session_end_reason is
  'Why a session ended before it expired.';
comment on table sessions is
  'One signed-in browser or API client of a member. It is open until it is revoked or expires.';
comment on column sessions.id is
  'UUIDv7; access tokens name the session by it.';
comment on column sessions.member_id is
  'Who signed in.';
comment on column sessions.kind is
  'Whether a browser holds the session by cookie, or an API client by tokens.';
comment on column sessions.cookie_digest is
  'SHA-256 of the secret in the cookie of a page session, 32 bytes; null for an API session. '
  'The secret itself is not stored.';
comment on column sessions.user_agent is
  'What the browser or client called itself at sign-in, cut to 512 code points; empty when it '
  'sent nothing.';
comment on column sessions.address is
  'The IPv4 or IPv6 address the session was last used from, as text; null when it is unknown.';
comment on column sessions.created_at is
  'When the member signed in.';
comment on column sessions.last_used_at is
  'When the session was last used, to the minute: it is written at most once a minute.';
comment on column sessions.expires_at is
  'When the session ends by itself; using it moves the moment forward.';
comment on column sessions.revoked_at is
  'When the session was ended early; null while it is open or when it simply expired.';
comment on column sessions.revoked_reason is
  'Why the session was ended early; null exactly when revoked_at is.';
