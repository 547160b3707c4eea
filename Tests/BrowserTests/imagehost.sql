-- The database of an image host as Sequelize makes it, after some years: constraints that were dropped once, and rows
-- that would not pass them. u1 … and the like stand in the last digits of the ids.

create type "enum_Votes_type" as enum ('upvote', 'downvote');
create table "Users" (
  "id" uuid primary key, "username" varchar(255) not null unique, "email" varchar(255), "password" varchar(255),
  "profileImage" varchar(255), "bio" text, "isVerified" boolean default false,
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "Posts" (
  "id" uuid primary key, "userId" uuid, "title" text, "description" text, "imageUrl" varchar(255), "thumbnail" varchar(255),
  "views" integer default 0, "upvotes" integer default 0, "downvotes" integer default 0, "isPublic" boolean default true,
  "createdAt" timestamptz, "updatedAt" timestamptz);
create table "Comments" (
  "id" uuid primary key, "postId" uuid, "userId" uuid, "text" text, "upvotes" integer default 0,
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "Tags" (
  "id" uuid primary key, "name" varchar(255) unique, "slug" varchar(255), "postCount" integer default 0,
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "Albums" (
  "id" uuid primary key, "userId" uuid, "name" varchar(255), "description" text, "coverImage" varchar(255),
  "isPublic" boolean default true, "postCount" integer default 0,
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "Votes" (
  "id" uuid primary key, "userId" uuid, "postId" uuid, "commentId" uuid, "type" "enum_Votes_type",
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "Follows" (
  "id" uuid primary key, "followerId" uuid, "followingId" uuid,
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
create table "PostTags" (
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "postId" uuid, "tagId" uuid,
  primary key ("postId", "tagId"));
create table "AlbumPosts" (
  "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "albumId" uuid, "postId" uuid,
  primary key ("albumId", "postId"));

create function u(number integer) returns uuid language sql immutable as
  $$ select ('5eed0001-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
create function p(number integer) returns uuid language sql immutable as
  $$ select ('5eed0002-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
create function c(number integer) returns uuid language sql immutable as
  $$ select ('5eed0003-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
create function t(number integer) returns uuid language sql immutable as
  $$ select ('5eed0004-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
create function a(number integer) returns uuid language sql immutable as
  $$ select ('5eed0005-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
create function day(number integer) returns timestamptz language sql immutable as
  $$ select '2020-01-01 12:00:00.123456+00'::timestamptz + number * interval '1 day' $$;

-- The password of ivan is "U*U", of all others "correct horse battery".
insert into "Users"
select u(n), name, email, password, image, bio, verified, day(n), day(n + 1)
from (values
  (1, 'ivan', 'ivan@example.org', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '/uploads/a.png', 'I paint.', true),
  (2, 'IVAN', 'Ivan@Example.org', '$2b$10$abcdefghijklmnopqrstuuCj7fyLDJytXL.TfOiOeiv0fQvSOK1/2', null, null, false),
  (3, 'Ольга Щ.', 'olga@example.org', '$2b$10$abcdefghijklmnopqrstuuCj7fyLDJytXL.TfOiOeiv0fQvSOK1/2', 'missing.png', repeat('ё', 700), true),
  (4, 'admin', '', '$2b$31$abcdefghijklmnopqrstuuCj7fyLDJytXL.TfOiOeiv0fQvSOK1/2', '../../etc/passwd', '', null),
  (5, repeat('long', 60), 'no address', null, 'text.jpg', E'\u202Eevil\u0007', false),
  (6, 'שלום', 'shalom@example.org', '$2y$10$abcdefghijklmnopqrstuuCj7fyLDJytXL.TfOiOeiv0fQvSOK1/2', null, '👩‍👩‍👧', true)
) as v (n, name, email, password, image, bio, verified);

insert into "Posts"
select p(n), u(author), title, description, image, 'thumbs/' || image, views, ups, downs, public, day(10 + n), day(11 + n)
from (values
  (1, 1, 'A teapot for samovars', E'Line\r\ntwo', '/uploads/a.png', 41, 2, 1, true),
  (2, 1, null, null, 'http://old.example.org/uploads/b%20c.png?v=2', null, 0, 0, false),
  (3, 3, repeat('too long ', 60), repeat('y', 6000), 'uploads/a.png', -3, 99, 0, true),
  (4, 6, '', E'\u202Eשלום', 'a.png', 0, 0, 0, null),
  (5, 1, 'missing', '', 'uploads/missing.png', 0, 0, 0, true),
  (6, 1, 'traversal', '', '../../etc/passwd', 0, 0, 0, true),
  (7, 1, 'escaped traversal', '', '%2e%2e/%2e%2e/etc/passwd', 0, 0, 0, true),
  (8, 1, 'a link out of the folder', '', 'link.png', 0, 0, 0, true),
  (9, 1, 'text', '', 'text.jpg', 0, 0, 0, true),
  (10, 1, 'huge', '', 'huge.png', 0, 0, 0, true),
  (11, 1, 'no picture', '', null, 0, 0, 0, true),
  (12, 77, 'an orphan', '', 'a.png', 0, 0, 0, true),
  (13, 1, 'inside', '', 'http://127.0.0.1:9/secret.png', 0, 0, 0, true),
  (14, 6, 'folder', '', 'uploads', 0, 0, 0, true)
) as v (n, author, title, description, image, views, ups, downs, public);
update "Posts" set "createdAt" = 'infinity' where "id" = p(4);

insert into "Comments"
select c(n), p(post), u(author), text, ups, day(30 + n), day(30 + n)
from (values
  (1, 1, 3, 'Beautiful', 1), (2, 1, 6, '', 0), (3, 1, 1, repeat('word ', 1500), 0), (4, 5, 3, 'on a lost post', 0),
  (5, 1, 77, 'by nobody', 0), (6, null, 3, 'on nothing', 0), (7, 3, 2, null, 0), (8, 1, 2, '🫖', 0)
) as v (n, post, author, text, ups);

insert into "Tags"
select t(n), name, name, 0, day(1), day(1)
from (values (1, 'Чай'), (2, 'чай'), (3, '  tea,  pots '), (4, repeat('x', 60)), (5, ''), (6, 'unused')) as v (n, name);
insert into "Tags" select t(100 + n), 'tag ' || n, 'tag-' || n, 0, day(1), day(1) from generate_series(1, 12) as n;
insert into "PostTags" select day(1), day(1), p(1), t(n) from generate_series(1, 4) as n;
insert into "PostTags" select day(1), day(1), p(3), t(100 + n) from generate_series(1, 12) as n;
insert into "PostTags" select day(1), day(1), p(5), t(1);

insert into "Albums"
select a(n), u(owner), name, 'Things', cover, public, 0, day(50), day(51)
from (values
  (1, 1, 'Pots', 'http://old.example.org/uploads/b%20c.png?v=2', true), (2, 3, '', null, false), (3, 77, 'orphan', null, true)
) as v (n, owner, name, cover, public);
insert into "AlbumPosts"
select day(60 + n), day(60 + n), a(album), p(post)
from (values (1, 1, 2), (2, 1, 1), (3, 1, 3), (4, 1, 5), (5, 2, 3), (6, 3, 1), (7, 9, 1)) as v (n, album, post);

insert into "Votes"
select ('5eed0006-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, u(voter), p(post), c(comment),
  type::"enum_Votes_type", day(70), day(70 + changed)
from (values
  (1, 1, 1, null, 'upvote', 1), (2, 3, 1, null, 'upvote', 1), (3, 3, 1, null, 'downvote', 5), (4, 3, 1, null, 'upvote', 3),
  (5, 6, 1, null, 'downvote', 1), (6, 1, null, 1, 'upvote', 1), (7, 1, null, null, 'upvote', 1), (8, 1, 1, 1, 'upvote', 9),
  (9, 77, 1, null, 'upvote', 1), (10, 1, 5, null, 'upvote', 1), (11, 1, null, 4, 'upvote', 1), (12, 2, 1, null, null, 1)
) as v (n, voter, post, comment, type, changed);

insert into "Follows"
select ('5eed0007-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, u(one), u(other), day(80), day(80)
from (values (1, 1, 3), (2, 1, 3), (3, 3, 1), (4, 1, 1), (5, 1, 77), (6, null, 1)) as v (n, one, other);
