-- Why: pages show something of a picture before it has come.
-- Locks: access exclusive on pictures for a moment; pictures from before have none, and no row is written. The
-- constraint holds for all rows there are, as null does not break it, but they are read once to see that.
-- Undo: alter table pictures drop column placeholder.

alter table pictures
  add column placeholder bytea,
  add constraint pictures_placeholder_length check (octet_length(placeholder) between 1 and 512);

comment on column pictures.placeholder is
  'A WebP of at most 16 × 16 pixels that is shown until the picture has come, 1 to 512 bytes; null when it is '
  'transparent, or older than this column.';
