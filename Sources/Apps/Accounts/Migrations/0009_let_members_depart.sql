-- Why: a member can leave for good; the row stays without anything personal, so that no node and no app
-- takes the id for a living member, and so that other nodes learn which sessions ended.
-- Locks: access exclusive on members while the constraints are checked, some milliseconds for 100,000 rows.
-- Undo: a later migration drops the column; departed members stay departed.

alter table members add column departed_at timestamptz;

alter table members drop constraint members_can_sign_in;
alter table members add constraint members_can_sign_in
  check (departed_at is not null or password_hash is not null or phone is not null);
alter table members add constraint members_departed_without_trace
  check (
    departed_at is null
    or (email is null and phone is null and password_hash is null and not is_active
      and not is_administrator)
  );

comment on column members.departed_at is
  'When the member left for good; null for a present one. Nothing personal is left in the row then, and '
  'the username is free for others.';
