import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Logging

extension NoticeKind {
  /// The member signed in by a password that is known from a breach.
  static let passwordBreached = NoticeKind(
    "password.breached",
    icon: "key",
    link: "/settings/password"
  )
}

extension Act {
  /// A member signed in by a password that is known from a breach.
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

  /// Warns a member who gave a password that is known from a breach, by notice and mail, and at most once
  /// a day.
  ///
  /// They are let in all the same: whoever has no verified address could not set another password
  /// otherwise. When it cannot be found out, nobody is warned, and nobody kept out.
  ///
  /// Cost: nothing without a list, as reading the list otherwise; some five statements when it has the
  /// password.
  ///
  /// - Throws: `PostgresError`, `BlockingPoolError`.
  func warn(
    _ member: Member,
    ofBreached password: String,
    from origin: SessionOrigin?
  ) async throws {
    guard try await isBreached(password) == true, limits.mayTellOfBreach(to: member.id)
    else { return }
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
  private func isBreached(_ password: String) async throws -> Bool? {
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
