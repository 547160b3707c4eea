-- Why: members say something of themselves, and others see when they were last here.
-- Locks: access exclusive on members while the constraints are checked and the index is built: some milliseconds for
-- 100,000 rows. No row is written.
-- Undo: a later migration drops the columns; what members wrote of themselves is lost.

alter table members
  add column bio text not null default '',
  add column last_signed_in_at timestamptz,
  add column last_seen_at timestamptz,
  add constraint members_bio_length check (char_length(bio) <= 500),
  add constraint members_departed_without_profile
    check (
      departed_at is null
      or (bio = '' and last_signed_in_at is null and last_seen_at is null)
    );

-- Who was here last comes first, also among those a search finds.
create index members_last_seen_at_idx on members (last_seen_at desc nulls last);

comment on column members.bio is
  'What the member says of themselves: at most 500 code points after trimming; empty when nothing.';
comment on column members.last_signed_in_at is
  'When a session was last opened; null before the first one.';
comment on column members.last_seen_at is
  'When the member last did anything, to the minute: it is written at most once a minute; null when that is not known.';
comment on column members.updated_at is
  'When a column of this row last changed, those that only tell of the last visit aside.';
