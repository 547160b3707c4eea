public import ArtelEvents
public import ArtelIdentifiers

/// An app that has something to tell members of; its entry type conforms, and the composition root
/// names it to Accounts.
public protocol NoticeSource: Sendable {
  /// The context that publishes, such as `gallery`; for ever.
  static var context: String { get }

  /// Everything that it tells members of.
  static var noticeKinds: [NoticeKind] { get }
}

/// One thing that an app tells members of, and how it looks among their notices.
///
/// Its text is `notices.<app>.<name>` in `share/strings`. A text among the facts stands there as
/// `{title}`; a number as `{count}`, also for plurals, and as a size as `{used.bytes}`.
public struct NoticeKind: Hashable, Sendable {
  /// What happened, such as `storage.nearly_full`; unique in the app and for ever.
  public let name: String

  /// The symbol of `share/assets/sprite.svg` beside it.
  public let icon: String

  /// Where the notice leads; nil for one that leads nowhere.
  ///
  /// A text among the facts stands there as `{post}`, such as `/posts/{post}`.
  public let link: String?

  /// The texts among the facts that stand below the text as they are, those of them that there are.
  public let details: [String]

  /// The text among the facts by which unread notices of the kind are one: a newer one with the same
  /// text takes the place of the one before; nil when each stays.
  public let bundledBy: String?

  /// Makes a kind; by default it leads nowhere, has no details, and each of its notices stays.
  public init(
    _ name: String,
    icon: String,
    link: String? = nil,
    details: [String] = [],
    bundledBy: String? = nil
  ) {
    self.name = name
    self.bundledBy = bundledBy
    self.icon = icon
    self.link = link
    self.details = details
  }
}

/// What a notice says: an id or a name, or a number.
public enum NoticeFact: Hashable, Sendable {
  /// A text, shown as it is.
  case text(String)
  /// A whole number: how many, or how many bytes.
  case number(Int)
}

extension NoticeFact: Codable {
  /// Reads a JSON text or number.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes a JSON text or number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    }
  }
}

/// A member is to be told of something.
///
/// Source: the app that knows, in the transaction in which it happens. Accounts stores it among
/// the member's notices, unless the member has departed, does not want notices of the kind, or has
/// blocked or muted whoever caused it.
public struct NoticeRequested<Source: NoticeSource>: Event {
  /// Its name for ever; the first word is the log of its source.
  public static var name: String { "\(Source.context).notice.requested" }
  /// The version of its JSON.
  public static var version: Int { 1 }

  /// Who is told.
  public let member: MemberID

  /// The name of the kind.
  public let kind: String

  /// Ids, names and numbers that the text needs; at most 2 KiB of JSON.
  public let facts: [String: NoticeFact]

  /// Which other member caused it; nil when nobody did, and in requests of older versions.
  public let actor: MemberID?

  /// Asks for a notice; by default no other member caused it.
  public init(
    of kind: NoticeKind,
    to member: MemberID,
    causedBy actor: MemberID? = nil,
    _ facts: [String: NoticeFact]
  ) {
    self.member = member
    self.kind = kind.name
    self.actor = actor
    self.facts = facts
  }

  /// The member.
  public var aggregate: String { member.description }
}
