import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// Where a member stands with the second factor.
enum TwoFactorState: Sendable {
  case off
  /// An authenticator is being set up; the secret is to be shown to the member only.
  case pending(secret: [UInt8])
  case on(since: Date, codesLeft: Int)
}

extension TotpSecret {
  /// The member's secret once it was confirmed.
  static func confirmed(of member: MemberID) -> Query<TotpSecret> {
    TotpSecret.where { $0.memberID == member && $0.confirmedAt != nil }
  }
}

extension Accounts {
  /// Where a member stands; at most two statements.
  func twoFactorState(of member: MemberID) async throws -> TwoFactorState {
    guard let stored = try await TotpSecret.where({ $0.memberID == member }).first(in: db) else {
      return .off
    }
    if let since = stored.confirmedAt {
      return .on(since: since, codesLeft: try await RecoveryCode.left(to: member, in: db))
    }
    guard let secret = factorKeys.totp.open(stored.sealed.bytes, for: member) else { return .off }
    return .pending(secret: secret)
  }

  /// Begins to set up an authenticator, with a new secret, unless one is in use.
  ///
  /// - Returns: The secret.
  /// - Throws: ``SecondFactorError/isOn``.
  @discardableResult
  func beginTwoFactor(of member: MemberID) async throws -> [UInt8] {
    let secret = TimedCode.generateSecret()
    let sealed = try factorKeys.totp.seal(secret, for: member)
    let fresh = TotpSecret(memberID: member, sealed: Bytea(sealed), createdAt: clock.now())
    let stored = try await db.upsert(
      fresh,
      on: { $0.memberID },
      updating: {
        $0.sealed
        $0.createdAt
      },
      where: "totp_secrets.confirmed_at is null"
    )
    guard stored != nil else { throw SecondFactorError.isOn }
    return secret
  }

  /// Stops setting up an authenticator; does nothing when one is in use.
  func cancelTwoFactor(of member: MemberID) async throws {
    try await TotpSecret.where { $0.memberID == member && $0.confirmedAt == nil }.delete(in: db)
  }

  /// Asks for codes at sign-in from now on, when the first one is right; the browser of `session` has
  /// shown the second factor by that.
  ///
  /// - Returns: The recovery codes, which nobody can see again.
  /// - Throws: ``SecondFactorError/wrongCode``, ``SecondFactorError/isOn``; `Problem` 429.
  func confirmTwoFactor(
    of member: MemberID,
    code: String,
    in session: SessionID? = nil,
    from origin: SessionOrigin
  ) async throws -> [RecoverySecret] {
    try limits.allowSecondFactor(of: member)
    let now = clock.now()
    let codes = RecoveryCode.generateSecrets()
    try await change(member, from: origin, at: now) { owner, tx in
      let stored = try await TotpSecret.where { $0.memberID == member }.forUpdate().first(in: tx)
      guard stored?.confirmedAt == nil else { throw SecondFactorError.isOn }
      guard let stored, let secret = factorKeys.totp.open(stored.sealed.bytes, for: member),
        let step = TimedCode(secret: secret).step(of: code, at: now)
      else { return false }
      try await TotpSecret.update {
        $0.confirmedAt = now
        $0.lastStep = step
      }
      .where { $0.memberID == member }
      .run(in: tx)
      try await RecoveryCode.replace(codes, of: member, factorKeys, at: now, in: tx)
      if let session { try await Session.noteSecondFactor(of: session, at: now, in: tx) }
      try await tell(owner, of: .twoFactorOn, from: origin, at: now, in: tx)
      tx.record(.twoFactorOn, by: member, about: member, from: origin, at: now)
      return true
    }
    return codes
  }

  /// Asks for no codes any more; the password and a code prove that the member wants it.
  ///
  /// - Throws: ``MemberError/wrongPassword``, ``SecondFactorError/wrongCode``; `Problem` 429.
  func endTwoFactor(
    of member: MemberID,
    _ proof: TwoFactorProof,
    from origin: SessionOrigin
  ) async throws {
    let now = clock.now()
    try await withProof(proof, of: member, from: origin, at: now) { owner, tx in
      try await TotpSecret.where { $0.memberID == member }.delete(in: tx)
      try await RecoveryCode.all(of: member).delete(in: tx)
      try await tell(owner, of: .twoFactorOff, from: origin, at: now, in: tx)
      tx.record(.twoFactorOff, by: member, about: member, from: origin, at: now)
    }
  }

  /// Replaces the recovery codes; the password and a code prove that the member wants it.
  ///
  /// - Throws: As ``endTwoFactor(of:_:from:)``.
  func renewRecoveryCodes(
    of member: MemberID,
    _ proof: TwoFactorProof,
    from origin: SessionOrigin
  ) async throws -> [RecoverySecret] {
    let now = clock.now()
    let codes = RecoveryCode.generateSecrets()
    try await withProof(proof, of: member, from: origin, at: now) { owner, tx in
      try await RecoveryCode.replace(codes, of: member, factorKeys, at: now, in: tx)
      try await tell(owner, of: .recoveryCodesRenewed, from: origin, at: now, in: tx)
      tx.record(.recoveryCodesRenewed, by: member, about: member, from: origin, at: now)
    }
    return codes
  }

  /// Changes what begins with a code, and records a code that was wrong.
  ///
  /// The body returns whether the code was right, and changes nothing when it was not: an error for that
  /// would take back what is told of the code.
  ///
  /// - Throws: ``SecondFactorError/wrongCode``; what the body throws.
  private func change(
    _ member: MemberID,
    from origin: SessionOrigin,
    at now: Date,
    _ body: @escaping @Sendable (Member, Transaction) async throws -> Bool
  ) async throws {
    // Again, as signing in takes the factor first and the member then.
    let isRight = try await db.transaction(retry: .retryable) { tx in
      // First, as a departure takes the member before what is theirs.
      let owner = try await Member.present(member, in: tx)
      if try await body(owner, tx) {
        // They were asked for what the member had before.
        try await SignInChallenge.where { $0.memberID == member }.delete(in: tx)
        return true
      }
      tx.record(.codeRefused, by: member, about: member, from: origin, at: now)
      return false
    }
    guard isRight else { throw SecondFactorError.wrongCode }
  }

  private func withProof(
    _ proof: TwoFactorProof,
    of member: MemberID,
    from origin: SessionOrigin,
    at now: Date,
    _ change: @escaping @Sendable (Member, Transaction) async throws -> Void
  ) async throws {
    try limits.allowSecondFactor(of: member)
    try limits.allowPassword(of: member)
    let proved = try await confirm(member, password: proof.password, from: origin)
    try await self.change(member, from: origin, at: now) { owner, tx in
      try owner.require(passwordHash: proved)
      let isRight = try await accept(
        proof.code,
        of: owner,
        by: member,
        from: origin,
        keepsCodes: false,
        at: now,
        in: tx
      )
      guard isRight else { return false }
      try await change(owner, tx)
      return true
    }
  }
}
