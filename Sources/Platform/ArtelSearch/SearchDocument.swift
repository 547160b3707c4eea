public import ArtelIdentifiers
public import FoundationEssentials

/// The id of something that can be found, in the app that shows it.
public typealias DocumentID = Identifier<SearchDocument>

/// Something that people can find: what it says, where it is and who may see it.
///
/// An app makes one of each thing that it shows, and offers all of them through ``SearchSource``.
public struct SearchDocument: Hashable, Sendable {
  /// Tells one document from all others.
  public struct Key: Hashable, Sendable {
    /// The app that shows it: lower-case letters, such as `gallery`.
    public let app: String
    /// What it is in that app: lower-case letters, such as `post`.
    public let kind: String
    /// The id of the thing in that app; no two things of all apps may share one.
    public let id: DocumentID

    /// Makes a key of the thing's own id, whatever kind of id that is.
    public init<Entity>(app: String, kind: String, id: Identifier<Entity>) {
      self.app = app
      self.kind = kind
      self.id = DocumentID(high: id.high, low: id.low)
    }
  }

  /// Tells it from all others.
  public var key: Key
  /// Who made it, and always sees it; nil when no member did.
  public var owner: Identifier<AccountsMember>?
  /// What it is called, which may be nothing; words in it count most.
  public var title: String
  /// Names and tags, which are found as they are written and count more than the body.
  public var names: String
  /// What it says; the index keeps the first 10,000 characters.
  public var body: String
  /// The path of its page, such as `/posts/…`.
  public var url: String
  /// Who may see it besides its owner; empty for nobody.
  public var audience: Set<SearchAudience>
  /// When it was made; fresh things come first.
  public var createdAt: Date
  /// Grows with every change; an older version never replaces a newer one.
  public var version: Int

  /// Makes a document of its parts.
  public init(
    key: Key,
    owner: Identifier<AccountsMember>? = nil,
    title: String,
    names: String = "",
    body: String = "",
    url: String,
    audience: Set<SearchAudience>,
    createdAt: Date,
    version: Int
  ) {
    self.key = key
    self.owner = owner
    self.title = title
    self.names = names
    self.body = body
    self.url = url
    self.audience = audience
    self.createdAt = createdAt
    self.version = version
  }
}

/// Some of those who may find a document.
public enum SearchAudience: Hashable, Sendable {
  /// Everybody, guests too.
  case everybody
  /// One member.
  case member(Identifier<AccountsMember>)
  /// All who belong to a group, such as a chat or a course; the key has no blanks.
  case group(String)
}
