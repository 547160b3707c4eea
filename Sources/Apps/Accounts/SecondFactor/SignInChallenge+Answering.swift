import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension SignInChallenge {
  /// How many codes may be tried.
  static let attemptLimit = 5

  /// The challenge of a token, as long as it waits for its next step.
  static func open(_ token: OpaqueToken, at now: Date) -> Query<SignInChallenge> {
    let digest = Bytea(token.digest.bytes)
    return SignInChallenge.where {
      $0.digest == digest && $0.attempts < attemptLimit && $0.expiresAt > now
    }
  }

  /// What it waits for.
  var step: SignInStep { needsCode ? .code : .password }

  /// Counts an attempt at the code of an open challenge and returns it; nil when there is none.
  ///
  /// The row stays locked, so those who try at the same time wait for each other and none is missed.
  static func takeAttempt(
    _ token: OpaqueToken,
    at now: Date,
    in tx: Transaction
  ) async throws -> SignInChallenge? {
    let digest = Bytea(token.digest.bytes)
    return try await SignInChallenge.update {
      $0.set(SignInChallenge.columns.attempts, to: "attempts + 1")
    }
    .where {
      $0.digest == digest && $0.needsCode && $0.attempts < attemptLimit && $0.expiresAt > now
    }
    .returning(in: tx)
    .first
  }

  /// A challenge for a member whose password was right, stored with the commit, and what it waits for.
  ///
  /// `codeShownAt` is when the second factor was shown for it; nil, the default, when it was not.
  static func open(
    for member: MemberID,
    needsCode: Bool,
    needsPassword: Bool,
    codeShownAt: Date? = nil,
    at now: Date,
    in tx: Transaction
  ) -> (token: OpaqueToken, step: SignInStep) {
    let token = OpaqueToken.generate(.challenge)
    let step: SignInStep = needsCode ? .code : .password
    let challenge = SignInChallenge(
      digest: Bytea(token.digest.bytes),
      memberID: member,
      createdAt: now,
      expiresAt: now + step.lifetime,
      needsCode: needsCode,
      needsPassword: needsPassword,
      codeShownAt: codeShownAt
    )
    tx.writeAtCommit(challenge.insertion)
    return (token, step)
  }

  /// The statement that deletes the challenges whose time is over.
  static func deletion(of count: Int, expiredBefore limit: Date) -> SQL {
    """
    delete from sign_in_challenges where digest = any(array(
      select digest from sign_in_challenges where expires_at <= \(limit)
      order by expires_at limit \(count) for update skip locked
    ))
    """
  }
}

extension Accounts {
  /// What a challenge waits for; nil when it is closed, or there is none.
  func step(of challenge: OpaqueToken?) async throws -> SignInStep? {
    guard let challenge else { return nil }
    return try await SignInChallenge.open(challenge, at: clock.now()).first(in: db)?.step
  }

  /// Opens a session by the second factor, or a challenge for another password where that is needed, too.
  ///
  /// The challenge works only once, and the next one has another token: whoever knew the first one
  /// without showing the code must not know what the code opens.
  ///
  /// - Throws: ``SecondFactorError/wrongCode``, ``SecondFactorError/challengeClosed``; `Problem` 429.
  func answer<Opened: Sendable>(
    _ challenge: OpaqueToken,
    code: String,
    from origin: SessionOrigin,
    open: @escaping @Sendable (Member, Transaction) async throws -> Opened
  ) async throws -> Admission<Opened> {
    let now = clock.now()
    // A result, not an error: an error would roll the count of attempts back.
    let outcome = try await entering(refusal: SecondFactorError.challengeClosed) {
      tx -> Result<Admission<Opened>, SecondFactorError> in
      guard let row = try await SignInChallenge.takeAttempt(challenge, at: now, in: tx),
        let member = try await Member.where({ $0.id == row.memberID && $0.isActive }).first(in: tx)
      else { return .failure(.challengeClosed) }
      let id = member.id
      try limits.allowSecondFactor(of: id)
      guard try await accept(code, of: member, by: nil, from: origin, at: now, in: tx) else {
        tx.record(.codeRefused, by: nil, about: id, from: origin, at: now)
        return .failure(.wrongCode)
      }
      try await SignInChallenge.where { $0.digest == row.digest }.delete(in: tx)
      guard row.needsPassword else { return .success(.opened(try await open(member, tx))) }
      let next = SignInChallenge.open(
        for: id,
        needsCode: false,
        needsPassword: true,
        codeShownAt: now,
        at: now,
        in: tx
      )
      return .success(.challenged(next.token, next.step))
    }
    return try outcome.get()
  }
}
