import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Logging

extension NoticeKind {
  /// Somebody gave the member's password, which is known from a breach.
  static let passwordBreached = NoticeKind(
    "password.breached",
    icon: "key",
    link: "/settings/password"
  )
}

extension Act {
  /// Somebody gave a member's password, which is known from a breach.
  static let passwordBreached = Act("password.breached", level: .warning)
}

extension Accounts {
  /// The hash of a password that somebody chose for themselves.
  ///
  /// - Throws: `Problem` of kind `validation` when it is known from a breach, and `unavailable` when that
  ///   cannot be found out; as `PasswordHasher.hash(_:)`.
  func hash(ofChosen password: String) async throws -> String {
    guard let isBreached = try await isBreached(password) else { throw Problem.unavailable }
    guard !isBreached else { throw Problem.validation("password", "breached") }
    return try await passwords.hash(password)
  }

  /// Warns a member whose password is known from a breach and was given, by notice and mail, and at most
  /// once a day: whoever gave it may be somebody else, and chooses the next one.
  ///
  /// Cost: some five statements.
  func warnOfBreach(_ member: Member, from origin: SessionOrigin?) async throws {
    guard limits.mayTellOfBreach(to: member.id) else { return }
    let now = clock.now()
    try await db.transaction { tx in
      tx.record(.passwordBreached, by: nil, about: member.id, from: origin, at: now)
      try await warn(
        member,
        of: .passwordBreached,
        as: .passwordBreached,
        from: origin,
        at: now,
        in: tx
      )
    }
  }

  /// Whether the list has a password; nil, and a line in the log, when it cannot be read.
  ///
  /// Cost: nothing without a list; some 36 reads of it otherwise.
  ///
  /// - Throws: `BlockingPoolError`.
  func isBreached(_ password: String) async throws -> Bool? {
    guard let breachedPasswords else { return false }
    do {
      return try await breachedPasswords.contains(password)
    } catch let error as BreachedPasswordsError {
      logger.error(
        "The list of breached passwords is no use",
        metadata: ["reason": "\(error)"]
      )
      return nil
    }
  }
}
