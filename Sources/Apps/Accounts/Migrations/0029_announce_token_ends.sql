-- Why: members are told before one of their API tokens ends, and once.
-- Locks: access exclusive on api_tokens for a moment; nothing is rewritten.
-- Undo: a later migration drops the column; members are told again.

alter table api_tokens add column announced_at timestamptz;

comment on column api_tokens.announced_at is
  'When its member was told that it is about to expire; null before that.';
