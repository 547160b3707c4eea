-- Why: what members choose for themselves is the same on every device of theirs.
-- Locks: none on existing tables but a short share row exclusive lock on members for the foreign key.
-- Undo: a later migration drops the table; browsers go on with what they remember themselves.

create table preferences (
  member_id        uuid        not null,
  theme            text,
  language         text,
  silenced_notices text[]      not null default '{}',
  updated_at       timestamptz not null,

  constraint preferences_pkey primary key (member_id),
  constraint preferences_member_id_fkey
    foreign key (member_id) references members (id) on delete cascade,
  constraint preferences_theme_known check (theme in ('light', 'dark', 'auto')),
  constraint preferences_language_form check (language ~ '^[a-z]{2}$'),
  constraint preferences_silenced_notices_count check (cardinality(silenced_notices) <= 100)
);

comment on table preferences is
  'What a member has chosen for themselves; no row while that is nothing.';
comment on column preferences.member_id is
  'Whose choice it is.';
comment on column preferences.theme is
  'The colors of pages: light, dark, or auto for those of the device; null while nothing was chosen.';
comment on column preferences.language is
  'The language of pages, such as ru; null while nothing was chosen.';
comment on column preferences.silenced_notices is
  'What the member does not want to be told of: app and kind with a dot in between, such as gallery.storage.nearly_full.';
comment on column preferences.updated_at is
  'When the member last chose.';
