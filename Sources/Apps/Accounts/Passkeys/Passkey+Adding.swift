import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Passkey {
  /// The most that a member has.
  static let limit = 20

  static func all(of member: MemberID) -> Query<Passkey> {
    Passkey.where { $0.memberID == member }.order { $0.id.descending }
  }
}

extension SpentPasskeyChallenge {
  /// Uses a challenge up.
  ///
  /// The primary key decides between two that show the same answer at once.
  ///
  /// - Throws: ``PasskeyRefusal/refused`` when it was used before.
  static func spend(_ challenge: PasskeyChallenge, at now: Date, in tx: Transaction) async throws {
    let spent = SpentPasskeyChallenge(
      digest: Bytea(challenge.spent),
      // Twice as long, as clocks of nodes differ.
      expiresAt: now + 2 * PasskeyChallenge.lifetime
    )
    guard try await tx.insertIfAbsent(spent) else { throw PasskeyRefusal.refused }
  }

  /// The statement that deletes those whose time is over.
  static func deletion(of count: Int, expiredBefore limit: Date) -> SQL {
    """
    delete from spent_passkey_challenges where digest = any(array(
      select digest from spent_passkey_challenges where expires_at <= \(limit)
      order by expires_at limit \(count) for update skip locked
    ))
    """
  }
}

extension Accounts {
  /// Adds a passkey of a member, once a browser or a program has proven that it has the key.
  ///
  /// - Throws: ``PasskeyRefusal``; `BlockingPoolError`.
  @discardableResult
  func addPasskey(
    _ form: PasskeyForm,
    of member: MemberID,
    in session: SessionID? = nil,
    token: String?,
    from origin: SessionOrigin
  ) async throws -> Passkey {
    let (registered, challenge) = try await PasskeyRefusal.translating {
      let passkeys = try offeredPasskeys()
      return try await passkeys.register(form.registration, token: token, of: "\(member)")
    }
    let now = clock.now()
    return try await db.transaction { tx in
      try await SpentPasskeyChallenge.spend(challenge, at: now, in: tx)
      // Locked, so that the limit holds for those added at the same time, too.
      let owner = try await Member.query.forUpdate().find(member, in: tx)
      guard try await Passkey.all(of: member).count(in: tx) < Passkey.limit else {
        throw PasskeyRefusal.tooMany
      }
      let passkey = Passkey(registered, name: form.name, of: member, at: now)
      guard try await tx.insertIfAbsent(passkey) else { throw PasskeyRefusal.refused }
      if let session { try await Session.noteSecondFactor(of: session, at: now, in: tx) }
      let facts = ["name": form.name]
      try await tell(owner, of: .passkeyAdded, facts, from: origin, at: now, in: tx)
      let details = ["passkey": "\(passkey.id)", "name": form.name]
      tx.record(
        .passkeyAdded,
        by: member,
        about: member,
        from: origin,
        details: details,
        at: now
      )
      return passkey
    }
  }

  /// Removes a passkey of a member.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has no such passkey.
  func removePasskey(_ id: PasskeyID, of member: MemberID, from origin: SessionOrigin) async throws
  {
    let now = clock.now()
    try await db.transaction { tx in
      let owner = try await Member.present(member, in: tx)
      let own = Passkey.where { $0.id == id && $0.memberID == member }
      guard let passkey = try await own.first(in: tx) else { throw Problem.notFound }
      try await own.delete(in: tx)
      let facts = ["name": passkey.name]
      try await tell(owner, of: .passkeyRemoved, facts, from: origin, at: now, in: tx)
      let details = ["passkey": "\(id)", "name": passkey.name]
      tx.record(
        .passkeyRemoved,
        by: member,
        about: member,
        from: origin,
        details: details,
        at: now
      )
    }
  }

  /// - Throws: `Problem` of kind `not_found` where browsers offer no passkeys.
  func offeredPasskeys() throws -> Passkeys {
    guard let passkeys else { throw Problem.notFound }
    return passkeys
  }
}

extension Passkey {
  fileprivate init(
    _ registered: RegisteredPasskey,
    name: String,
    of member: MemberID,
    at now: Date
  ) {
    self.init(
      memberID: member,
      credentialID: Bytea(registered.credentialID),
      algorithm: registered.algorithm,
      publicKey: Bytea(registered.publicKey),
      counter: registered.counter,
      name: name,
      createdAt: now
    )
  }
}
