-- Why: what one node signs for itself, such as the tokens in forms, every node must recognize, also
-- after a restart.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; forms that are open have to be loaded again.

create table secrets (
  name       text        not null,
  value      bytea       not null,
  created_at timestamptz not null default now(),

  constraint secrets_pkey primary key (name),
  constraint secrets_name_form check (name ~ '^[a-z][a-z0-9_]{0,49}$'),
  constraint secrets_value_length check (octet_length(value) between 32 and 64)
);

comment on table secrets is
  'Random keys of this installation, one for each purpose, made by the first node that needs them.';
comment on column secrets.name is
  'What the key is for, in snake_case, such as `csrf`.';
comment on column secrets.value is
  '32 to 64 random bytes. Secret.';
comment on column secrets.created_at is
  'When the key was made.';
