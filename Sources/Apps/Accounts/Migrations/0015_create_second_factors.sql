-- Why: a password that leaked must not be enough: members can ask for a code of their authenticator at sign-in.
-- Locks: none on existing tables but short share row exclusive locks on members for the foreign keys.
-- Undo: a later migration drops the tables; the password alone is enough again.

create table master_keys (
  purpose    text        not null,
  secret     bytea       not null,
  created_at timestamptz not null,

  constraint master_keys_pkey primary key (purpose),
  constraint master_keys_purpose_form check (purpose ~ '^[a-z]+(_[a-z]+)*$'),
  constraint master_keys_secret_length check (octet_length(secret) = 32)
);

create table totp_secrets (
  member_id    uuid        not null,
  sealed       bytea       not null,
  last_step    bigint      not null default 0,
  created_at   timestamptz not null,
  confirmed_at timestamptz,

  constraint totp_secrets_pkey primary key (member_id),
  constraint totp_secrets_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint totp_secrets_sealed_length check (octet_length(sealed) = 48)
);

create table recovery_codes (
  member_id  uuid        not null,
  digest     bytea       not null,
  created_at timestamptz not null,
  used_at    timestamptz,

  constraint recovery_codes_pkey primary key (member_id, digest),
  constraint recovery_codes_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint recovery_codes_digest_length check (octet_length(digest) = 32)
);

create table sign_in_challenges (
  digest     bytea       not null,
  member_id  uuid        not null,
  attempts   int         not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,

  constraint sign_in_challenges_pkey primary key (digest),
  constraint sign_in_challenges_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint sign_in_challenges_digest_length check (octet_length(digest) = 32),
  constraint sign_in_challenges_attempts_range check (attempts between 0 and 5),
  constraint sign_in_challenges_expires_later check (expires_at > created_at)
);

create index sign_in_challenges_member_id_idx on sign_in_challenges (member_id);
-- Finds those whose time is over.
create index sign_in_challenges_expires_at_idx on sign_in_challenges (expires_at);

comment on table master_keys is
  'A secret from which keys are derived, each for one purpose; made at the first start.';
comment on column master_keys.purpose is
  'What the keys are for, such as second_factor.';
comment on column master_keys.secret is
  '32 random bytes. Secret: whoever reads it together with another table can undo what the keys protect.';
comment on column master_keys.created_at is
  'When it was made.';
comment on table totp_secrets is
  'What a member and their authenticator share (RFC 6238); asked for at sign-in once it is confirmed.';
comment on column totp_secrets.member_id is
  'Whose it is.';
comment on column totp_secrets.sealed is
  'The 20 bytes of the secret, encrypted for the member with ChaCha20-Poly1305: 48 bytes.';
comment on column totp_secrets.last_step is
  'The number of the last half minute whose code was accepted: no code works twice.';
comment on column totp_secrets.created_at is
  'When setting up began.';
comment on column totp_secrets.confirmed_at is
  'When the first code was right; null until then, and nothing is asked for.';
comment on table recovery_codes is
  'A code that stands in once for a lost authenticator; ten for a member.';
comment on column recovery_codes.member_id is
  'Whose it is.';
comment on column recovery_codes.digest is
  'HMAC-SHA-256 of the code, 32 bytes. The code itself is shown once and not stored.';
comment on column recovery_codes.created_at is
  'When it was made.';
comment on column recovery_codes.used_at is
  'When it was used up; null while it works.';
comment on table sign_in_challenges is
  'A sign-in whose password was right and that waits for the second factor, for five minutes.';
comment on column sign_in_challenges.digest is
  'SHA-256 of the secret that the browser or client holds, 32 bytes. The secret itself is not stored.';
comment on column sign_in_challenges.member_id is
  'Who signs in.';
comment on column sign_in_challenges.attempts is
  'How many codes were tried; the fifth is the last.';
comment on column sign_in_challenges.created_at is
  'When the password was right.';
comment on column sign_in_challenges.expires_at is
  'When it is too late for a code.';
