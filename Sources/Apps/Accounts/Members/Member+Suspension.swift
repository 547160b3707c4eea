public import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Act {
  /// A member may not sign in any more.
  static let memberSuspended = Act("member.suspended", level: .warning)
  /// A suspended member may sign in again.
  static let memberUnsuspended = Act("member.unsuspended", level: .warning)
  /// Every session of a member was ended by an administrator.
  static let memberSignedOut = Act("member.signed_out", level: .warning)
  /// Somebody who is suspended gave the right password.
  static let suspendedRefused = Act("session.refused_suspended", level: .warning)
}

/// Why a member is kept out.
struct SuspensionForm: Form {
  /// In 1 to 500 code points; the member reads it.
  let reason: String

  init(_ fields: inout FormReader) {
    reason = fields.string("reason", .trimmed, .length(1...500))
  }
}

extension Accounts {
  /// Keeps a member from signing in and ends every session: at once on this node, within a second on
  /// others.
  ///
  /// A suspended member who is suspended again is told the newer reason.
  ///
  /// - Throws: `Problem` of kind `not_found` or `validation`; ``MemberError/lastAdministrator``;
  ///   ``MemberError/oneself`` when requester and member are the same.
  public func suspend(
    _ id: MemberID,
    because reason: String,
    by requester: Requester
  ) async throws {
    let form = try SuspensionForm.read(from: FormSource(texts: [("reason", reason)]))
    let now = clock.now()
    // Again, as showing the code of a sign-in takes its challenge first and the member then.
    let ended = try await db.transaction(retry: .retryable) { tx in
      let held = try await AdministeredMember(id, for: requester, in: tx)
      guard requester.member != id else { throw MemberError.oneself }
      guard !held.member.isAdministrator || held.hasOtherAdministrator else {
        throw MemberError.lastAdministrator
      }
      try await Member.update {
        $0.isActive = false
        $0.suspendedAt = now
        $0.suspensionReason = form.reason
        $0.updatedAt = now
      }
      .where { $0.id == id }
      .run(in: tx)
      let ended = try await Session.endAll(of: id, at: now, in: tx)
      try await SignInChallenge.where { $0.memberID == id }.delete(in: tx)
      try await tell(held.member, .suspended, ["reason": form.reason], by: requester, at: now, tx)
      tx.record(
        .memberSuspended,
        by: requester.member,
        about: id,
        from: requester.origin,
        details: ["reason": form.reason, "sessions": "\(ended.count)"],
        at: now
      )
      return ended
    }
    for session in ended { forget(session) }
  }

  /// Lets a suspended member sign in again; does nothing for others.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  public func unsuspend(_ id: MemberID, by requester: Requester) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      let held = try await AdministeredMember(id, for: requester, in: tx)
      guard held.member.suspendedAt != nil else { return }
      try await Member.update {
        $0.isActive = true
        $0.suspendedAt = nil
        $0.suspensionReason = nil
        $0.updatedAt = now
      }
      .where { $0.id == id }
      .run(in: tx)
      try await tell(held.member, .unsuspended, by: requester, at: now, tx)
      tx.record(
        .memberUnsuspended,
        by: requester.member,
        about: id,
        from: requester.origin,
        at: now
      )
    }
  }

  /// Tells a member by mail, as who may not sign in has no bell.
  private func tell(
    _ member: Member,
    _ kind: LetterKind,
    _ facts: [String: String] = [:],
    by requester: Requester,
    at now: Date,
    _ tx: Transaction
  ) async throws {
    guard let address = member.email else { return }
    let language = try await member.languageOfLetters(else: requester.readLanguage, in: tx)
    try await tx.post(
      Letter(kind, to: address, about: member.id, in: language, facts: facts, at: now)
    )
  }

  /// Ends one session of a member: at once on this node, within a second on others.
  ///
  /// - Throws: `Problem` of kind `not_found`, for a session of somebody else, too.
  public func end(_ session: SessionID, of id: MemberID, by requester: Requester) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      _ = try await AdministeredMember(id, for: requester, in: tx)
      let own = Session.where { $0.id == session && $0.memberID == id }
      guard try await own.exists(in: tx) else { throw Problem.notFound }
      guard try await Session.end(session, because: .revoked, at: now, in: tx) else { return }
      tx.record(
        .memberSignedOut,
        by: requester.member,
        about: id,
        from: requester.origin,
        details: ["session": "\(session)"],
        at: now
      )
    }
    forget(session)
  }

  /// Ends every session and API token of a member: at once on this node, within a second on others.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  public func signOutEverywhere(_ id: MemberID, by requester: Requester) async throws {
    let now = clock.now()
    let ended = try await db.transaction { tx in
      _ = try await AdministeredMember(id, for: requester, in: tx)
      let ended = try await Session.endAll(of: id, at: now, in: tx)
      let tokens = try await APIToken.endAll(of: id, at: now, in: tx)
      tx.record(
        .memberSignedOut,
        by: requester.member,
        about: id,
        from: requester.origin,
        details: ["sessions": "\(ended.count)", "api_tokens": "\(tokens.count)"],
        at: now
      )
      return ended + tokens
    }
    for session in ended { forget(session) }
  }
}
