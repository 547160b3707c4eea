public import ArtelEvents
public import ArtelIdentifiers
public import FoundationEssentials

/// What others may know of a comment, as it was when the event happened.
public struct CommentFacts: Codable, Hashable, Sendable {
  /// Names the comment.
  public let id: CommentID
  /// What it is about.
  public let post: PostID
  /// Who wrote it.
  public let author: Identifier<AccountsMember>
  /// 1 to 5,000 code points of plain text.
  public let text: String
  /// When it was written.
  public let createdAt: Date
  /// When its text last changed.
  public let updatedAt: Date

  /// Makes the facts of their parts.
  public init(
    id: CommentID,
    post: PostID,
    author: Identifier<AccountsMember>,
    text: String,
    createdAt: Date,
    updatedAt: Date
  ) {
    self.id = id
    self.post = post
    self.author = author
    self.text = text
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  private enum CodingKeys: String, CodingKey {
    case id, post, author, text
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }
}

/// A member said something about a post.
///
/// Source: Gallery, in the transaction that stores the comment.
public struct CommentCreated: Event {
  /// Its name for ever.
  public static let name = "gallery.comment.created"
  /// The version of its JSON.
  public static let version = 1

  /// The comment as it was written.
  public let comment: CommentFacts

  /// Announces a comment.
  public init(comment: CommentFacts) {
    self.comment = comment
  }

  /// The comment.
  public var aggregate: String { comment.id.description }
}

/// The text of a comment is another one now.
///
/// Source: Gallery, in the transaction that stores the change.
public struct CommentChanged: Event {
  /// Its name for ever.
  public static let name = "gallery.comment.changed"
  /// The version of its JSON.
  public static let version = 1

  /// All of the comment as it is now.
  public let comment: CommentFacts

  /// Announces a change.
  public init(comment: CommentFacts) {
    self.comment = comment
  }

  /// The comment.
  public var aggregate: String { comment.id.description }
}

/// A comment is gone.
///
/// Source: Gallery, in the transaction that deletes it, whoever did, or its author departed. The
/// comments of a post that is deleted go with it, and `PostDeleted` alone says so.
public struct CommentDeleted: Event {
  /// Its name for ever.
  public static let name = "gallery.comment.deleted"
  /// The version of its JSON.
  public static let version = 1

  /// Which comment.
  public let comment: CommentID
  /// What it was about.
  public let post: PostID
  /// Who had written it.
  public let author: Identifier<AccountsMember>

  /// Announces a deletion.
  public init(comment: CommentID, post: PostID, author: Identifier<AccountsMember>) {
    self.comment = comment
    self.post = post
    self.author = author
  }

  /// The comment.
  public var aggregate: String { comment.description }
}
