-- Why: members are found by a part of their name, in the letters of either alphabet, slips of the fingers forgiven.
-- Locks: share on members while the indexes are built, about a second for 100,000 rows: reads go on, signing up waits.
-- Undo: a later migration drops the indexes and the function.

create extension if not exists pg_trgm;

-- The form in which names are compared: a space before each word, Latin letters in lower case and digits. Russian is
-- written as in passports; of spellings that differ by custom one is taken (`Юлия`, `Yulia` and `Iuliya` are `iulia`).
-- Accents go, and with them the marks of `ё` and `й`.
create function name_key(content text) returns text
  language sql immutable strict parallel safe
  return ' ' || btrim(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
      translate(
        regexp_replace(lower(normalize(content, NFD)), '[\u0300-\u036F]', '', 'g'),
        'абвгдезиклмнопрстуфхыэyjwъь', 'abvgdeziklmnoprstufhieiiv'
      ),
      'ж', 'zh'), 'ц', 'ts'), 'ч', 'ch'), 'ш', 'sh'), 'щ', 'shch'), 'ю', 'iu'), 'я', 'ia'),
      'kh', 'h'), 'x', 'ks'), 'iii', 'i'), 'ii', 'i'), 'ie', 'e'),
    '[^[:alnum:]]+', ' ', 'g'
  ));

comment on function name_key is
  'The form in which names of members are compared: Latin letters in lower case, a space before each word.';

create index members_name_keys_idx on members
  using gin (name_key(display_name) gin_trgm_ops, name_key(username) gin_trgm_ops);
-- Other forms of a Russian name: `Ивановой` finds `Иванова`.
create index members_display_name_words_idx on members
  using gin (to_tsvector('russian', display_name));

-- Returns at most `most` present members whose names look like a key. The threshold is a setting, and settings of a
-- session do not reach the index from the connections that statements share.
create function members_alike(key text, most integer)
  returns table (id uuid, last_seen_at timestamptz, likeness real)
  language sql stable parallel safe
  set pg_trgm.word_similarity_threshold = 0.5
  as $$
    select m.id, m.last_seen_at, greatest(
      word_similarity(key, name_key(m.display_name)), word_similarity(key, name_key(m.username))
    )
    from members m
    where m.departed_at is null and (key <% name_key(m.display_name) or key <% name_key(m.username))
    limit most
  $$;

comment on function members_alike is
  'Members whose names look like a key, with how much: 0 to 1.';
