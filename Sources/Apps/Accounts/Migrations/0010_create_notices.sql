-- Why: a member is told in one place what concerns them, whichever app it comes from; the bell counts what is unread.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the table; what members were told is lost.

create table notices (
  id         uuid        not null,
  member_id  uuid        not null,
  app        text        not null,
  kind       text        not null,
  facts      jsonb       not null default '{}',
  created_at timestamptz not null,
  read_at    timestamptz,

  constraint notices_pkey primary key (id),
  constraint notices_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint notices_app_form check (app ~ '^[a-z]+$' and length(app) <= 40),
  constraint notices_kind_form check (kind ~ '^[a-z]+([._][a-z]+)*$' and length(kind) <= 100),
  constraint notices_facts_size
    check (jsonb_typeof(facts) = 'object' and octet_length(facts::text) <= 2048)
);

-- A member's newest are the end of it.
create index notices_member_id_id_idx on notices (member_id, id);
-- Counts what is unread, on the way of every page of a member.
create index notices_unread_idx on notices (member_id, id) where read_at is null;
-- Finds those whose time is over.
create index notices_created_at_idx on notices (created_at);

comment on table notices is
  'What members are told, of each the newest 500; ids grow with time and order them.';
comment on column notices.id is
  'UUIDv7; that of the event which asked for it, when another app did.';
comment on column notices.member_id is
  'Who is told.';
comment on column notices.app is
  'The context that tells, such as gallery.';
comment on column notices.kind is
  'What it tells of, such as storage.nearly_full; says with the app which text is shown.';
comment on column notices.facts is
  'Ids, names and numbers that the text needs: a flat object of texts and whole numbers, at most 2 KiB.';
comment on column notices.created_at is
  'When it happened.';
comment on column notices.read_at is
  'When the member marked it as read; null while it is unread.';
