-- Why: who is about to send a picture is told that they have posted it already, before it is sent.
-- Locks: none on existing tables but a short share row exclusive lock on posts and members for the
-- foreign keys. Pictures that were posted before are not known.
-- Undo: a later migration drops the table.

create table sent_files (
  post_id   uuid  not null,
  author_id uuid  not null,
  digest    bytea not null,

  constraint sent_files_pkey primary key (post_id, digest),
  constraint sent_files_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint sent_files_author_id_fkey foreign key (author_id) references members (id)
    on delete cascade,
  constraint sent_files_digest_length check (octet_length(digest) = 32)
);

-- Whether a member has posted a file.
create index sent_files_author_id_digest_idx on sent_files (author_id, digest);

comment on table sent_files is
  'The files that posts were made of, as they were sent; what is stored of them is cleaned and another file.';
comment on column sent_files.post_id is
  'The post.';
comment on column sent_files.author_id is
  'Who sent it; nobody else learns of it.';
comment on column sent_files.digest is
  'SHA-256 of the file, 32 bytes.';
