-- Why: a member can take everything along in one archive, which is made in the background.
-- Locks: a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the table; the files go in the night after.

create table exports (
  id           uuid        not null,
  member_id    uuid        not null,
  requested_at timestamptz not null,
  job_id       uuid        not null,
  ready_at     timestamptz,
  digest       bytea,
  size_bytes   bigint,
  failed_at    timestamptz,
  expires_at   timestamptz not null,

  constraint exports_pkey primary key (id),
  constraint exports_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint exports_ready_whole
    check (num_nulls(ready_at, digest, size_bytes) in (0, 3)),
  constraint exports_digest_length check (octet_length(digest) = 32),
  constraint exports_size_positive check (size_bytes > 0),
  constraint exports_ready_or_failed check (ready_at is null or failed_at is null)
);

-- One at a time: archives are dear to make.
create unique index exports_unfinished_key on exports (member_id)
  where ready_at is null and failed_at is null;
create index exports_member_id_id_idx on exports (member_id, id);
-- Finds those whose time is over.
create index exports_expires_at_idx on exports (expires_at);
-- Whoever removes a file asks whether a row names it.
create index exports_digest_idx on exports (digest) where digest is not null;

comment on table exports is
  'Archives that members asked for, each with everything of its member.';
comment on column exports.id is
  'UUIDv7; in the address of the archive.';
comment on column exports.member_id is
  'Whose things it holds, and who alone may have it.';
comment on column exports.requested_at is
  'When the member asked for it.';
comment on column exports.job_id is
  E'The job that makes it, which says how far it is.\n@type JobID';
comment on column exports.ready_at is
  'When it was complete; null before that.';
comment on column exports.digest is
  'SHA-256 of the archive, 32 bytes; its name in storage; null before it is complete.';
comment on column exports.size_bytes is
  'Its length; null before it is complete.';
comment on column exports.failed_at is
  'When making it was given up; null otherwise.';
comment on column exports.expires_at is
  'When the archive, or the wish for it, is forgotten.';
