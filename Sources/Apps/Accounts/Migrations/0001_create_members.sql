-- Why: one account opens every app; this is the account.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table.

create table members (
  id               uuid        not null,
  username         text        not null,
  display_name     text        not null,
  email            text,
  phone            text,
  password_hash    text,
  is_administrator boolean     not null default false,
  is_active        boolean     not null default true,
  version          bigint      not null default 1,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),

  constraint members_pkey primary key (id),
  constraint members_username_length check (char_length(username) between 3 and 50),
  -- Letters of one alphabet, so that nobody can pose as another member with look-alikes; no `@` and
  -- no `+`,
  -- so that a login is never both a username and an address or a number.
  constraint members_username_form
    check (username ~ '^[A-Za-z0-9][A-Za-z0-9_]*([.-][A-Za-z0-9_]+)*$'),
  constraint members_display_name_length check (char_length(display_name) between 2 and 100),
  constraint members_display_name_form
    check (display_name !~ '^\s|\s$' and display_name !~ '[\u0001-\u001F\u007F]'),
  constraint members_email_length check (octet_length(email) <= 254),
  constraint members_email_form check (email ~ '^[^[:space:]@]+@[^[:space:]@]+$'),
  constraint members_phone_form check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  constraint members_password_hash_length check (char_length(password_hash) between 1 and 255),
  constraint members_can_sign_in check (password_hash is not null or phone is not null),
  constraint members_version_positive check (version > 0)
);

create unique index members_username_key on members (lower(username));
create unique index members_email_key on members (lower(email));
create unique index members_phone_key on members (phone);

comment on table members is
  'A person with an account. Deleting the row ends every session of the member.';
comment on column members.id is
  'UUIDv7, given by the application; every other app knows the member by it.';
comment on column members.username is
  '3 to 50 ASCII letters, digits and underscores, with single dots or hyphens between them, '
  'beginning with a letter or digit; unique without case, shown as typed.';
comment on column members.display_name is
  'The name people read: 2 to 100 code points after trimming, in one line, not unique.';
comment on column members.email is
  'Address for mail and for signing in, at most 254 bytes; unique without case; null when the '
  'member gave none.';
comment on column members.phone is
  'Number in E.164 form, such as +79991234567; unique; null when the member gave none.';
comment on column members.password_hash is
  'The argon2id hash in PHC string form; null when the member has no password. Never leaves '
  'Accounts.';
comment on column members.is_administrator is
  'Whether the member runs this installation.';
comment on column members.is_active is
  'Whether the member may sign in. Only an administrator changes it.';
comment on column members.version is
  'Starts at 1 and grows by 1 with every change that other apps keep a copy of, so that they '
  'can ignore what is older.';
comment on column members.created_at is
  'When the member signed up.';
comment on column members.updated_at is
  'When a column of this row last changed.';
