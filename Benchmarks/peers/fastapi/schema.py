"""The tables the peer reads: those of Artel's gallery database. Column names stand only here."""

import datetime
import uuid

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Uuid
from sqlalchemy.dialects.postgresql import BYTEA, ENUM, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

IMAGE_TYPE = ENUM("jpeg", "png", "gif", "webp", name="image_type", create_type=False)
VISIBILITY = ENUM("public", "unlisted", "private", name="visibility", create_type=False)
TIME = TIMESTAMP(timezone=True)


class Row(DeclarativeBase):
    pass


class Member(Row):
    __tablename__ = "members"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    username: Mapped[str]
    display_name: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    departed_at: Mapped[datetime.datetime | None] = mapped_column(TIME)


POST_TAGS = Table(
    "post_tags", Row.metadata,
    Column("post_id", Uuid, ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", Uuid, ForeignKey("tags.id"), primary_key=True),
)


class Tag(Row):
    __tablename__ = "tags"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    post_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime.datetime] = mapped_column(TIME)
    updated_at: Mapped[datetime.datetime] = mapped_column(TIME)


class Picture(Row):
    __tablename__ = "pictures"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id"))
    position: Mapped[int]
    digest: Mapped[bytes] = mapped_column(BYTEA)
    type: Mapped[str] = mapped_column(IMAGE_TYPE)
    bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    frames: Mapped[int]
    alt: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(TIME)
    updated_at: Mapped[datetime.datetime] = mapped_column(TIME)


class Post(Row):
    __tablename__ = "posts"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    title: Mapped[str]
    description: Mapped[str]
    views: Mapped[int] = mapped_column(BigInteger)
    visibility: Mapped[str] = mapped_column(VISIBILITY)
    visibility_token: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(TIME)
    updated_at: Mapped[datetime.datetime] = mapped_column(TIME)
    cover_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pictures.id", use_alter=True))
    picture_count: Mapped[int]

    author: Mapped[Member] = relationship(lazy="raise")
    cover: Mapped[Picture] = relationship(foreign_keys=[cover_id], lazy="raise", viewonly=True)
    pictures: Mapped[list[Picture]] = relationship(
        foreign_keys=[Picture.post_id], order_by=Picture.position, lazy="raise", viewonly=True)
    tags: Mapped[list[Tag]] = relationship(secondary=POST_TAGS, order_by=Tag.name, lazy="raise")
