-- Why: pages that are open learn what changed, and a client that was away learns exactly what it missed.
-- Locks: none on existing tables.
-- Undo: a later migration drops the tables; open pages then learn of nothing.

create table realtime.updates (
  -- As in events.outbox_entries: what was published later stands later.
  xid        xid8        not null default greatest(
    pg_current_xact_id(), (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8),
  id         bigint      not null generated always as identity,
  audience   text        not null,
  kind       text        not null,
  payload    jsonb       not null,
  created_at timestamptz not null,

  constraint updates_pkey primary key (xid, id),
  constraint updates_audience_form check (audience ~ '^[a-z]+/[a-z0-9_.:-]{1,100}$'),
  constraint updates_kind_form check (kind ~ '^[a-z]+([._][a-z]+)*$' and length(kind) <= 100),
  constraint updates_payload_size check (
    jsonb_typeof(payload) = 'object' and octet_length(payload::text) <= 8192
  )
);

-- One audience's entries after a position are read in order, whatever lies between them.
create index updates_audience_xid_id_idx on realtime.updates (audience, xid, id);

-- Entries whose time is over are looked up by their age.
create index updates_created_at_idx on realtime.updates (created_at);

comment on table realtime.updates is
  'What changed, for whom: a log that is read in the order (xid, id) and kept for some days.';
comment on column realtime.updates.xid is
  'The youngest transaction that was over when it was written, or its own if that is younger. Nothing is read from the '
  'oldest running transaction on.';
comment on column realtime.updates.id is
  'Orders the entries of one transaction; numbers alone commit out of order.';
comment on column realtime.updates.audience is
  'Who may be told: member/ and an id, or topic/ and its name.';
comment on column realtime.updates.kind is
  'What happened, such as post.created.';
comment on column realtime.updates.payload is
  'Ids and plain facts, at most 8 KiB of JSON.';
comment on column realtime.updates.created_at is
  'When it happened.';

create table realtime.prunings (
  is_only   boolean     not null default true,
  xid       xid8        not null,
  id        bigint      not null,
  pruned_at timestamptz not null,

  constraint prunings_pkey primary key (is_only),
  constraint prunings_is_only_one check (is_only)
);

comment on table realtime.prunings is
  'How far the log was removed: whoever was told less must load afresh. One row, none before the first removal.';
comment on column realtime.prunings.is_only is
  'Always true: there is one row.';
comment on column realtime.prunings.xid is
  'The transaction of the last entry that was removed.';
comment on column realtime.prunings.id is
  'The number of that entry.';
comment on column realtime.prunings.pruned_at is
  'When it was removed.';
