import ArtelAuth
import ArtelModel

extension Accounts {
  /// The active member with this login and password.
  ///
  /// Whether the login or the password is wrong, argon2 runs once: neither the answer nor its time
  /// tells who has an account.
  ///
  /// - Throws: ``SessionError/wrongCredentials``.
  func member(_ form: SignInForm) async throws -> Member {
    let member = try await Member.withLogin(form.login, in: db)
    guard let member, member.isActive, let hash = member.passwordHash else {
      try await passwords.verifyAgainstNobody(form.password)
      throw SessionError.wrongCredentials
    }
    guard try await passwords.verify(form.password, against: hash) else {
      throw SessionError.wrongCredentials
    }
    if passwords.needsRehash(hash) {
      try await rehash(form.password, of: member)
    }
    return member
  }

  private func rehash(_ password: String, of member: Member) async throws {
    // Hashes made by other rules may belong to passwords that nobody may choose today.
    guard let hash = try? await passwords.hash(password) else { return }
    try await Member.update { $0.passwordHash = hash }
      .where { $0.id == member.id && $0.passwordHash == member.passwordHash }
      .run(in: db)
  }
}
