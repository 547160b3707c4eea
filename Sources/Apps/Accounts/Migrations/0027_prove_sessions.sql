-- Why: acts of consequence need a proof of who acts that is not old, as a browser may have been left open.
-- Locks: access exclusive on sessions for a moment; nothing is rewritten.
-- Undo: a later migration drops the columns.

alter table sessions add column proved_at timestamptz;
alter table sessions add column second_factor_at timestamptz;

comment on column sessions.proved_at is
  'When the member last proved again who they are; null while only signing in did.';
comment on column sessions.second_factor_at is
  'When the member last showed a code or a passkey in this session; null while they never did.';
