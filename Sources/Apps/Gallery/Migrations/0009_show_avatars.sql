-- Why: posts are shown with the pictures of their authors, of which the events of Accounts tell.
-- Locks: access exclusive on members for a moment; nothing is read or written.
-- Undo: a later migration drops the column.

alter table members add column avatar_key text;

comment on column members.avatar_key is
  'What names the picture that the member shows in its addresses, as of `version`; null without one.';
