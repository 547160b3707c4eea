-- Why: words that only some may read told on themselves by being known, and words that went with their
-- documents were never forgotten. Now they are counted on and off; for that names are kept as well.
-- Locks: access exclusive on search.documents for a moment; searches wait.
-- Undo: a later migration drops the column and the function. The server fills the index anew after this.

alter table search.documents add column names text not null default '';

comment on column search.documents.names is
  'Names and tags, as people wrote them.';

-- The words of a text that completing and correcting know, each once.
create function search.words_of(content text) returns table (word text)
  language sql stable parallel safe rows 40
  as $$
    select distinct w.word
    from regexp_split_to_table(search.fold($1), ' ') as w (word)
    where char_length(w.word) between 1 and 40
  $$;

comment on function search.words_of is
  'The words of a text that are counted, 1 to 40 letters or digits, each once.';
comment on table search.words is
  'Every word of the documents that everybody may see, to complete and to correct what is typed; partitioned like them.';
comment on column search.words.sightings is
  'How many documents for everybody say it; from 1,024 on it is not counted any more, up or down.';

-- What is counted so far is of all documents that ever were.
update search.generations set filled_at = null;
