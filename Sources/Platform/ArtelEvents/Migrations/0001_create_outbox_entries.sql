-- Why: what happened is told to other contexts exactly if the transaction in which it happened commits.
-- Locks: none on existing tables.
-- Undo: a later migration drops the tables; events that no consumer has read yet are lost.

create table events.log_epochs (
  number            integer     not null,
  system_identifier bigint      not null,
  began_at          timestamptz not null default now(),

  constraint log_epochs_pkey primary key (number),
  constraint log_epochs_number_positive check (number > 0)
);

comment on table events.log_epochs is
  'The PostgreSQL clusters that this log has lived in, one after the other. Transaction ids are counted '
  'anew by each, so positions begin with the epoch.';
comment on column events.log_epochs.number is
  'Counts from 1; the greatest is the present one, and the default of outbox_entries.epoch.';
comment on column events.log_epochs.system_identifier is
  'Names the cluster (PostgreSQL manual, pg_control_system).';
comment on column events.log_epochs.began_at is
  'When the log was first used in that cluster.';

insert into events.log_epochs (number, system_identifier)
select 1, system_identifier from pg_control_system();

create table events.outbox_entries (
  epoch       integer     not null default 1,
  xid         bigint      not null default pg_current_xact_id()::text::bigint,
  id          bigint      not null generated always as identity,
  event_id    uuid        not null,
  name        text        not null,
  version     integer     not null,
  aggregate   text        not null,
  payload     jsonb       not null,
  traceparent text,
  occurred_at timestamptz not null default clock_timestamp(),

  -- The order in which the log is read; ids alone are not in the order of commits.
  constraint outbox_entries_pkey primary key (epoch, xid, id),
  constraint outbox_entries_version_positive check (version > 0)
);

comment on table events.outbox_entries is
  'The log of this context''s events, written in the transactions in which they happened. Read in the order '
  'of (epoch, xid, id), and never past the oldest transaction that still runs.';
comment on column events.outbox_entries.epoch is
  'The cluster that counted xid; see log_epochs.';
comment on column events.outbox_entries.xid is
  'The transaction that wrote the entry, 64 bits.';
comment on column events.outbox_entries.id is
  'Orders the entries of one transaction; has gaps.';
comment on column events.outbox_entries.event_id is
  'UUIDv7; the same at every delivery.';
comment on column events.outbox_entries.name is
  'What happened, <context>.<noun>.<past>, such as gallery.post.created.';
comment on column events.outbox_entries.version is
  'The version of the payload''s form.';
comment on column events.outbox_entries.aggregate is
  'What it happened to, usually an id; events of one aggregate are delivered in order.';
comment on column events.outbox_entries.payload is
  'The event as JSON.';
comment on column events.outbox_entries.traceparent is
  'The span in which it was published, as in W3C Trace Context; null without one.';
comment on column events.outbox_entries.occurred_at is
  'When it was published, by the clock of the database.';

create table events.readers (
  consumer text        not null,
  epoch    integer     not null,
  xid      bigint      not null,
  entry_id bigint      not null,
  seen_at  timestamptz not null,

  constraint readers_pkey primary key (consumer)
);

comment on table events.readers is
  'Who reads this log, and how far it has come at least: entries that somebody has not read are kept.';
comment on column events.readers.consumer is
  'The name of the consumer, whose position itself is in its own database.';
comment on column events.readers.epoch is
  'The epoch of the last entry read.';
comment on column events.readers.xid is
  'The transaction of the last entry read; 0 before the first.';
comment on column events.readers.entry_id is
  'The id of the last entry read.';
comment on column events.readers.seen_at is
  'When the consumer last told.';
