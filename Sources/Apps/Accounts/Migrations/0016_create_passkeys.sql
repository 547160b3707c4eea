-- Why: a key in the member's device proves more than a password, cannot be phished and needs no typing.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the tables; members sign in by password again.

create table passkeys (
  id            uuid        not null,
  member_id     uuid        not null,
  credential_id bytea       not null,
  algorithm     int         not null,
  public_key    bytea       not null,
  counter       bigint      not null,
  name          text        not null,
  created_at    timestamptz not null,
  last_used_at  timestamptz,
  regressed_at  timestamptz,

  constraint passkeys_pkey primary key (id),
  constraint passkeys_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint passkeys_credential_id_key unique (credential_id),
  constraint passkeys_credential_id_length check (octet_length(credential_id) between 1 and 1023),
  constraint passkeys_algorithm_known check (algorithm in (-7, -8, -257)),
  constraint passkeys_public_key_length check (octet_length(public_key) between 1 and 1024),
  constraint passkeys_counter_range check (counter between 0 and 4294967295),
  constraint passkeys_name_length check (char_length(name) between 1 and 100)
);

create index passkeys_member_id_id_idx on passkeys (member_id, id);

create table spent_passkey_challenges (
  digest     bytea       not null,
  expires_at timestamptz not null,

  constraint spent_passkey_challenges_pkey primary key (digest),
  constraint spent_passkey_challenges_digest_length check (octet_length(digest) = 32)
);

-- Finds those whose time is over.
create index spent_passkey_challenges_expires_at_idx on spent_passkey_challenges (expires_at);

comment on table passkeys is
  'A key in a device of a member (WebAuthn), with which they sign in without a password.';
comment on column passkeys.id is
  'UUIDv7.';
comment on column passkeys.member_id is
  'Whose it is.';
comment on column passkeys.credential_id is
  'What the authenticator calls it, 1 to 1023 bytes.';
comment on column passkeys.algorithm is
  'The COSE algorithm (RFC 9053): -7 ES256, -8 EdDSA, -257 RS256.';
comment on column passkeys.public_key is
  'The public key in the form of libfido2.';
comment on column passkeys.counter is
  'How many signatures the authenticator had counted when it last signed in; 0 when it does not count.';
comment on column passkeys.name is
  'What the member calls it, 1 to 100 code points.';
comment on column passkeys.created_at is
  'When the member added it.';
comment on column passkeys.last_used_at is
  'When it last signed in; null while it did not.';
comment on column passkeys.regressed_at is
  'When its counter last went back, which a copy of the key would explain; null while it did not.';
comment on table spent_passkey_challenges is
  'A challenge that was answered: it works only once. Gone as soon as it would be too old anyway.';
comment on column spent_passkey_challenges.digest is
  'A keyed digest of the challenge, 32 bytes.';
comment on column spent_passkey_challenges.expires_at is
  'When the challenge itself is too old.';
