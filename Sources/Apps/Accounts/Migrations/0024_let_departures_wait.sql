-- Why: whoever asks to leave by mistake, or did not ask at all, can still stay for some days.
-- Locks: access exclusive on members while the constraint is checked, some milliseconds for 100,000 rows.
-- Undo: a later migration drops the column; who waited to leave stays.

alter table members add column departs_at timestamptz;

alter table members add constraint members_departed_not_departing
  check (departed_at is null or departs_at is null);

-- The few whose time comes are found among the many who stay.
create index members_departs_at_idx on members (departs_at) where departs_at is not null;

comment on column members.departs_at is
  'When the member leaves for good, as they asked; until then they can change their mind; null for those who stay, and after a departure.';
