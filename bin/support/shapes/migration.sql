-- Why:
-- Locks:
-- Undo:

