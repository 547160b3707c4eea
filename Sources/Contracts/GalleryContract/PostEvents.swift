public import ArtelEvents
public import ArtelIdentifiers
public import FoundationEssentials

/// What others may know of a post, as it was when the event happened.
public struct PostFacts: Codable, Hashable, Sendable {
  /// Names the post.
  public let id: PostID
  /// Who posted it.
  public let author: Identifier<AccountsMember>
  /// 0 to 200 code points, in one line.
  public let title: String
  /// 0 to 5,000 code points of plain text.
  public let description: String
  /// Whether everybody finds it; otherwise its author alone, although others may see it by its address.
  public let isPublic: Bool
  /// The names of its tags; nil in facts of versions that knew none.
  public let tags: [String]?
  /// When it was published; the feed is ordered by it.
  public let createdAt: Date
  /// When title, description, tags or visibility last changed.
  public let updatedAt: Date
  /// When it was published or last came out of the trash; nil in facts of versions that had none.
  public let movedAt: Date?

  /// Makes the facts of their parts.
  public init(
    id: PostID,
    author: Identifier<AccountsMember>,
    title: String,
    description: String,
    isPublic: Bool,
    tags: [String] = [],
    createdAt: Date,
    updatedAt: Date,
    movedAt: Date? = nil
  ) {
    self.id = id
    self.author = author
    self.title = title
    self.description = description
    self.isPublic = isPublic
    self.tags = tags
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.movedAt = movedAt
  }

  private enum CodingKeys: String, CodingKey {
    case id, author, title, description, tags
    case isPublic = "is_public"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case movedAt = "moved_at"
  }
}

/// A picture was posted.
///
/// Source: Gallery, in the transaction that stores the post.
public struct PostCreated: Event {
  /// Its name for ever.
  public static let name = "gallery.post.created"
  /// The version of its JSON.
  public static let version = 1

  /// The post as it was posted.
  public let post: PostFacts

  /// Announces a post.
  public init(post: PostFacts) {
    self.post = post
  }

  /// The post.
  public var aggregate: String { post.id.description }
}

/// The title, the description, the tags or the visibility of a post are others now, or it is back from
/// the trash, with everything that belonged to it.
///
/// Source: Gallery, in the transaction that stores the change.
public struct PostChanged: Event {
  /// Its name for ever.
  public static let name = "gallery.post.changed"
  /// The version of its JSON.
  public static let version = 1

  /// All of the post as it is now.
  public let post: PostFacts

  /// Announces a change.
  public init(post: PostFacts) {
    self.post = post
  }

  /// The post.
  public var aggregate: String { post.id.description }
}

/// A post is gone: put into the trash, from which `PostChanged` brings it back, or deleted for good.
///
/// Source: Gallery, in the transaction that puts it there, and in the one that deletes it, of which a
/// post that was in the trash has both.
public struct PostDeleted: Event {
  /// Its name for ever.
  public static let name = "gallery.post.deleted"
  /// The version of its JSON.
  public static let version = 1

  /// Which post.
  public let post: PostID
  /// Who had posted it.
  public let author: Identifier<AccountsMember>
  /// When it was put into the trash; nil when it is deleted for good.
  public let trashedAt: Date?

  /// Announces a deletion, for good when nothing else is said.
  public init(post: PostID, author: Identifier<AccountsMember>, trashedAt: Date? = nil) {
    self.post = post
    self.author = author
    self.trashedAt = trashedAt
  }

  private enum CodingKeys: String, CodingKey {
    case post, author
    case trashedAt = "trashed_at"
  }

  /// The post.
  public var aggregate: String { post.description }
}
