-- Why: while nodes are replaced one by one, two expressions of a schedule are in use, and each keeps its own time.
-- Locks: access exclusive on jobs.schedules for a moment; it has a row for each schedule.
-- Undo: a later migration deletes all rows but one of each name and makes the name the key again.

alter table jobs.schedules drop constraint schedules_pkey;
alter table jobs.schedules add constraint schedules_pkey primary key (name, expression);

comment on column jobs.schedules.expression is
  'The cron expression that `next_at` was reckoned from; while it changes, rows with either are there.';
