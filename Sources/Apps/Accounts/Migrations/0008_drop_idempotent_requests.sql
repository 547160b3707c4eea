-- Why: the platform keeps these answers in its own schema now, in every context alike.
-- Locks: access exclusive on idempotent_requests while a day's answers are copied.
-- Undo: a later migration creates the table again and copies the answers back.

insert into web.idempotent_requests (key_digest, fingerprint, status, location, body, stored_at)
select key_digest, fingerprint, status, location, body, stored_at from idempotent_requests;

drop table idempotent_requests;
