-- Why: the best posts of a period are read day by day, behind a day, score and id at once, which an index
-- bounds only when all three go the same way.
-- Locks: share on posts while the index is made: who reads goes on, who publishes or edits waits; then
-- access exclusive for a moment.
-- Undo: a later migration makes the index as it was.

create index posts_public_days_idx
  on posts (((created_at at time zone 'UTC')::date) desc, score desc, id desc)
  where visibility = 'public' and state = 'kept';
drop index posts_public_day_score_id_idx;
alter index posts_public_days_idx rename to posts_public_day_score_id_idx;
