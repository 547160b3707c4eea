-- Why: an address counts as the member's once a mail sent to it was answered; a changed one replaces the old one
-- only then. Links in mails prove it, and let a member who forgot the password set another.
-- Locks: access exclusive on members while the check is read, some milliseconds for 100,000 rows.
-- Undo: a later migration drops the table and the column; links on their way stop working.

alter table members add column email_verified_at timestamptz;
alter table members add constraint members_email_verified
  check (email_verified_at is null or email is not null);

comment on column members.email_verified_at is
  'When a mail sent to the address was answered; null for an address that nobody proved, and without one.';

create table email_links (
  id         uuid        not null,
  purpose    text        not null,
  member_id  uuid,
  address    text        not null,
  digest     bytea       not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,

  constraint email_links_pkey primary key (id),
  constraint email_links_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint email_links_purpose_known check (purpose in ('verification', 'reset')),
  constraint email_links_member_known check (member_id is not null or purpose = 'reset'),
  constraint email_links_address_length check (octet_length(address) between 3 and 254),
  constraint email_links_digest_key unique (digest),
  constraint email_links_digest_length check (octet_length(digest) = 32),
  constraint email_links_expires_later check (expires_at > created_at),
  constraint email_links_used_later check (used_at >= created_at)
);

create index email_links_member_id_idx on email_links (member_id);
-- Finds those whose time is over.
create index email_links_expires_at_idx on email_links (expires_at);

comment on table email_links is
  'Links that were asked for, to be sent by mail; each works once and for a time.';
comment on column email_links.id is
  'UUIDv7; with a key of master_keys it gives the token in the link, so that no row has to hold that.';
comment on column email_links.purpose is
  'What opening it does: verification proves the address, reset lets a new password be set.';
comment on column email_links.member_id is
  'Whose link it is; null for a reset until the mail is sent, as nothing looks for the account before.';
comment on column email_links.address is
  'Where the link is sent, as it was typed.';
comment on column email_links.digest is
  'SHA-256 of the token in the link, 32 bytes. The token itself is not stored.';
comment on column email_links.created_at is
  'When it was asked for.';
comment on column email_links.expires_at is
  'When the link stops working: verification after a day, reset after an hour.';
comment on column email_links.used_at is
  'When the link was used, or another act made it void; null while it works.';
