-- Why: lists and phones load a picture in a size that fits, not the original.
-- Locks: none on existing tables but a short share row exclusive lock on posts for the foreign key.
-- Undo: a later migration drops the table; thumbnails can be made again from the pictures.

create table thumbnails (
  post_id uuid     not null,
  size    smallint not null,
  digest  bytea    not null,
  width   integer  not null,
  height  integer  not null,
  bytes   bigint   not null,

  constraint thumbnails_pkey primary key (post_id, size),
  constraint thumbnails_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint thumbnails_size_known check (size in (160, 480, 960, 1600)),
  constraint thumbnails_digest_length check (octet_length(digest) = 32),
  constraint thumbnails_fits_size check (width between 1 and size and height between 1 and size),
  constraint thumbnails_bytes_positive check (bytes > 0)
);

-- Whether another thumbnail still needs the same file.
create index thumbnails_digest_idx on thumbnails (digest);

comment on table thumbnails is
  'A WebP copy of a post''s picture in one size. Sizes larger than the picture show it as it is.';
comment on column thumbnails.post_id is
  'The post whose picture it shows.';
comment on column thumbnails.size is
  'The side in pixels of the square that the copy fits into: 160, 480, 960 or 1600.';
comment on column thumbnails.digest is
  'SHA-256 of the stored copy, 32 bytes; its name in storage. Several posts may share one.';
comment on column thumbnails.width is
  'The width of the copy in pixels.';
comment on column thumbnails.height is
  'The height of the copy in pixels.';
comment on column thumbnails.bytes is
  'The size of the stored copy in bytes.';
