-- Why: what was brought from another system is not brought a second time, also when its owner has deleted
-- it here meanwhile; and what refers to it there is found here.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; importing again would then double everything.

create table imports.things (
  kind        text        not null,
  source_id   uuid        not null,
  id          uuid        not null,
  imported_at timestamptz not null default now(),

  constraint things_pkey primary key (kind, source_id),
  constraint things_kind_form check (kind ~ '^[a-z]+(_[a-z]+)*$')
);

comment on table imports.things is
  'What was brought from other systems: an entry for each thing, which stays when the thing is deleted.';
comment on column imports.things.kind is
  'What it is, such as post.';
comment on column imports.things.source_id is
  'Its id there.';
comment on column imports.things.id is
  'Its id here.';
comment on column imports.things.imported_at is
  'When it was brought.';
