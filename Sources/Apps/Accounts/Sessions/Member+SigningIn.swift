import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres

extension Accounts {
  /// The active member with this login and password.
  ///
  /// Whether the login or the password is wrong, argon2 runs once, and bcrypt too while anybody's hash
  /// is one of another system: neither the answer nor its time tells who has an account. The same
  /// holds when the member's passwords were tried too often, as somebody may have used their other
  /// name. A refusal is recorded, without what was typed: some type their password there.
  ///
  /// - Throws: ``SessionError/wrongCredentials``; ``SessionError/suspended(reason:)`` to whoever
  ///   knows the password.
  func member(
    _ form: SignInForm,
    from origin: SessionOrigin? = nil,
    _ network: String? = nil
  ) async throws -> Member {
    let member = try await Member.withLogin(form.login, in: db)
    guard let member, let hash = member.passwordHash,
      limits.allowsPassword(of: member.id, from: network)
    else {
      try await passwords.verifyAgainstNobody(form.password)
      let present = member?.departedAt == nil ? member : nil
      throw try await refusal(.sessionRefused, of: present, from: origin)
    }
    guard try await passwords.verify(form.password, against: hash) else {
      throw try await refusal(.sessionRefused, of: member, from: origin)
    }
    guard member.isActive else {
      throw try await refusal(.suspendedRefused, of: member, from: origin)
    }
    if passwords.needsRehash(hash) {
      try await rehash(form.password, of: member)
    }
    try await warn(member, ofBreached: form.password, from: origin)
    return member
  }

  private func refusal(
    _ act: Act,
    of member: Member?,
    from origin: SessionOrigin?
  ) async throws -> SessionError {
    try await db.transaction { tx in
      tx.record(act, by: nil, about: member?.id, from: origin, at: clock.now())
    }
    guard act == .suspendedRefused, let reason = member?.suspensionReason else {
      return .wrongCredentials
    }
    return .suspended(reason: reason)
  }

  private func rehash(_ password: String, of member: Member) async throws {
    guard let hash = try? await passwords.hashAnew(password) else { return }
    try await Member.update { $0.passwordHash = hash }
      .where { $0.id == member.id && $0.passwordHash == member.passwordHash }
      .run(in: db)
  }
}
