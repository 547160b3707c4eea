import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// What opening a link does.
enum EmailLinkPurpose: String, Sendable {
  case verification
  case reset

  /// How long a link works: a day, and an hour.
  var lifetime: TimeInterval {
    switch self {
    case .verification: 86_400
    case .reset: 3600
    }
  }

  var tokenKind: OpaqueTokenKind {
    switch self {
    case .verification: .emailVerification
    case .reset: .passwordReset
    }
  }
}

extension EmailLink {
  /// A link to an address; not stored yet.
  init(
    _ purpose: EmailLinkPurpose,
    to address: String,
    of member: MemberID?,
    by key: SecretKey,
    at now: Date
  ) {
    let id = EmailLinkID.generate()
    let token = OpaqueToken.derived(purpose.tokenKind, from: id.description, by: key)
    self.init(
      id: id,
      purpose: purpose.rawValue,
      memberID: member,
      address: address,
      digest: Bytea(token.digest.bytes),
      createdAt: now,
      expiresAt: now + purpose.lifetime
    )
  }

  /// The token in the link, worked out again.
  func token(by key: SecretKey) -> OpaqueToken? {
    EmailLinkPurpose(rawValue: purpose).map {
      OpaqueToken.derived($0.tokenKind, from: id.description, by: key)
    }
  }

  /// Whether it still works.
  func isOpen(at now: Date) -> Bool { usedAt == nil && expiresAt > now }

  /// The link with this token, if it still works.
  static func open(_ token: OpaqueToken, _ purpose: EmailLinkPurpose, at now: Date)
    -> Query<EmailLink>
  {
    let digest = Bytea(token.digest.bytes)
    return EmailLink.where {
      $0.digest == digest && $0.purpose == purpose.rawValue && $0.usedAt == nil
        && $0.expiresAt > now && $0.memberID.isNotNull()
    }
  }

  /// Uses the link up, and tells whose it was.
  ///
  /// - Throws: ``EmailLinkError/closed``; of two at once one gets it.
  static func use(
    _ token: OpaqueToken,
    _ purpose: EmailLinkPurpose,
    at now: Date,
    in tx: Transaction
  ) async throws -> (link: EmailLink, member: MemberID) {
    let digest = Bytea(token.digest.bytes)
    let used = try await EmailLink.update {
      $0.set(EmailLink.columns.usedAt, to: "greatest(\(now), created_at)")
    }
    .where {
      $0.digest == digest && $0.purpose == purpose.rawValue && $0.usedAt == nil
        && $0.expiresAt > now && $0.memberID.isNotNull()
    }
    .returning(in: tx)
    guard let link = used.first, let member = link.memberID else { throw EmailLinkError.closed }
    return (link, member)
  }

  /// Makes all links of a member void that still work.
  static func close(of member: MemberID, at now: Date, in tx: Transaction) async throws {
    try await EmailLink.update {
      $0.set(EmailLink.columns.usedAt, to: "greatest(\(now), created_at)")
    }
    .where { $0.memberID == member && $0.usedAt == nil }
    .run(in: tx)
  }
}
