public import ArtelEvents

/// All moderators are to be told of something.
///
/// Source: the app that knows, in the transaction in which it happens. Accounts stores it among the
/// notices of each member who is a moderator then, as it does with ``NoticeRequested``.
public struct ModeratorsNoticeRequested<Source: NoticeSource>: Event {
  /// Its name for ever; the first word is the log of its source.
  public static var name: String { "\(Source.context).moderators_notice.requested" }
  /// The version of its JSON.
  public static var version: Int { 1 }

  /// The name of the kind.
  public let kind: String

  /// Ids, names and numbers that the text needs; at most 2 KiB of JSON.
  public let facts: [String: NoticeFact]

  /// Asks for a notice to each moderator.
  public init(of kind: NoticeKind, _ facts: [String: NoticeFact] = [:]) {
    self.kind = kind.name
    self.facts = facts
  }

  /// The kind.
  public var aggregate: String { kind }
}
