-- Why: pages show something of a picture before it has come.
-- Locks: access exclusive on pictures while its rows are read once for the constraint; none is written, and pictures
-- from before have no placeholder.
-- Undo: alter table pictures drop column placeholder.

alter table pictures
  add column placeholder bytea,
  add constraint pictures_placeholder_length check (octet_length(placeholder) between 1 and 512);

comment on column pictures.placeholder is
  'A WebP of at most 16 × 16 pixels that is shown until the picture has come, 1 to 512 bytes; null when it is '
  'transparent, or older than this column.';
