-- Why: a picture that moderators took down and banned is not posted again, by whomever.
-- Locks: a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the tables; banned pictures can be posted again.

create table picture_bans (
  id         uuid        not null,
  post_id    uuid        not null,
  author_id  uuid        not null,
  title      text        not null,
  reason     text        not null,
  created_at timestamptz not null,

  constraint picture_bans_pkey primary key (id),
  -- A post that was brought back and is banned again adds to the ban it has.
  constraint picture_bans_post_id_key unique (post_id),
  constraint picture_bans_author_id_fkey foreign key (author_id) references members (id),
  constraint picture_bans_title_length check (char_length(title) <= 200),
  constraint picture_bans_reason_length check (char_length(reason) <= 300)
);

-- The list of bans, latest first.
create index picture_bans_created_at_id_idx on picture_bans (created_at, id);
-- The bans of a member who departs.
create index picture_bans_author_id_idx on picture_bans (author_id);

create table banned_files (
  digest bytea not null,
  ban_id uuid  not null,

  constraint banned_files_pkey primary key (digest, ban_id),
  constraint banned_files_ban_id_fkey foreign key (ban_id) references picture_bans (id) on delete cascade,
  constraint banned_files_digest_length check (octet_length(digest) = 32)
);

-- The files of a ban.
create index banned_files_ban_id_idx on banned_files (ban_id);

comment on table picture_bans is
  'The posts whose pictures nobody may post again.';
comment on column picture_bans.id is
  'UUIDv7.';
comment on column picture_bans.post_id is
  'The post that had the pictures; it may be gone.';
comment on column picture_bans.author_id is
  'Who had posted them.';
comment on column picture_bans.title is
  'The title that the post had, by which moderators know it; empty once its author departed.';
comment on column picture_bans.reason is
  'Why, 0 to 300 code points of plain text; the author read it.';
comment on column picture_bans.created_at is
  'When they were banned.';
comment on table banned_files is
  'The files that a ban is of, each as it was sent and as it was stored.';
comment on column banned_files.digest is
  'SHA-256 of the file, 32 bytes.';
comment on column banned_files.ban_id is
  'The ban; the file goes with it.';
