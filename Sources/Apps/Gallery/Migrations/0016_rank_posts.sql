-- Why: lists of posts by what members think of them, whose pages are the start of an index however
-- many posts there are.
-- Locks: access exclusive on posts while it is written anew with the two columns and its indexes are
-- made, about ten seconds for a million posts: the gallery waits meanwhile.
-- Undo: a later migration drops the columns, and the indexes with them.

alter table posts
  -- Made by the database, so that what is sorted by never differs from what is shown.
  add column score bigint not null generated always as (upvotes - downvotes) stored,
  -- Ten times the score weighs as much as 12.5 hours. The time stands in it once and for all, so that
  -- nothing has to be counted anew while posts grow older, and pages stay where they are.
  add column heat double precision not null generated always as (
    sign((upvotes - downvotes)::double precision)
      * log(greatest(abs(upvotes - downvotes), 1)::double precision)
      + extract(epoch from created_at at time zone 'UTC')::double precision / 45000
  ) stored;

-- The best of all time.
create index posts_public_score_id_idx on posts (score desc, id desc) where is_public;
-- The best of each day: a longer time is a few of them, merged.
create index posts_public_day_score_id_idx
  on posts (((created_at at time zone 'UTC')::date), score desc, id desc) where is_public;
-- What is liked now.
create index posts_public_heat_id_idx on posts (heat desc, id desc) where is_public;

comment on column posts.score is
  'Upvotes less downvotes.';
comment on column posts.heat is
  'sign(score) × log10(greatest(|score|, 1)) + seconds of `created_at` since 1970 / 45,000: a post '
  'ten times as liked stands where one of the same score, 12.5 hours younger, stands.';
