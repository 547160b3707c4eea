-- Why: members show a picture of themselves, in three sizes; nothing of it stays of those who have departed.
-- Locks: access exclusive on members while the constraints are checked, and writes wait while the indexes are
-- built, some milliseconds for 100,000 rows.
-- Undo: a later migration drops the columns; the files go in the night after.

alter table members add column avatar_small bytea;
alter table members add column avatar_medium bytea;
alter table members add column avatar_large bytea;

alter table members add constraint members_avatar_whole
  check (num_nulls(avatar_small, avatar_medium, avatar_large) in (0, 3));
alter table members add constraint members_avatar_digest_length
  check (
    octet_length(avatar_small) = 32 and octet_length(avatar_medium) = 32
    and octet_length(avatar_large) = 32
  );
alter table members add constraint members_departed_without_avatar
  check (departed_at is null or avatar_large is null);

-- Whoever removes a file asks whether a row names it.
create index members_avatar_small_idx on members (avatar_small) where avatar_small is not null;
create index members_avatar_medium_idx on members (avatar_medium) where avatar_medium is not null;
create index members_avatar_large_idx on members (avatar_large) where avatar_large is not null;

comment on column members.avatar_small is
  'SHA-256 of the square picture that the member shows, in 64 pixels, 32 bytes; its name in storage; null without one.';
comment on column members.avatar_medium is
  'The same picture in 192 pixels.';
comment on column members.avatar_large is
  'The same picture in 512 pixels; the address of the picture names this one.';
