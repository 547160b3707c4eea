"""The peer that bin/bench compares Artel with: the same endpoints in FastAPI, SQLAlchemy 2 and asyncpg.

It is written to be fast: ORM rows with `selectinload`, reads in AUTOCOMMIT so that they cost no transaction
statements, a pool that never opens a connection under load, verified tokens remembered, answers by orjson
without a second validation, uvloop and httptools, no access log.
"""

import base64
import contextlib
import datetime
import os
import uuid
from typing import Annotated, Literal

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ARRAY, UUID, and_, bindparam, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from schema import Picture, Post
from tokens import Tokens

# In no trash, in lists; as literals, so that the partial indexes serve.
KEPT = text("posts.state = 'kept'")
PUBLIC = text("posts.visibility = 'public'")

# Endings of file names that are not the name of the type.
ENDINGS = {"jpeg": "jpg"}
POOL_SIZE = int(os.environ.get("PEER_POOL_SIZE", "16"))

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=POOL_SIZE, max_overflow=0)
reading = async_sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False)
writing = async_sessionmaker(engine, expire_on_commit=False)
tokens = Tokens(os.environ["PEER_PUBLIC_KEY"], os.environ["PEER_ISSUER"])


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    await engine.dispose()


app = FastAPI(
    lifespan=lifespan, openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})


async def caller(authorization: Annotated[str | None, Header()] = None) -> uuid.UUID | None:
    """The member of the bearer token; None without a token; 401 with a bad one."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    member = tokens.member(token) if scheme.lower() == "bearer" else None
    if member is None:
        raise HTTPException(401)
    return member


Caller = Annotated[uuid.UUID | None, Depends(caller)]


# Counters, what votes have changed since, and the caller's own vote: one statement for a page, as in Artel.
TALLIES = text("""
select posts.id, posts.upvotes + coalesce(deltas.upvotes, 0) as upvotes,
  posts.downvotes + coalesce(deltas.downvotes, 0) as downvotes, votes.type::text as vote
from posts
left join lateral (
  select sum(upvotes)::bigint as upvotes, sum(downvotes)::bigint as downvotes
  from vote_deltas where post_id = posts.id
) as deltas on true
left join votes on votes.post_id = posts.id and votes.member_id = :member
where posts.id = any(:posts)
""").bindparams(bindparam("member", type_=UUID), bindparam("posts", type_=ARRAY(UUID)))


async def tallies(session, posts, member):
    rows = await session.execute(TALLIES, {"member": member, "posts": [post.id for post in posts]})
    return {row.id: {"upvotes": row.upvotes, "downvotes": row.downvotes, "vote": row.vote} for row in rows}


def visible(member):
    """All posts but other people's private ones."""
    is_shown = Post.visibility != "private"
    return and_(KEPT, is_shown if member is None else or_(is_shown, Post.author_id == member))


@app.get("/health/ready")
async def ready():
    return Response()


@app.get("/api/posts/{id}")
async def show(id: uuid.UUID, member: Caller):
    query = select(Post).where(Post.id == id, visible(member)).options(
        selectinload(Post.author), selectinload(Post.pictures), selectinload(Post.tags))
    async with reading() as session:
        post = (await session.scalars(query)).one_or_none()
        if post is None:
            raise HTTPException(404)
        votes = await tallies(session, [post], member)
    return answer(resource(post, votes[id], post.pictures))


@app.get("/api/posts")
async def index(
    member: Caller, after: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
):
    query = (
        select(Post).where(KEPT, PUBLIC)
        .options(selectinload(Post.author), selectinload(Post.cover), selectinload(Post.tags))
        .order_by(Post.created_at.desc(), Post.id.desc()).limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(Post.created_at, Post.id) < tuple_(*position(after)))
    async with reading() as session:
        posts = (await session.scalars(query)).all()
        page = posts[:limit]
        votes = await tallies(session, page, member)
    following = cursor(page[-1]) if len(posts) > limit else None
    return answer({"items": [resource(post, votes[post.id]) for post in page], "next": following})


class Draft(BaseModel):
    """What the gallery stores of a picture that is already on disk."""

    title: str = Field("", max_length=200)
    description: str = Field("", max_length=5000)
    visibility: Literal["public", "unlisted", "private"] = "public"
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    bytes: int = Field(gt=0)


@app.post("/api/posts", status_code=201)
async def create(draft: Draft, member: Caller, request: Request):
    if member is None:
        raise HTTPException(401)
    now = datetime.datetime.now(datetime.UTC)
    picture = Picture(
        id=uuid.uuid4(), position=1, digest=os.urandom(32), type="webp", frames=1, alt="", created_at=now,
        updated_at=now, **draft.model_dump(include={"width", "height", "bytes"}),
    )
    post = Post(
        id=uuid.uuid4(), author_id=member, views=0, cover_id=picture.id, picture_count=1,
        visibility_token=base64.urlsafe_b64encode(os.urandom(12)).decode(), created_at=now, updated_at=now,
        **draft.model_dump(include={"title", "description", "visibility"}),
    )
    picture.post_id = post.id
    async with writing.begin() as session:
        session.add(post)
        await session.flush()
        session.add(picture)
        await session.flush()
        await session.refresh(post, ["author", "cover", "tags"])
    return answer(resource(post, {"upvotes": 0, "downvotes": 0, "vote": None}, [picture]), 201)


def shown(picture, post):
    address = f"/pictures/{post.id}/{post.visibility_token}/{picture.id}"
    return {
        "id": str(picture.id),
        "position": picture.position,
        "alt": picture.alt,
        "image_url": f"{address}/original.{ENDINGS.get(picture.type, picture.type)}",
        "thumbnail_url": f"{address}/480.webp",
        "width": picture.width,
        "height": picture.height,
        "is_moving": picture.frames > 1,
    }


def resource(post, votes, pictures=None):
    cover = next(picture for picture in pictures if picture.id == post.cover_id) if pictures else post.cover
    whole = {} if pictures is None else {"pictures": [shown(picture, post) for picture in pictures]}
    return {
        "id": str(post.id),
        "author": {
            "id": str(post.author.id),
            "username": post.author.username,
            "display_name": post.author.display_name,
            "avatar": None,
        },
        "title": post.title,
        "description": post.description,
        "visibility": post.visibility,
        "is_public": post.visibility == "public",
        "cover": shown(cover, post),
        "picture_count": post.picture_count,
        "tags": [{"name": tag.name, "slug": tag.slug} for tag in post.tags],
        "views": post.views,
        **votes,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        **whole,
    }


def answer(content, status=200):
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return Response(body, status, media_type="application/json")


def cursor(post):
    return base64.urlsafe_b64encode(f"{post.created_at.isoformat()} {post.id}".encode()).decode()


def position(after):
    try:
        time, id = base64.urlsafe_b64decode(after).decode().split(" ")
        return datetime.datetime.fromisoformat(time), uuid.UUID(id)
    except ValueError:
        raise HTTPException(422) from None
