-- Why: each node asks every second whether somebody who departed has left something.
-- Locks: share on members while the index is built; next to nothing matches.
-- Undo: a later migration drops the index.

create index members_departing_idx on members (departed_at)
  where departed_at is not null and username <> '';

comment on column members.username is
  'The username as of `version`; not unique here. Empty once everything of a departed member is gone.';
comment on column members.departed_at is
  'When the account was deleted; null for a present member. The row stays for ever, so that neither a late '
  'event nor an old copy brings the member back.';
