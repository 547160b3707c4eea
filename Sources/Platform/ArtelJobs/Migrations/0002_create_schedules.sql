-- Why: some work comes back at certain times, and of several nodes one has to start it.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; schedules then begin anew.

create table jobs.schedules (
  name       text        not null,
  expression text        not null,
  next_at    timestamptz not null,
  last_at    timestamptz,

  constraint schedules_pkey primary key (name),
  constraint schedules_name_length check (char_length(name) between 1 and 100)
);

comment on table jobs.schedules is
  'When each job that comes back is due; nodes agree here on who enqueues it.';
comment on column jobs.schedules.name is
  'What is scheduled; a kind of job, unless a kind has several schedules.';
comment on column jobs.schedules.expression is
  'The cron expression that `next_at` was reckoned from.';
comment on column jobs.schedules.next_at is
  'The next time at which the job is enqueued.';
comment on column jobs.schedules.last_at is
  'The time for which it was enqueued last; null when it never was.';
