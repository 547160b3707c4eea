-- Why: who opens a post again within the hour is not counted again, on whichever node.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table; every opening of a page counts from then on.

-- Unlogged: it is written for every view and forgotten after an hour. After a crash of the database it
-- is empty, and who comes again is counted once too often. No foreign key: it would lock the post.
create unlogged table recent_views (
  post_id    uuid        not null,
  viewer     text        not null,
  counted_at timestamptz not null,

  constraint recent_views_pkey primary key (post_id, viewer),
  constraint recent_views_viewer_length check (length(viewer) between 1 and 64)
);

-- What is over, for forgetting it.
create index recent_views_counted_at_idx on recent_views (counted_at);

comment on table recent_views is
  'The views of the last hour that were counted; older ones are forgotten. Never in a backup.';
comment on column recent_views.post_id is
  'The post; it may be gone.';
comment on column recent_views.viewer is
  'The id of a member, or the network address of a guest: IPv4, or the first 64 bits of IPv6.';
comment on column recent_views.counted_at is
  'When the view was counted.';
