import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Member {
  /// Removes everything personal for good, ends every session and tells the other apps.
  ///
  /// `actor` removes the member, nil for the operator; `origin` is nil also when it is the member, of
  /// whom nothing personal is to stay.
  ///
  /// - Returns: The sessions that ended, and what stands for API tokens.
  func depart(
    by actor: MemberID? = nil,
    from origin: SessionOrigin? = nil,
    at now: Date,
    in tx: Transaction
  ) async throws -> [SessionID] {
    let version = version + 1
    try await Member.update {
      $0.username = "departed-\(id)"
      $0.displayName = "departed"
      $0.email = nil
      $0.emailVerifiedAt = nil
      $0.phone = nil
      $0.passwordHash = nil
      $0.bio = ""
      $0.avatarSmall = nil
      $0.avatarMedium = nil
      $0.avatarLarge = nil
      $0.lastSignedInAt = nil
      $0.lastSeenAt = nil
      $0.isAdministrator = false
      $0.isModerator = false
      $0.isActive = false
      $0.suspendedAt = nil
      $0.suspensionReason = nil
      $0.version = version
      $0.departsAt = nil
      $0.departedAt = now
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .run(in: tx)
    // The rows stay for as long as access tokens of theirs may be shown; what tells of a person goes.
    try await Session.update {
      $0.userAgent = ""
      $0.address = nil
    }
    .where { $0.memberID == id }
    .run(in: tx)
    let ended = try await Session.endAll(of: id, at: now, in: tx)
    let tokens = try await APIToken.removeTraces(of: id, at: now, in: tx)
    try await TotpSecret.where { $0.memberID == id }.delete(in: tx)
    try await RecoveryCode.all(of: id).delete(in: tx)
    try await Passkey.where { $0.memberID == id }.delete(in: tx)
    try await SignInChallenge.where { $0.memberID == id }.delete(in: tx)
    // Before the notices: whoever hands an archive over tells of it.
    try await forgetExports(in: tx)
    try await Notice.where { $0.memberID == id }.delete(in: tx)
    try await Preference.where { $0.memberID == id }.delete(in: tx)
    // Of most members that is all; of one whom thousands follow, a job deletes the others.
    _ = try await tx.forgetTies(of: id, batch: ForgetTies.batch)
    if try await tx.hasTies(of: id) { try await tx.enqueue(ForgetTies(member: id)) }
    try await forgetLetters(in: tx)
    try await releaseAvatar(in: tx)
    try await tx.publish(MemberDeparted(member: id, memberVersion: version))
    tx.record(.memberDeparted, by: actor, about: id, from: origin, at: now)
    SystemLogEntry.erase(id, at: now, in: tx)
    return ended + tokens
  }
}

extension Accounts {
  /// Removes a member at once.
  ///
  /// Does nothing for whoever has left meanwhile, and for whoever `stays`.
  ///
  /// - Throws: ``MemberError/lastAdministrator``.
  func depart(
    _ id: MemberID,
    by actor: MemberID?,
    unless stays: @Sendable (Member) -> Bool = { _ in false }
  ) async throws {
    let ended = try await db.transaction(retry: .retryable) { tx in
      guard let member = try await Member.leaving(id, in: tx), !stays(member) else {
        return [SessionID]()
      }
      return try await member.depart(by: actor, at: clock.now(), in: tx)
    }
    for session in ended { forget(session) }
  }

  /// Lets a member leave on behalf of the operator; what they posted goes too.
  ///
  /// - Throws: `Problem` of kind `not_found` or `last_administrator`.
  public func removeMember(username: String) async throws {
    let id = try await present(username).id
    do {
      try await depart(id, by: nil)
    } catch let error as MemberError {
      throw error.problem
    }
  }

  /// The member with this username or e-mail address who has not departed.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  func present(_ username: String) async throws -> Member {
    guard let member = try await Member.withLogin(username, in: db), member.departedAt == nil else {
      throw Member.unknown(username)
    }
    return member
  }
}

extension Member {
  /// The member, held together with all administrators; nil for whoever has left.
  ///
  /// - Throws: ``MemberError/lastAdministrator`` when nobody else would run the installation.
  static func leaving(_ id: MemberID, in tx: Transaction) async throws -> Member? {
    // All administrators in one order: two cannot leave at once, nor wait for each other.
    let held = try await Member.where {
      $0.departedAt == nil && ($0.id == id || $0.isAdministrator)
    }
    .order { $0.id.ascending }
    .forUpdate()
    .all(in: tx)
    guard let member = held.first(where: { $0.id == id }) else { return nil }
    let others = held.filter { $0.id != id && $0.isActive }
    guard !member.isAdministrator || !others.isEmpty else { throw MemberError.lastAdministrator }
    return member
  }

  fileprivate static func unknown(_ username: String) -> Problem {
    Problem(.notFound, detail: "Nobody is called \(username).")
  }
}
