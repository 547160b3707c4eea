-- Why: mails and text messages are stored with what they tell of, and sent afterwards; without a mail server or a
-- service for text messages they are kept for the administrator to read.
-- Locks: none on existing tables but a short share row exclusive lock on three for the foreign keys.
-- Undo: a later migration drops both tables; letters on their way are lost.

create table letters (
  id         uuid        not null,
  kind       text        not null,
  member_id  uuid,
  link_id    uuid,
  code_id    uuid,
  recipient  text        not null,
  language   text        not null,
  facts      jsonb       not null default '{}',
  created_at timestamptz not null,

  constraint letters_pkey primary key (id),
  constraint letters_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint letters_link_id_fkey
    foreign key (link_id) references email_links (id) on delete cascade,
  constraint letters_code_id_fkey
    foreign key (code_id) references verification_codes (id) on delete cascade,
  constraint letters_kind_form check (kind ~ '^[a-z]+([._][a-z]+)*$' and length(kind) <= 100),
  constraint letters_recipient_length check (octet_length(recipient) between 3 and 254),
  constraint letters_language_form check (language ~ '^[a-z]{2}$'),
  constraint letters_facts_size
    check (jsonb_typeof(facts) = 'object' and octet_length(facts::text) <= 2048)
);

create index letters_member_id_idx on letters (member_id);
create index letters_link_id_idx on letters (link_id);
create index letters_code_id_idx on letters (code_id);
-- Finds those whose time is over.
create index letters_created_at_idx on letters (created_at);

comment on table letters is
  'Mails and text messages on their way; a row goes when its letter is sent, or after a week.';
comment on column letters.id is
  'UUIDv7; the same for each attempt at sending it.';
comment on column letters.kind is
  'What it tells of, such as password.changed; says which text is sent, and by mail or to a telephone.';
comment on column letters.member_id is
  'The member it is about; null when nobody is known for it.';
comment on column letters.link_id is
  'The link in it; null for none.';
comment on column letters.code_id is
  'The code in it; null for none.';
comment on column letters.recipient is
  'The address or number it goes to.';
comment on column letters.language is
  'The language it is written in, such as en.';
comment on column letters.facts is
  'Names and numbers that the text needs: a flat object of texts, at most 2 KiB. Never a secret.';
comment on column letters.created_at is
  'When it was written.';

create table mailbox_messages (
  id         uuid        not null,
  channel    text        not null,
  recipient  text        not null,
  subject    text        not null default '',
  text       text        not null,
  created_at timestamptz not null,

  constraint mailbox_messages_pkey primary key (id),
  constraint mailbox_messages_channel_known check (channel in ('mail', 'phone')),
  constraint mailbox_messages_recipient_length check (octet_length(recipient) between 3 and 254),
  constraint mailbox_messages_subject_length check (char_length(subject) <= 200),
  constraint mailbox_messages_text_length check (char_length(text) <= 10000)
);

-- Finds those whose time is over.
create index mailbox_messages_created_at_idx on mailbox_messages (created_at);

comment on table mailbox_messages is
  'What would have been sent, had a mail server or a service for text messages been set up: the newest 200, for a '
  'week. Administrators read it; it holds links and codes that work.';
comment on column mailbox_messages.id is
  'That of the letter.';
comment on column mailbox_messages.channel is
  'How it would have gone: by mail, or to a phone.';
comment on column mailbox_messages.recipient is
  'The address or number it would have gone to.';
comment on column mailbox_messages.subject is
  'The subject of a mail; empty for a text message.';
comment on column mailbox_messages.text is
  'What it says.';
comment on column mailbox_messages.created_at is
  'When it was written.';
