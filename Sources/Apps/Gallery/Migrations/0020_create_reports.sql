-- Why: members report what should not be here, and moderators look through it, each thing once.
-- Locks: share row exclusive on members, posts and comments for a moment, for the foreign keys.
-- Undo: a later migration drops the tables and the type; what was reported is lost.

create type report_reason as enum ('spam', 'abuse', 'nudity', 'copyright', 'other');

create table reports (
  id          uuid          not null,
  member_id   uuid          not null,
  post_id     uuid,
  comment_id  uuid,
  reason      report_reason not null,
  text        text          not null default '',
  created_at  timestamptz   not null,
  resolved_at timestamptz,

  constraint reports_pkey primary key (id),
  constraint reports_member_id_fkey foreign key (member_id) references members (id) on delete cascade,
  constraint reports_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint reports_comment_id_fkey foreign key (comment_id) references comments (id) on delete cascade,
  constraint reports_one_target check (num_nonnulls(post_id, comment_id) = 1),
  constraint reports_text_length check (char_length(text) <= 1000)
);

-- One report of a member on a post, and on a comment.
create unique index reports_member_id_post_id_key on reports (member_id, post_id) where post_id is not null;
create unique index reports_member_id_comment_id_key on reports (member_id, comment_id)
  where comment_id is not null;
-- What was said of a thing, latest first; what the foreign keys need.
create index reports_post_id_created_at_idx on reports (post_id, created_at) where post_id is not null;
create index reports_comment_id_created_at_idx on reports (comment_id, created_at)
  where comment_id is not null;

create table moderation_cases (
  id           uuid        not null,
  post_id      uuid,
  comment_id   uuid,
  report_count bigint      not null,
  opened_at    timestamptz not null,

  constraint moderation_cases_pkey primary key (id),
  constraint moderation_cases_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
  constraint moderation_cases_comment_id_fkey
    foreign key (comment_id) references comments (id) on delete cascade,
  constraint moderation_cases_one_target check (num_nonnulls(post_id, comment_id) = 1),
  constraint moderation_cases_report_count_positive check (report_count > 0)
);

-- A thing has one case at a time.
create unique index moderation_cases_post_id_key on moderation_cases (post_id) where post_id is not null;
create unique index moderation_cases_comment_id_key on moderation_cases (comment_id)
  where comment_id is not null;
-- The queue: what waits longest first.
create index moderation_cases_opened_at_id_idx on moderation_cases (opened_at, id);

comment on type report_reason is
  'Why a member reports a thing.';
comment on table reports is
  'What members told moderators about posts and comments; nobody else learns who did.';
comment on column reports.id is
  'UUIDv7.';
comment on column reports.member_id is
  'Who reported. The report goes with the member.';
comment on column reports.post_id is
  'The post that was reported; null for a comment. The report goes with the post.';
comment on column reports.comment_id is
  'The comment that was reported; null for a post. The report goes with the comment.';
comment on column reports.reason is
  'Why.';
comment on column reports.text is
  '0 to 1,000 code points of plain text: what else the member says.';
comment on column reports.created_at is
  'When it was reported.';
comment on column reports.resolved_at is
  'When a moderator decided; null while it waits.';
comment on table moderation_cases is
  'Things that were reported and wait for a moderator, each once. A case is deleted when it is decided.';
comment on column moderation_cases.id is
  'UUIDv7.';
comment on column moderation_cases.post_id is
  'The post that was reported; null for a comment. The case goes with the post.';
comment on column moderation_cases.comment_id is
  'The comment that was reported; null for a post. The case goes with the comment.';
comment on column moderation_cases.report_count is
  'How many members have reported the thing since the case was opened, those who have departed too.';
comment on column moderation_cases.opened_at is
  'When the thing was first reported; the queue is ordered by it, then by `id`.';
