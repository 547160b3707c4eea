public import ArtelIdentifiers

/// What whoever runs an import has to know of one thing: that it was not taken, or taken otherwise than it
/// was.
public struct ImportRemark: Hashable, Sendable {
  /// What became of the thing.
  public enum Outcome: String, CaseIterable, Sendable {
    /// It was not taken; another run tries again.
    case refused
    /// It was taken, but not just as it was.
    case changed
  }

  /// What sort of thing.
  public let kind: ImportKind
  /// Its id in the other system, as it was written there.
  public let source: String
  /// What became of it.
  public let outcome: Outcome
  /// Why, for programs: small letters with underscores.
  public let reason: String
  /// What a reader needs besides, in one line of at most 200 characters.
  public let detail: String

  /// Makes a remark; `detail` is cleaned.
  public init(
    _ kind: ImportKind,
    _ source: String,
    _ outcome: Outcome,
    _ reason: String,
    _ detail: String = ""
  ) {
    self.kind = kind
    self.source = ForeignText.line(source, limit: 100).text
    self.outcome = outcome
    self.reason = reason
    self.detail = ForeignText.line(detail, limit: 200).text
  }
}

/// What became of some things of one kind.
public struct ImportTally: Sendable {
  /// How many were taken.
  public var taken = 0
  /// How many were taken before.
  public var known = 0
  /// What else there is to know of them.
  public var remarks: [ImportRemark] = []

  /// Nothing yet.
  public init() {}

  /// Both together.
  public func adding(_ other: ImportTally) -> ImportTally {
    var sum = self
    sum.taken += other.taken
    sum.known += other.known
    sum.remarks += other.remarks
    return sum
  }

  /// Notes that a thing is not taken.
  public mutating func refuse(
    _ kind: ImportKind,
    _ source: ForeignID,
    _ reason: String,
    _ detail: String = ""
  ) {
    remarks.append(ImportRemark(kind, source.description, .refused, reason, detail))
  }

  /// Notes that a thing is taken otherwise than it was.
  public mutating func change(
    _ kind: ImportKind,
    _ source: ForeignID,
    _ reason: String,
    _ detail: String = ""
  ) {
    remarks.append(ImportRemark(kind, source.description, .changed, reason, detail))
  }
}
