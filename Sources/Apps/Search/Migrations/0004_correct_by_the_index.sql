-- Why: without knowing the word PostgreSQL took reading all words for cheaper than the index.
-- Locks: none that wait. Undo: a later migration resets the setting.

alter function search.similar_words(integer, text) set enable_seqscan = off;
