public import FoundationEssentials

/// An entry of the system log as administrators and operators see it.
public struct LoggedAct: Codable, Hashable, Sendable {
  /// How much an entry asks for attention.
  public enum Level: String, Codable, CaseIterable, Sendable {
    /// None.
    case info
    /// Some.
    case warning
    /// Soon.
    case error
  }

  /// Counts from 1 without a gap.
  public let position: Int
  /// When it was done.
  public let at: Date
  /// What was done, such as `password.changed`.
  public let act: String
  /// How much it asks for attention.
  public let level: Level
  /// Who did it; nil for a guest, the operator and the server.
  public let actor: MemberID?
  /// To whom; nil when it concerns nobody.
  public let subject: MemberID?
  /// The IP address of the request.
  public let address: String?
  /// What the browser or client called itself.
  public let userAgent: String?
  /// What else is worth knowing; each text is one line.
  public let details: [String: String]
  /// When what is personal was taken out; nil when it was not.
  public let erasedAt: Date?
  /// SHA-256 in hexadecimal digits; the next entry vouches for it.
  public let digest: String

  /// Makes an entry of its parts.
  public init(
    position: Int,
    at: Date,
    act: String,
    level: Level,
    actor: MemberID?,
    subject: MemberID?,
    address: String?,
    userAgent: String?,
    details: [String: String],
    erasedAt: Date?,
    digest: String
  ) {
    self.position = position
    self.at = at
    self.act = act
    self.level = level
    self.actor = actor
    self.subject = subject
    self.address = address
    self.userAgent = userAgent
    self.details = details
    self.erasedAt = erasedAt
    self.digest = digest
  }

  private enum CodingKeys: String, CodingKey {
    case position, at, act, level, actor, subject, address, details, digest
    case userAgent = "user_agent"
    case erasedAt = "erased_at"
  }
}

/// Which entries of the system log are wanted; everything by default.
public struct LogFilter: Hashable, Sendable {
  /// Only acts of this name, or, ending with a dot, of this noun: `session.`.
  public var act: String?
  /// Only what this member did or what was done to them.
  public var member: MemberID?
  /// Only this level and what asks for more attention.
  public var level: LoggedAct.Level
  /// Only from this time on.
  public var since: Date?
  /// Only before this time.
  public var until: Date?

  /// Wants everything.
  public init() {
    level = .info
  }
}

/// What a walk over the whole system log found.
public struct LogVerdict: Codable, Hashable, Sendable {
  /// What is wrong with an entry.
  public enum Fault: String, Codable, Hashable, Sendable {
    /// It is not there.
    case missing
    /// It, or the order, is not as it was recorded.
    case changed
    /// Address, program or details are not as they were recorded.
    case personalChanged = "personal_changed"
    /// What is personal was taken out, though nobody it concerns has left.
    case erased
    /// The log does not end with it, though it should.
    case cutOff = "cut_off"
    /// It is not the entry that the caller once noted.
    case notAsNoted = "not_as_noted"
  }

  /// How many entries were looked at.
  public let entries: Int
  /// How many of them have nothing personal any more.
  public let erased: Int
  /// The last entry that is as it was recorded: its position, a colon and its digest.
  public let end: String
  /// The position of the first broken entry; nil when the log is whole.
  public let brokenAt: Int?
  /// What is wrong with it.
  public let fault: Fault?

  /// Makes a verdict of its parts.
  public init(entries: Int, erased: Int, end: String, brokenAt: Int? = nil, fault: Fault? = nil) {
    self.entries = entries
    self.erased = erased
    self.end = end
    self.brokenAt = brokenAt
    self.fault = fault
  }

  private enum CodingKeys: String, CodingKey {
    case entries, erased, end, fault
    case brokenAt = "broken_at"
  }
}

/// An entry as somebody noted it outside the database: `POSITION:DIGEST`.
public struct LogMark: Hashable, Sendable, LosslessStringConvertible {
  /// The position of the entry.
  public let position: Int
  /// SHA-256 in 64 lowercase hexadecimal digits.
  public let digest: String

  /// Names an entry.
  public init(position: Int, digest: String) {
    self.position = position
    self.digest = digest
  }

  /// Reads `POSITION:DIGEST`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let position = Int(parts[0]), position >= 0, parts[1].utf8.count == 64,
      parts[1].utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
    else { return nil }
    self.init(position: position, digest: String(parts[1]))
  }

  /// `POSITION:DIGEST`.
  public var description: String { "\(position):\(digest)" }
}
