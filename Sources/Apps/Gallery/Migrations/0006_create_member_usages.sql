-- Why: every member may fill so many bytes, and a sum over their posts would cost more with each one.
-- Locks: share on posts and thumbnails while what is stored is summed: publishing waits, reading
-- does not. A node of an older release must not publish afterwards: it would not count.
-- Undo: a later migration drops the table; it is summed again from posts and thumbnails.

lock table posts, thumbnails in share mode;

create table member_usages (
  member_id  uuid   not null,
  used_bytes bigint not null,

  constraint member_usages_pkey primary key (member_id),
  constraint member_usages_member_id_fkey foreign key (member_id) references members (id)
    on delete cascade,
  constraint member_usages_used_bytes_not_negative check (used_bytes >= 0)
);

insert into member_usages (member_id, used_bytes)
select author_id, sum(bytes) from (
  select author_id, image_bytes as bytes from posts
  union all
  select author_id, bytes from thumbnails join posts on posts.id = thumbnails.post_id
) as stored
group by author_id;

comment on table member_usages is
  'How much each member stores. Changed in the transactions that store and delete posts.';
comment on column member_usages.member_id is
  'Whose pictures they are.';
comment on column member_usages.used_bytes is
  'The sum over the member''s posts of the picture and its thumbnails, in bytes; a file that several '
  'posts share counts for each of them.';
