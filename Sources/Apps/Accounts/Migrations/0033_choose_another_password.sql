-- Why: a password that is known from a breach opens nothing: who signs in by one chooses another before they are in.
-- Nodes of before ask for the code alone, and know no page for the password: there one begins again.
-- Locks: access exclusive on sign_in_challenges for a moment; its rows, those of some minutes, are checked.
-- Undo: a later migration drops the columns; such members are let in and only warned.

alter table sign_in_challenges
  add column needs_code boolean not null default true,
  add column needs_password boolean not null default false,
  add column code_shown_at timestamptz,
  add constraint sign_in_challenges_needs_something check (needs_code or needs_password),
  add constraint sign_in_challenges_code_shown_once check (code_shown_at is null or not needs_code);

comment on table sign_in_challenges is
  'A sign-in whose password was right and that waits for the second factor or for another password, for some minutes.';
comment on column sign_in_challenges.needs_code is
  'Whether the second factor is to be shown next.';
comment on column sign_in_challenges.needs_password is
  'Whether another password is to be chosen at last, as this one is known from a breach.';
comment on column sign_in_challenges.code_shown_at is
  'When the second factor was shown; null before that, and where none is asked for.';
comment on column sign_in_challenges.expires_at is
  'When it is too late for the next step.';
