-- Why: moderators look after what is posted without running the installation; and who harms others can be
-- kept out, for a reason that is told.
-- Locks: access exclusive on members while the constraints are checked, some milliseconds for 100,000 rows.
-- Undo: a later migration drops the columns; who is suspended stays inactive.

alter table members add column is_moderator boolean not null default false;
alter table members add column suspended_at timestamptz;
alter table members add column suspension_reason text;

alter table members add constraint members_suspension_reason_length
  check (char_length(suspension_reason) between 1 and 500);
alter table members add constraint members_suspended_for_a_reason
  check ((suspended_at is null) = (suspension_reason is null));
alter table members add constraint members_suspended_inactive
  check (suspended_at is null or not is_active);
alter table members add constraint members_departed_without_role
  check (departed_at is null or (not is_moderator and suspended_at is null));

-- The few who have a role or are suspended are found among the many who do not.
create index members_special_idx on members (id)
  where is_administrator or is_moderator or suspended_at is not null;

comment on column members.is_moderator is
  'Whether the member looks after what others post.';
comment on column members.suspended_at is
  'Since when the member may not sign in; null for one who may, and after a departure.';
comment on column members.suspension_reason is
  'Why, in 1 to 500 code points; the member is told when signing in with the right password.';
