-- Why: a member signs in with a telephone number and a code that is sent to it, and proves a number with one.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops both tables; codes on their way stop working.

create table master_keys (
  purpose    text        not null,
  secret     bytea       not null,
  created_at timestamptz not null,

  constraint master_keys_pkey primary key (purpose),
  constraint master_keys_purpose_form check (purpose ~ '^[a-z]+(_[a-z]+)*$'),
  constraint master_keys_secret_length check (octet_length(secret) = 32)
);

comment on table master_keys is
  'A secret from which keys are derived, each for one purpose; made at the first start.';
comment on column master_keys.purpose is
  'What the keys are for, such as second_factor.';
comment on column master_keys.secret is
  '32 random bytes. Secret: whoever reads it together with another table can undo what the keys protect.';
comment on column master_keys.created_at is
  'When it was made.';

create table verification_codes (
  id           uuid        not null,
  phone        text        not null,
  code_hash    bytea       not null,
  member_id    uuid,
  display_name text,
  attempts     integer     not null default 0,
  expires_at   timestamptz not null,
  created_at   timestamptz not null default now(),

  constraint verification_codes_pkey primary key (id),
  constraint verification_codes_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint verification_codes_phone_form check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  constraint verification_codes_code_hash_length check (octet_length(code_hash) = 32),
  constraint verification_codes_display_name_length
    check (char_length(display_name) between 2 and 100),
  constraint verification_codes_attempts_limited check (attempts between 0 and 5),
  constraint verification_codes_expires_later check (expires_at > created_at)
);

create index verification_codes_phone_idx on verification_codes (phone);
create index verification_codes_expires_at_idx on verification_codes (expires_at);
create index verification_codes_member_id_idx on verification_codes (member_id);

comment on table verification_codes is
  'Codes of six digits on their way to telephones; a row goes when its code is used, and within an hour after its time.';
comment on column verification_codes.id is
  'UUIDv7; shown to whoever asked for the code, who sends it back with the code.';
comment on column verification_codes.phone is
  'The number the code is sent to, in E.164 form.';
comment on column verification_codes.code_hash is
  'HMAC-SHA-256 of id and code under a key of master_keys, 32 bytes. The code itself is not stored.';
comment on column verification_codes.member_id is
  'The member who proves the number by it; null when it signs somebody in or up.';
comment on column verification_codes.display_name is
  'The name of a member who is signing up; null when none was given.';
comment on column verification_codes.attempts is
  'How often a code was tried; with the fifth it is closed.';
comment on column verification_codes.expires_at is
  'When the code stops working: ten minutes after it was asked for.';
comment on column verification_codes.created_at is
  'When the code was asked for.';
