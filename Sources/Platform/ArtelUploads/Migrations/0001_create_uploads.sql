-- Why: what is sent over a bad line goes on where it was broken off, also after a restart.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; the files in partial/ may then be deleted.

create table uploads.uploads (
  id             uuid        not null,
  member_id      uuid        not null,
  size_bytes     bigint      not null,
  received_bytes bigint      not null default 0,
  metadata       text        not null,
  begun_at       timestamptz not null,
  expires_at     timestamptz not null,

  constraint uploads_pkey primary key (id),
  constraint uploads_size_bytes_range check (size_bytes >= 0),
  constraint uploads_received_bytes_range check (received_bytes between 0 and size_bytes),
  constraint uploads_metadata_length check (char_length(metadata) <= 2000),
  constraint uploads_expires_at_later check (expires_at > begun_at)
);

-- How much of a member's is under way, and what a departed member left.
create index uploads_member_id_idx on uploads.uploads (member_id);

-- Uploads whose time is over are looked up by their end.
create index uploads_expires_at_idx on uploads.uploads (expires_at);

comment on table uploads.uploads is
  'Files that members are sending in pieces, and those that are whole and not used yet.';
comment on column uploads.uploads.id is
  'Names the upload and its file in partial/.';
comment on column uploads.uploads.member_id is
  'Who sends it; nobody else learns of it.';
comment on column uploads.uploads.size_bytes is
  'How long the file is going to be, in bytes; counts as taken until the upload is used or over.';
comment on column uploads.uploads.received_bytes is
  'How many bytes are durable; what the file has behind them was never acknowledged.';
comment on column uploads.uploads.metadata is
  'The Upload-Metadata header of its creation: keys with values in Base64; empty without one.';
comment on column uploads.uploads.begun_at is
  'When it was created.';
comment on column uploads.uploads.expires_at is
  'When it is over unless it was used; its row stays for one more day, to say so.';
