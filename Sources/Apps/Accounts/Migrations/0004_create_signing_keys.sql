-- Why: access tokens must stay valid over restarts and on every node, and their key must be
-- replaceable.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; access tokens in use stop working.

create table signing_keys (
  id          uuid        not null,
  algorithm   text        not null,
  private_key bytea       not null,
  created_at  timestamptz not null default now(),
  retired_at  timestamptz,

  constraint signing_keys_pkey primary key (id),
  constraint signing_keys_algorithm_known check (algorithm = 'ES256'),
  constraint signing_keys_private_key_length check (octet_length(private_key) = 32),
  constraint signing_keys_retired_later check (retired_at >= created_at)
);

-- Two nodes that start together must agree on one key: the second insert is refused and reads the
-- first.
create unique index signing_keys_one_in_use_key on signing_keys ((retired_at is null))
  where retired_at is null;

comment on table signing_keys is
  'A key that signs access tokens. One key signs at a time; retired keys only verify until '
  'their last token has expired.';
comment on column signing_keys.id is
  'UUIDv7; the `kid` in the header of the tokens that the key signed.';
comment on column signing_keys.algorithm is
  'The JWS algorithm (RFC 7518, section 3.1); always ES256 so far.';
comment on column signing_keys.private_key is
  'The raw P-256 scalar, 32 bytes, big-endian. Secret: whoever reads it can sign in as anybody.';
comment on column signing_keys.created_at is
  'When the key began to sign.';
comment on column signing_keys.retired_at is
  'When another key took over; null for the one in use.';
