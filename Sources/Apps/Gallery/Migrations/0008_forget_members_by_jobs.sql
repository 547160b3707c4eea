-- Why: departed members are forgotten by jobs, which the event enqueues; nobody asks the rows each second any more.
-- Locks: access exclusive on members for a moment, for the index.
-- Undo: a later migration makes the index anew.

-- Those whose event came before there was such a job.
insert into jobs.jobs (id, kind, payload, priority, run_at, unique_key, attempts_limit)
select gen_random_uuid(), 'gallery.members.forget', jsonb_build_object('member', id), 1, now(), id::text, 12
from members
where departed_at is not null and username <> '';

drop index members_departing_idx;
