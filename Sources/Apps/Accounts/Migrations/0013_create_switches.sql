-- Why: some things can be turned on and off while servers run, such as signing up.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; every switch stands as at the first start.

create table switches (
  name      text        not null,
  is_on     boolean     not null,
  turned_at timestamptz not null,

  constraint switches_pkey primary key (name),
  constraint switches_name_form check (name ~ '^[a-z]+(_[a-z]+)*$' and length(name) <= 40)
);

comment on table switches is
  E'What administrators turned on or off; what was never turned has no row.\n@type Switch';
comment on column switches.name is
  'Which switch, such as sign_up.';
comment on column switches.is_on is
  'Whether it is on.';
comment on column switches.turned_at is
  'When it was turned last.';
