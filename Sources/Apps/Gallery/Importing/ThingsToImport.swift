public import AccountsContract
public import ArtelImports
public import Foundation

extension ImportKind {
  /// A tag.
  public static let tag = ImportKind("tag")
  /// A post with its picture.
  public static let post = ImportKind("post")
  /// A comment.
  public static let comment = ImportKind("comment")
  /// A vote on a post or a comment.
  public static let vote = ImportKind("vote")
  /// An album.
  public static let album = ImportKind("album")
  /// That a post is in an album.
  public static let albumPost = ImportKind("album_post")
}

/// A tag of another system.
public struct TagToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// What it is called there.
  public let name: String

  /// Describes a tag.
  public init(id: ForeignID, name: String) {
    self.id = id
    self.name = name
  }
}

/// A post of another system.
public struct PostToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// Who posted it, as they are known here.
  public let author: MemberID
  /// Where its picture is on this machine.
  public let path: String
  /// What stands above it.
  public let title: String
  /// What stands under it.
  public let description: String
  /// How often it was opened.
  public let views: Int
  /// Whether everybody sees it.
  public let isPublic: Bool
  /// Its tags there.
  public let tags: [ForeignID]
  /// When it was posted; nil when that is not known.
  public let createdAt: Date?
  /// When it last changed; nil when that is not known.
  public let updatedAt: Date?

  /// Describes a post.
  public init(
    id: ForeignID,
    author: MemberID,
    path: String,
    title: String,
    description: String,
    views: Int,
    isPublic: Bool,
    tags: [ForeignID],
    createdAt: Date?,
    updatedAt: Date?
  ) {
    self.id = id
    self.author = author
    self.path = path
    self.title = title
    self.description = description
    self.views = views
    self.isPublic = isPublic
    self.tags = tags
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A comment of another system.
public struct CommentToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// The post there that it is about.
  public let post: ForeignID
  /// Who wrote it, as they are known here.
  public let author: MemberID
  /// What it says.
  public let text: String
  /// When it was written; nil when that is not known.
  public let createdAt: Date?
  /// When it last changed; nil when that is not known.
  public let updatedAt: Date?

  /// Describes a comment.
  public init(
    id: ForeignID,
    post: ForeignID,
    author: MemberID,
    text: String,
    createdAt: Date?,
    updatedAt: Date?
  ) {
    self.id = id
    self.post = post
    self.author = author
    self.text = text
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A vote of another system.
public struct VoteToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// Whose it is, as they are known here.
  public let member: MemberID
  /// The post there that it is on; nil for a comment.
  public let post: ForeignID?
  /// The comment there that it is on; nil for a post.
  public let comment: ForeignID?
  /// Whether they like it.
  public let isUpvote: Bool
  /// When they first voted; nil when that is not known.
  public let createdAt: Date?
  /// When they last changed their mind; nil when that is not known.
  public let updatedAt: Date?

  /// Describes a vote.
  public init(
    id: ForeignID,
    member: MemberID,
    post: ForeignID?,
    comment: ForeignID?,
    isUpvote: Bool,
    createdAt: Date?,
    updatedAt: Date?
  ) {
    self.id = id
    self.member = member
    self.post = post
    self.comment = comment
    self.isUpvote = isUpvote
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// An album of another system, without what is in it.
public struct AlbumToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// Whose it is, as they are known here.
  public let owner: MemberID
  /// What it is called.
  public let name: String
  /// What it says of itself.
  public let description: String
  /// Whether everybody sees it.
  public let isPublic: Bool
  /// When it was made; nil when that is not known.
  public let createdAt: Date?
  /// When it last changed; nil when that is not known.
  public let updatedAt: Date?

  /// Describes an album.
  public init(
    id: ForeignID,
    owner: MemberID,
    name: String,
    description: String,
    isPublic: Bool,
    createdAt: Date?,
    updatedAt: Date?
  ) {
    self.id = id
    self.owner = owner
    self.name = name
    self.description = description
    self.isPublic = isPublic
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// That a post of another system is in an album there.
public struct AlbumPostToImport: Sendable {
  /// What tells it from the others there.
  public let id: ForeignID
  /// The album.
  public let album: ForeignID
  /// The post.
  public let post: ForeignID
  /// Whether it is the picture of the album.
  public let isCover: Bool

  /// Describes a post in an album.
  public init(id: ForeignID, album: ForeignID, post: ForeignID, isCover: Bool) {
    self.id = id
    self.album = album
    self.post = post
    self.isCover = isCover
  }
}
