import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension SignInChallenge {
  /// How long a member has for the code: 5 minutes.
  static let lifetime: TimeInterval = 300

  /// How many codes may be tried.
  static let attemptLimit = 5

  /// Counts an attempt at an open challenge and returns whose it is; nil when there is none.
  ///
  /// The row stays locked, so those who try at the same time wait for each other and none is missed.
  static func takeAttempt(
    _ token: OpaqueToken,
    at now: Date,
    in tx: Transaction
  ) async throws -> MemberID? {
    let digest = Bytea(token.digest.bytes)
    return try await SignInChallenge.update {
      $0.set(SignInChallenge.columns.attempts, to: "attempts + 1")
    }
    .where { $0.digest == digest && $0.attempts < attemptLimit && $0.expiresAt > now }
    .returning(in: tx)
    .first?.memberID
  }

  /// A challenge for a member whose password was right, stored with the commit.
  static func open(for member: MemberID, at now: Date, in tx: Transaction) -> OpaqueToken {
    let token = OpaqueToken.generate(.challenge)
    let challenge = SignInChallenge(
      digest: Bytea(token.digest.bytes),
      memberID: member,
      createdAt: now,
      expiresAt: now + lifetime
    )
    tx.writeAtCommit(challenge.insertion)
    return token
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
  /// Whether a code can still be shown for a challenge.
  func isOpen(_ challenge: OpaqueToken) async throws -> Bool {
    let digest = Bytea(challenge.digest.bytes)
    return try await SignInChallenge.where {
      $0.digest == digest && $0.attempts < SignInChallenge.attemptLimit
        && $0.expiresAt > clock.now()
    }
    .exists(in: db)
  }

  /// Opens a session by the second factor; the challenge works only once.
  ///
  /// - Throws: ``SecondFactorError/wrongCode``, ``SecondFactorError/challengeClosed``; `Problem` 429.
  func answer<Opened: Sendable>(
    _ challenge: OpaqueToken,
    code: String,
    from origin: SessionOrigin,
    open: @escaping @Sendable (Member, Transaction) async throws -> Opened
  ) async throws -> Opened {
    let now = clock.now()
    // A result, not an error: an error would roll the count of attempts back.
    let outcome = try await entering(refusal: SecondFactorError.challengeClosed) {
      tx -> Result<Opened, SecondFactorError> in
      guard let id = try await SignInChallenge.takeAttempt(challenge, at: now, in: tx),
        let member = try await Member.where({ $0.id == id && $0.isActive }).first(in: tx)
      else { return .failure(.challengeClosed) }
      try limits.allowSecondFactor(of: id)
      guard try await accept(code, of: member, by: nil, from: origin, at: now, in: tx) else {
        tx.record(.codeRefused, by: nil, about: id, from: origin, at: now)
        return .failure(.wrongCode)
      }
      let digest = Bytea(challenge.digest.bytes)
      try await SignInChallenge.where { $0.digest == digest }.delete(in: tx)
      return .success(try await open(member, tx))
    }
    return try outcome.get()
  }
}
