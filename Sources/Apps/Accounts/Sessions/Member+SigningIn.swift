import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres

extension Accounts {
  /// Whoever has this login and password, and whether they have to choose another one.
  ///
  /// Whether the login or the password is wrong, argon2 runs once, and bcrypt too while anybody's hash
  /// is one of another system: neither the answer nor its time tells who has an account. The same
  /// holds when the member's passwords were tried too often, as somebody may have used their other
  /// name. A refusal is recorded, without what was typed: some type their password there.
  ///
  /// - Throws: ``SessionError/wrongCredentials``; ``SessionError/suspended(reason:)`` to whoever
  ///   knows the password.
  func entrant(
    _ form: SignInForm,
    from origin: SessionOrigin? = nil,
    _ network: String? = nil
  ) async throws -> Entrant {
    let member = try await Member.withLogin(form.login, in: db)
    guard var member, let hash = member.passwordHash,
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
      member.passwordHash = try await rehash(form.password, of: member)
    }
    let isBreached = try await isBreached(form.password) == true
    if isBreached { try await warnOfBreach(member, from: origin) }
    return Entrant(member, by: .password(isBreached: isBreached))
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

  /// - Returns: The hash of the password that the member has now.
  private func rehash(_ password: String, of member: Member) async throws -> String? {
    guard let hash = try? await passwords.hashAnew(password) else { return member.passwordHash }
    let stored = try await Member.update { $0.passwordHash = hash }
      .where { $0.id == member.id && $0.passwordHash == member.passwordHash }
      .run(in: db)
    if stored == 1 { return hash }
    // Another sign-in may have hashed it anew at the same time.
    let current = try await Member.find(member.id, in: db).passwordHash
    guard let current, try await passwords.verify(password, against: current) else {
      return member.passwordHash
    }
    return current
  }
}
