-- Why: members choose whom they want nothing to do with, and of whom they want to hear less.
-- Locks: none on existing tables but short share row exclusive locks on members for the foreign keys.
-- Undo: a later migration drops the tables; everybody hears of everybody again.

create table blocks (
  member_id  uuid        not null,
  other_id   uuid        not null,
  created_at timestamptz not null,

  constraint blocks_pkey primary key (member_id, other_id),
  constraint blocks_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint blocks_other_id_fkey
    foreign key (other_id) references members (id) on delete cascade,
  constraint blocks_not_oneself check (member_id <> other_id)
);

-- By whom a member is blocked.
create index blocks_other_id_idx on blocks (other_id);

create table mutes (
  member_id  uuid        not null,
  other_id   uuid        not null,
  created_at timestamptz not null,

  constraint mutes_pkey primary key (member_id, other_id),
  constraint mutes_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint mutes_other_id_fkey
    foreign key (other_id) references members (id) on delete cascade,
  constraint mutes_not_oneself check (member_id <> other_id)
);

create index mutes_other_id_idx on mutes (other_id);

comment on table blocks is
  'Two members who have nothing to do with each other, because one of them wants it so.';
comment on column blocks.member_id is
  'Who wants it.';
comment on column blocks.other_id is
  'Whom they want nothing to do with.';
comment on column blocks.created_at is
  'Since when.';
comment on table mutes is
  'A member who is not told of what another one does; the other one does not learn of it.';
comment on column mutes.member_id is
  'Who is not told.';
comment on column mutes.other_id is
  'Of whom.';
comment on column mutes.created_at is
  'Since when.';
