-- Why: work that need not be done while somebody waits must survive a killed server, and be done once.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; what is queued is then lost.

create table jobs.jobs (
  id                  uuid        not null,
  kind                text        not null,
  payload             jsonb       not null,
  state               text        not null default 'queued',
  priority            smallint    not null,
  run_at              timestamptz not null,
  unique_key          text,
  attempts            integer     not null default 0,
  attempts_limit      integer     not null,
  claim               uuid,
  node                text,
  lease_ends_at       timestamptz,
  cancel_requested_at timestamptz,
  done                bigint      not null default 0,
  total               bigint,
  reason              text,
  traceparent         text,
  enqueued_at         timestamptz not null default now(),
  started_at          timestamptz,
  ended_at            timestamptz,
  forgotten_at        timestamptz,

  constraint jobs_pkey primary key (id),
  constraint jobs_kind_length check (char_length(kind) between 1 and 100),
  constraint jobs_state_known check (state in ('queued', 'running', 'finished', 'cancelled', 'dead')),
  constraint jobs_priority_known check (priority in (0, 1, 2)),
  constraint jobs_unique_key_length check (char_length(unique_key) between 1 and 200),
  constraint jobs_attempts_limit_positive check (attempts_limit > 0),
  constraint jobs_claimed_while_running check (
    (state = 'running') = (claim is not null)
    and (state = 'running') = (lease_ends_at is not null)
  ),
  constraint jobs_ended check ((state in ('finished', 'cancelled', 'dead')) = (ended_at is not null))
);

-- Rows change three times and go; what they leave behind is to be cleared away early.
alter table jobs.jobs set (autovacuum_vacuum_scale_factor = 0.02);

-- A node takes the most urgent due jobs of each kind that it has room for.
create index jobs_queued_idx on jobs.jobs (kind, priority, run_at, id) where state = 'queued';

-- One job of a kind with the same key waits or runs at a time.
create unique index jobs_kind_unique_key_key on jobs.jobs (kind, unique_key)
  where unique_key is not null and state in ('queued', 'running');

-- Jobs whose node fell silent.
create index jobs_lease_ends_at_idx on jobs.jobs (lease_ends_at) where state = 'running';

-- What an operator has to look at.
create index jobs_dead_idx on jobs.jobs (kind, ended_at) where state = 'dead';

-- What may go.
create index jobs_forgotten_at_idx on jobs.jobs (forgotten_at) where forgotten_at is not null;

comment on table jobs.jobs is
  'Work to be done after the transaction that asked for it, by any node.';
comment on column jobs.jobs.id is
  'UUIDv7.';
comment on column jobs.jobs.kind is
  'What is to be done, such as `gallery.thumbnails.make`; a node takes only kinds that it knows.';
comment on column jobs.jobs.payload is
  'The job as JSON: ids and plain facts.';
comment on column jobs.jobs.state is
  '`queued`, `running`, `finished`, `cancelled`, or `dead` when the last attempt failed.';
comment on column jobs.jobs.priority is
  '0 urgent, 1 normal, 2 low: of those that are due, the smallest is taken first.';
comment on column jobs.jobs.run_at is
  'When the job is due; a failed attempt moves it on.';
comment on column jobs.jobs.unique_key is
  'Of the jobs of a kind with the same key only one waits or runs; null for none.';
comment on column jobs.jobs.attempts is
  'How often a node has taken the job; a job handed back at a stop is not counted.';
comment on column jobs.jobs.attempts_limit is
  'After so many attempts the job is dead.';
comment on column jobs.jobs.claim is
  'Random; proves to which taking of the job a node''s word belongs. Null unless it runs.';
comment on column jobs.jobs.node is
  'The process that took the job last, for operators.';
comment on column jobs.jobs.lease_ends_at is
  'Until when the node has to say that it is alive; then others may take the job. Null unless it runs.';
comment on column jobs.jobs.cancel_requested_at is
  'When somebody asked a running job to end.';
comment on column jobs.jobs.done is
  'How much of `total` is done, in units of the job''s own.';
comment on column jobs.jobs.total is
  'How much there is to do; null when the job does not say.';
comment on column jobs.jobs.reason is
  'Why the last attempt failed, or why the job is dead or cancelled. Safe to show to operators.';
comment on column jobs.jobs.traceparent is
  'The W3C trace context of the request that asked for the job; null when it had none.';
comment on column jobs.jobs.enqueued_at is
  'When the transaction began that asked for the job.';
comment on column jobs.jobs.started_at is
  'When a node took it last; null when none has.';
comment on column jobs.jobs.ended_at is
  'When it was finished, cancelled or given up; null before.';
comment on column jobs.jobs.forgotten_at is
  'From when on the row may be removed; null for never, as for the dead.';
