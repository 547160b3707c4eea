-- Why: a client that repeats a request because the answer got lost must not create a thing twice.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; repeated requests then count as new ones.

create table web.idempotent_requests (
  key_digest  bytea       not null,
  fingerprint bytea       not null,
  status      integer     not null,
  location    text,
  body        bytea       not null,
  stored_at   timestamptz not null,

  constraint idempotent_requests_pkey primary key (key_digest),
  constraint idempotent_requests_key_digest_length check (octet_length(key_digest) = 32),
  constraint idempotent_requests_fingerprint_length check (octet_length(fingerprint) = 32),
  constraint idempotent_requests_status_success check (status between 200 and 299)
);

-- Answers whose time is over are looked up by their age.
create index idempotent_requests_stored_at_idx on web.idempotent_requests (stored_at);

comment on table web.idempotent_requests is
  'The answer to a request that had an Idempotency-Key, stored with what it created and kept for a day.';
comment on column web.idempotent_requests.key_digest is
  'SHA-256 of the caller, the operation and the key, 32 bytes; the key itself is not stored.';
comment on column web.idempotent_requests.fingerprint is
  'SHA-256 over the key and what the body said, 32 bytes; tells the same request from another one.';
comment on column web.idempotent_requests.status is
  'The HTTP status of the answer.';
comment on column web.idempotent_requests.location is
  'The Location header of the answer; null when it had none.';
comment on column web.idempotent_requests.body is
  'The JSON that was answered, UTF-8.';
comment on column web.idempotent_requests.stored_at is
  'When it was answered; a day later the key may be used anew.';
