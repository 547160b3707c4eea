-- Why: whether the index was ever filled must not be told by documents being there, as events may bring
-- the first ones; and what a reader has of one filling means nothing in the next.
-- Locks: access exclusive on search.generations for a moment; writers of the index wait.
-- Undo: a later migration drops both columns. An older release works with them.

alter table search.generations
  add column filling integer not null default 0,
  add column filled_at timestamptz;

comment on column search.generations.filling is
  'Which filling of the index it holds: 1 more with each that begins, over both generations.';
comment on column search.generations.filled_at is
  'When all that the apps offer was in it; null before that, and for one that only events have filled.';
