-- Why: one search box finds what all apps show; they tell this context what there is to find.
-- Locks: none on existing tables.
-- Undo: a later migration drops the schema; the index is filled again by `artel search rebuild`.
--
-- All of it is in a schema of its own, because no row of it is read as a row: everything goes through
-- statements that rank, and a whole generation is filled beside the one that serves.
-- docs/decisions/0024-search-walks-back-through-eras.md has the reasons and the figures.

create extension if not exists unaccent;
create extension if not exists pg_trgm;

create schema search;

-- Words in Cyrillic are stemmed as Russian, words in Latin letters as English (manual, 12.6); `ё`
-- and accents are folded first, so that what is shown can be marked by the same configuration.
create text search configuration search.stems (copy = pg_catalog.russian);
alter text search configuration search.stems
  alter mapping for word, hword, hword_part with unaccent, russian_stem;

-- Documents and queries are folded alike: composed, without accents, in lower case, and only
-- letters and digits between single spaces.
create function search.fold(content text) returns text
  language sql stable parallel safe
  return btrim(regexp_replace(lower(unaccent(normalize(content, NFC))), '[^[:alnum:]]+', ' ', 'g'));

create table search.generations (
  number     integer     not null,
  state      text        not null,
  changed_at timestamptz not null default now(),

  constraint generations_pkey primary key (number),
  constraint generations_number_known check (number in (0, 1)),
  constraint generations_state_known check (state in ('serving', 'building', 'idle'))
);

create unique index generations_serving_key on search.generations (state) where state = 'serving';

create table search.eras (
  generation      integer     not null,
  number          integer     not null,
  starts_at       timestamptz not null,
  last_at         timestamptz not null default '-infinity',
  documents_count integer     not null default 0,

  constraint eras_pkey primary key (generation, number),
  constraint eras_generation_fkey foreign key (generation) references search.generations (number),
  constraint eras_number_not_negative check (number >= 0)
);

create table search.documents (
  generation  integer     not null,
  id          uuid        not null,
  app         text        not null,
  kind        text        not null,
  owner_id    uuid,
  title       text        not null,
  body        text        not null,
  url         text        not null,
  era         integer     not null,
  version     bigint      not null,
  created_at  timestamptz not null,
  words       tsvector    not null,
  title_words tsvector    not null,
  marks       text[]      not null,

  constraint documents_pkey primary key (generation, id)
) partition by list (generation);

create table search.documents_0 partition of search.documents for values in (0);
create table search.documents_1 partition of search.documents for values in (1);

-- Words, audience, filters and era are found together: what does not match all of them is not read.
-- Without fastupdate no search has to look through entries that are waiting to be sorted in.
create index documents_words_idx on search.documents
  using gin (words, title_words, marks) with (fastupdate = off);

create table search.words (
  generation integer not null,
  word       text    collate "C" not null,
  lexeme     text    not null,
  sightings  integer not null,

  constraint words_pkey primary key (generation, word)
) partition by list (generation);

create table search.words_0 partition of search.words for values in (0);
create table search.words_1 partition of search.words for values in (1);

-- Whether anything says a word in any of its forms.
create index words_lexeme_idx on search.words (generation, lexeme);
-- Words that look like one that nobody wrote.
create index words_trigrams_idx on search.words using gin (word gin_trgm_ops);

-- Returns at most 50 known words with at least a fifth of the trigrams in common with `typed`, the
-- most alike first. The threshold is a setting, and settings of a session do not reach the index
-- from the connections that statements share.
create function search.similar_words(generation integer, typed text)
  returns table (word text, lexeme text, sightings integer)
  language sql stable parallel safe
  set pg_trgm.similarity_threshold = 0.2
  as $$
    select w.word, w.lexeme, w.sightings
    from search.words w
    where w.generation = $1 and w.word % $2
    order by similarity(w.word, $2) desc, w.sightings desc, w.word
    limit 50
  $$;

create table search.tombstones (
  app        text        not null,
  kind       text        not null,
  id         uuid        not null,
  version    bigint      not null,
  removed_at timestamptz not null,

  constraint tombstones_pkey primary key (id)
);

create index tombstones_removed_at_idx on search.tombstones (removed_at);

insert into search.generations (number, state) values (0, 'serving'), (1, 'idle');
insert into search.eras (generation, number, starts_at) values (0, 0, '-infinity');

comment on schema search is
  'The index over all apps.';
comment on function search.fold is
  'The words of a text as the index compares them: composed, folded, in lower case, between single spaces.';
comment on function search.similar_words is
  'At most 50 known words that look like a typed one, the most alike first.';
comment on table search.generations is
  'The two places for an index: one serves, the other one is idle or being filled.';
comment on column search.generations.number is
  '0 or 1; the partition with the documents and words.';
comment on column search.generations.state is
  '`serving` is searched and kept up to date, `building` is kept up to date while it is filled, `idle` is neither.';
comment on column search.generations.changed_at is
  'When the state last changed.';
comment on table search.eras is
  'Stretches of time with some four thousand documents each; a search walks back through them and '
  'stops when it has enough to rank.';
comment on column search.eras.generation is
  'The generation whose documents it divides.';
comment on column search.eras.number is
  '0 for the oldest; grows by 1 toward the present.';
comment on column search.eras.starts_at is
  'The documents created from then on, up to the start of the next era, belong to it.';
comment on column search.eras.last_at is
  'When its youngest document was created.';
comment on column search.eras.documents_count is
  'How many documents came into it; those that went later are counted.';
comment on table search.documents is
  'What can be found: one row for each generation, partitioned by it.';
comment on column search.documents.generation is
  'The generation it belongs to.';
comment on column search.documents.id is
  'The id of the thing in its app; no two things in the index share one.';
comment on column search.documents.app is
  'The app that shows it, such as `gallery`.';
comment on column search.documents.kind is
  'What it is in that app, such as `post`.';
comment on column search.documents.owner_id is
  'The member who made it; null when nobody did.';
comment on column search.documents.title is
  'What it is called, as people wrote it; may be empty.';
comment on column search.documents.body is
  'What it says, as people wrote it, cut after 10,000 characters.';
comment on column search.documents.url is
  'The path of its page.';
comment on column search.documents.era is
  'The era of its creation, also among its marks.';
comment on column search.documents.version is
  'Grows with every change in the app; an older one never replaces a newer one.';
comment on column search.documents.created_at is
  'When the thing was made; fresh things come first.';
comment on column search.documents.words is
  'The stems of title (weight A), names (B) and body (D).';
comment on column search.documents.title_words is
  'The stems of the title alone.';
comment on column search.documents.marks is
  'What it is found by besides words: `era:7`, `app:gallery`, `kind:post`, `by:<member>`, and who may '
  'see it: `public`, `member:<id>`, `group:<key>`.';
comment on table search.words is
  'Every word of the documents, to complete and to correct what is typed; partitioned like them.';
comment on column search.words.generation is
  'The generation whose documents say it.';
comment on column search.words.word is
  'The folded word, 1 to 40 letters or digits.';
comment on column search.words.lexeme is
  'Its stem, as `documents.words` has it.';
comment on column search.words.sightings is
  'How many documents said it when they came, counted up to 1,024.';
comment on table search.tombstones is
  'What was removed, so that a document that comes late does not bring it back; kept for 30 days.';
comment on column search.tombstones.app is
  'The app that showed it.';
comment on column search.tombstones.kind is
  'What it was in that app.';
comment on column search.tombstones.id is
  'The id of the thing in its app.';
comment on column search.tombstones.version is
  'The version at which it went; only a newer one may come back.';
comment on column search.tombstones.removed_at is
  'When it was removed here.';
