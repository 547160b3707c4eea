-- Why: a transaction has its id from its first write, which may be long before it publishes; ordered by that id alone,
-- its event stood before events of the same aggregate that other transactions had published and committed meanwhile.
-- Locks: access exclusive on events.outbox_entries, for a moment: only the default changes.
-- Undo: set the default back to pg_current_xact_id()::text::bigint.

-- Never smaller than the own id, so nothing can appear among what was read; and not smaller than the id of any
-- transaction that was over when this one published, so what came later stands later.
alter table events.outbox_entries
  alter column xid set default greatest(
    pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1);

comment on column events.outbox_entries.xid is
  'The youngest transaction that was over when the entry was published, or its own if that is younger; 64 bits.';
