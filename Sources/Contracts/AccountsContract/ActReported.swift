public import ArtelEvents

/// Something that an app reports to the system log: a noun and what became of it.
public struct ReportedAct: Hashable, Sendable {
  /// Lowercase words with dots and underscores, such as `post.taken_down`, at most 100 characters, for
  /// ever.
  public let name: String
  /// How much it asks for attention; default some.
  public let level: LoggedAct.Level

  /// Names an act.
  public init(_ name: String, level: LoggedAct.Level = .warning) {
    self.name = name
    self.level = level
  }
}

/// Something was done in another app that has to be known afterwards.
///
/// Source: the app, in the transaction in which it happens. Accounts records it once in the system log.
public struct ActReported<Source: NoticeSource>: Event {
  /// Its name for ever; the first word is the log of its source.
  public static var name: String { "\(Source.context).act.reported" }
  /// The version of its JSON.
  public static var version: Int { 1 }

  /// What was done.
  public let act: String
  /// How much it asks for attention.
  public let level: LoggedAct.Level
  /// Who did it; nil for the operator and the server.
  public let actor: MemberID?
  /// To whom; nil when it concerns nobody.
  public let subject: MemberID?
  /// What else is worth knowing, never a secret; cut to 2 KiB of JSON.
  public let details: [String: String]

  /// Reports an act.
  public init(
    of act: ReportedAct,
    by actor: MemberID?,
    about subject: MemberID? = nil,
    details: [String: String] = [:]
  ) {
    self.act = act.name
    level = act.level
    self.actor = actor
    self.subject = subject
    self.details = details
  }

  /// The act.
  public var aggregate: String { act }
}
