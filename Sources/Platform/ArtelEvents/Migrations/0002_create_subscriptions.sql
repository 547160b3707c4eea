-- Why: a consumer stores what an event changed, that it has seen it, and how far it has read in one
-- transaction, so that each event takes effect once.
-- Locks: none on existing tables.
-- Undo: a later migration drops the tables and the type; consumers then begin with the oldest event kept.

create table events.subscriptions (
  consumer text        not null,
  source   text        not null,
  epoch    integer     not null default 0,
  xid      bigint      not null default 0,
  entry_id bigint      not null default 0,
  moved_at timestamptz not null default now(),

  constraint subscriptions_pkey primary key (consumer, source)
);

comment on table events.subscriptions is
  'How far this context''s consumers have read the logs of others. Whoever delivers holds the row''s lock.';
comment on column events.subscriptions.consumer is
  'The name of the consumer.';
comment on column events.subscriptions.source is
  'The context whose log it reads.';
comment on column events.subscriptions.epoch is
  'The epoch of the last entry read; 0 before the first.';
comment on column events.subscriptions.xid is
  'The transaction of the last entry read.';
comment on column events.subscriptions.entry_id is
  'The id of the last entry read.';
comment on column events.subscriptions.moved_at is
  'When the position last changed.';

create table events.inbox_entries (
  consumer text not null,
  event_id uuid not null,

  constraint inbox_entries_pkey primary key (consumer, event_id)
);

comment on table events.inbox_entries is
  'The events that this context''s consumers have received; the same one again changes nothing.';
comment on column events.inbox_entries.consumer is
  'Who received it.';
comment on column events.inbox_entries.event_id is
  'UUIDv7 of the event, which also tells its age for removal.';

create type events.deferral_state as enum ('waiting', 'queued', 'parked');

create table events.deferred_events (
  consumer        text                  not null,
  event_id        uuid                  not null,
  source          text                  not null,
  epoch           integer               not null,
  xid             bigint                not null,
  entry_id        bigint                not null,
  name            text                  not null,
  version         integer               not null,
  aggregate       text                  not null,
  payload         jsonb                 not null,
  traceparent     text,
  occurred_at     timestamptz           not null,
  state           events.deferral_state not null,
  attempts        integer               not null default 0,
  next_attempt_at timestamptz,
  reason          text,
  deferred_at     timestamptz           not null,

  constraint deferred_events_pkey primary key (consumer, event_id),
  constraint deferred_events_attempts_not_negative check (attempts >= 0),
  constraint deferred_events_waiting_has_time check ((state = 'waiting') = (next_attempt_at is not null)),
  constraint deferred_events_parked_has_reason check (state <> 'parked' or reason is not null)
);

-- What an event has to queue behind, and what comes after it.
create index deferred_events_aggregate_idx
  on events.deferred_events (consumer, source, aggregate, epoch, xid, entry_id);
-- What is to be tried again.
create index deferred_events_next_attempt_at_idx
  on events.deferred_events (consumer, source, next_attempt_at) where state = 'waiting';

comment on type events.deferral_state is
  'waiting: is tried again; queued: comes after an earlier event of its aggregate; parked: needs somebody '
  'who retries or skips it.';
comment on table events.deferred_events is
  'Events that a consumer could not take, with those of the same aggregate behind them. Others go on.';
comment on column events.deferred_events.consumer is
  'Who could not take it.';
comment on column events.deferred_events.event_id is
  'UUIDv7 of the event.';
comment on column events.deferred_events.source is
  'The context that published it.';
comment on column events.deferred_events.epoch is
  'With xid and entry_id its position in the log.';
comment on column events.deferred_events.xid is
  'With epoch and entry_id its position in the log.';
comment on column events.deferred_events.entry_id is
  'With epoch and xid its position in the log.';
comment on column events.deferred_events.name is
  'What happened.';
comment on column events.deferred_events.version is
  'The version of the payload''s form.';
comment on column events.deferred_events.aggregate is
  'What it happened to.';
comment on column events.deferred_events.payload is
  'The event as JSON; the log may have forgotten it.';
comment on column events.deferred_events.traceparent is
  'The span in which it was published; null without one.';
comment on column events.deferred_events.occurred_at is
  'When it was published.';
comment on column events.deferred_events.state is
  'What is to become of it.';
comment on column events.deferred_events.attempts is
  'How often it was tried.';
comment on column events.deferred_events.next_attempt_at is
  'When it is tried again; null unless it is waiting.';
comment on column events.deferred_events.reason is
  'Why the last attempt failed; null before the first.';
comment on column events.deferred_events.deferred_at is
  'When it was put aside.';
