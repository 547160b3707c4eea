-- Why: who did what to whom, and from where, has to be known afterwards; and it must show when somebody
-- changes what was written down.
-- Locks: none on existing tables.
-- Undo: a later migration drops both tables and the type; what was recorded is lost.

create type log_level as enum ('info', 'warning', 'error');

create table system_log_entries (
  position   bigint      not null,
  done_at    timestamptz not null,
  act        text        not null,
  level      log_level   not null,
  actor_id   uuid,
  subject_id uuid,
  address    text,
  user_agent text,
  details    jsonb,
  salt       bytea,
  commitment bytea       not null,
  digest     bytea       not null,
  erased_at  timestamptz,

  constraint system_log_entries_pkey primary key (position),
  constraint system_log_entries_position_positive check (position > 0),
  constraint system_log_entries_act_form
    check (act ~ '^[a-z]+([._][a-z]+)*$' and length(act) <= 100),
  constraint system_log_entries_address_length check (char_length(address) <= 64),
  constraint system_log_entries_user_agent_length check (char_length(user_agent) <= 512),
  constraint system_log_entries_details_size
    check (jsonb_typeof(details) = 'object' and octet_length(details::text) <= 2048),
  constraint system_log_entries_salt_length check (octet_length(salt) = 16),
  constraint system_log_entries_commitment_length check (octet_length(commitment) = 32),
  constraint system_log_entries_digest_length check (octet_length(digest) = 32),
  -- Without the salt nobody can try what the commitment may have been made of.
  constraint system_log_entries_erased_without_trace check (
    (erased_at is null and salt is not null and details is not null)
    or (erased_at is not null and salt is null and details is null and address is null
      and user_agent is null)
  )
);

-- The acts of one member and those about one, newest first; also what goes when the member leaves.
create index system_log_entries_actor_id_position_idx on system_log_entries (actor_id, position)
  where actor_id is not null;
create index system_log_entries_subject_id_position_idx on system_log_entries (subject_id, position)
  where subject_id is not null;
create index system_log_entries_act_position_idx on system_log_entries (act, position);
-- Warnings and errors are few among many.
create index system_log_entries_level_position_idx on system_log_entries (level, position)
  where level <> 'info';
-- Times stand in the order of positions but for a moment, so a small index finds them.
create index system_log_entries_done_at_idx on system_log_entries using brin (done_at)
  with (pages_per_range = 16);

comment on table system_log_entries is
  'What was done to accounts and to the installation: who, to whom, from where. Each entry vouches for the '
  'one before it, so that a change shows.';
comment on column system_log_entries.position is
  'Counts from 1 without a gap, in the order in which the acts were committed.';
comment on column system_log_entries.done_at is
  'When it was done.';
comment on column system_log_entries.act is
  'What was done, such as password.changed: a noun and what became of it.';
comment on column system_log_entries.level is
  'How much it asks for attention.';
comment on column system_log_entries.actor_id is
  E'Who did it; null for a guest, the operator at the command line, or the server itself. It names no row, so '
  'that nothing can take it away.\n@type MemberID';
comment on column system_log_entries.subject_id is
  E'To whom it was done; null when it concerns nobody. It names no row either.\n@type MemberID';
comment on column system_log_entries.address is
  'The IPv4 or IPv6 address of the request, as text; null when there was none or it is erased.';
comment on column system_log_entries.user_agent is
  'What the browser or client called itself, cut to 512 code points; null when there was none or it is erased.';
comment on column system_log_entries.details is
  'What else is worth knowing: a flat object of texts, at most 2 KiB, never a secret; null once it is erased.';
comment on column system_log_entries.salt is
  '16 random bytes under which the commitment was made; null once what it covers is erased.';
comment on column system_log_entries.commitment is
  'HMAC-SHA-256 of address, user agent and details under the salt, 32 bytes: it stays when these are erased, and '
  'then tells nothing about them.';
comment on column system_log_entries.digest is
  'SHA-256 over the digest of the entry before, the position and everything else but the salt and what the '
  'commitment stands for, 32 bytes.';
comment on column system_log_entries.erased_at is
  'When what is personal was taken out, because somebody the entry is about left; null before.';
comment on type log_level is
  'How much an entry of the log asks for attention: none, some, or soon.';

create table system_log_heads (
  is_only         boolean not null default true,
  position        bigint  not null default 0,
  digest          bytea   not null,
  pruned_position bigint  not null default 0,
  pruned_digest   bytea   not null,

  constraint system_log_heads_pkey primary key (is_only),
  constraint system_log_heads_only_one check (is_only),
  constraint system_log_heads_positions check (position >= pruned_position and pruned_position >= 0),
  constraint system_log_heads_digest_length check (octet_length(digest) = 32),
  constraint system_log_heads_pruned_digest_length check (octet_length(pruned_digest) = 32)
) with (fillfactor = 10);

-- Sixty-four zeros, so that the first entry has something to vouch for.
insert into system_log_heads (digest, pruned_digest)
values (decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));

comment on table system_log_heads is
  'One row: where the log ends and begins. Whoever records holds it until the end of the transaction.';
comment on column system_log_heads.is_only is
  'Always true, so that there is one row.';
comment on column system_log_heads.position is
  'The position of the last entry; 0 before the first.';
comment on column system_log_heads.digest is
  'The digest of the last entry, 32 bytes; zeros before the first.';
comment on column system_log_heads.pruned_position is
  'The position of the last entry that was deleted because of its age; 0 while none was.';
comment on column system_log_heads.pruned_digest is
  'The digest of the last entry that was deleted, for which the first one vouches, 32 bytes.';
