-- Why: posts show their author without asking Accounts each time.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; it is filled again from Accounts.

create table members (
  id           uuid   not null,
  username     text   not null,
  display_name text   not null,
  version      bigint not null,
  departed_at  timestamptz,

  constraint members_pkey primary key (id),
  -- No unique username here: copies arrive in any order, and two members may have swapped names in
  -- between.
  constraint members_version_positive check (version > 0)
);

comment on table members is
  'Gallery''s copy of the accounts it has met. Accounts owns the original.';
comment on column members.id is
  'The id of the account.';
comment on column members.username is
  'The username as of `version`; not unique here.';
comment on column members.display_name is
  'The display name as of `version`.';
comment on column members.version is
  'The version of the account that this copy shows; a copy is replaced only by a newer one.';
comment on column members.departed_at is
  'When the account was deleted; null for a present member. A departed member is neither shown '
  'nor filled in again.';
