import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// The account has another password.
  static let passwordChanged = NoticeKind(
    "password.changed",
    icon: "key",
    link: "/settings/password"
  )
}

extension Act {
  /// A member set another password.
  static let passwordChanged = Act("password.changed", level: .warning)
  /// Somebody with the link of a mail set another password.
  static let passwordReset = Act("password.reset", level: .warning)
  /// A session gave a wrong password for something that asks for it.
  static let passwordRefused = Act("password.refused", level: .warning)
}

extension Member {
  /// - Throws: `Problem` of kind `validation` when the password is made of what everybody knows of the
  ///   member.
  func refuse(guessable password: String) throws {
    let names = [username, displayName, email].compactMap { $0 }
    guard !GuessablePassword.contains(password, names: names) else {
      throw Problem.validation("password", "guessable")
    }
  }

  /// Makes sure, where the member is locked, that the password which ``Accounts/confirm(_:password:from:)``
  /// found right was not replaced meanwhile, perhaps because somebody else knows it.
  ///
  /// - Throws: ``MemberError/wrongPassword``.
  func require(passwordHash proved: String?) throws(MemberError) {
    guard passwordHash == proved else { throw .wrongPassword }
  }
}

extension Accounts {
  /// Makes sure that it is the member who asks; who has no password is believed by the session.
  ///
  /// A wrong password is recorded, in a transaction of its own; a missing one is no guess. Call it
  /// outside of transactions, as the refusal would take the entry back.
  ///
  /// - Returns: The hash that was right; nil for a member without a password.
  /// - Throws: ``MemberError/wrongPassword``.
  @discardableResult
  func confirm(
    _ id: MemberID,
    password: String?,
    from origin: SessionOrigin?
  ) async throws -> String? {
    let member = try await Member.where { $0.id == id && $0.departedAt == nil }.first(in: db)
    guard let member else { throw MemberError.wrongPassword }
    guard let hash = member.passwordHash else { return nil }
    guard let password else { throw MemberError.wrongPassword }
    guard try await !passwords.verify(password, against: hash) else { return hash }
    try await db.transaction { tx in
      tx.record(.passwordRefused, by: nil, about: id, from: origin, at: clock.now())
    }
    throw MemberError.wrongPassword
  }

  /// Sets another password, ends every other session of the member and tells them by mail and notice.
  ///
  /// A member who had none sets the first one.
  ///
  /// - Throws: ``MemberError/wrongPassword`` when the present one is wrong, or was replaced by a third
  ///   meanwhile; `Problem` of kind `validation` when the new one is made of the member's names or known
  ///   from a breach.
  func changePassword(
    _ id: MemberID,
    _ form: PasswordForm,
    keeping session: SessionID,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws {
    let proved = try await confirm(id, password: form.currentPassword, from: origin)
    try await Member.find(id, in: db).refuse(guessable: form.password)
    let hash = try await hash(ofChosen: form.password)
    let now = clock.now()
    let ended: [SessionID]
    do {
      ended = try await db.transaction(retry: .retryable) { tx in
        let member = try await Member.present(id, in: tx)
        try member.require(passwordHash: proved)
        let ended = try await setPassword(
          hash,
          of: member,
          keeping: session,
          in: language,
          at: now,
          tx
        )
        tx.record(.passwordChanged, by: id, about: id, from: origin, at: now)
        return ended
      }
    } catch MemberError.wrongPassword {
      // The form may have been sent twice.
      guard let present = try await Member.find(id, in: db).passwordHash,
        try await passwords.verify(form.password, against: present)
      else { throw MemberError.wrongPassword }
      return
    }
    for session in ended { forget(session) }
  }

  /// Stores the question for a new password, whoever has the address; a job finds that out.
  ///
  /// Cost: three statements and no argon2, for any address.
  ///
  /// - Throws: `Problem` of kind `too_many_requests`.
  func askForReset(
    _ form: ResetRequestForm,
    in language: Language,
    from network: String?
  ) async throws {
    try limits.messages.allowReset(to: form.email, from: network)
    let now = clock.now()
    try await db.transaction { tx in
      let link = try await tx.insert(
        EmailLink(.reset, to: form.email, of: nil, by: secretKey, at: now)
      )
      var letter = Letter(.resetPassword, to: form.email, about: nil, in: language, at: now)
      letter.linkID = link.id
      try await tx.post(letter)
    }
  }

  /// Sets another password for whoever has the link, and ends every session and API token of the member.
  ///
  /// The address is proved by it, too.
  ///
  /// - Throws: ``EmailLinkError/closed``; `Problem` of kind `validation` when the password is made of the
  ///   member's names or known from a breach, and the link works on.
  func resetPassword(
    _ token: OpaqueToken,
    to password: String,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws {
    // A guessed link must not cost a hash.
    let open = EmailLink.open(token, .reset, at: clock.now())
    guard let owner = try await open.first(in: db)?.memberID else { throw EmailLinkError.closed }
    try await Member.find(owner, in: db).refuse(guessable: password)
    let hash = try await hash(ofChosen: password)
    let now = clock.now()
    let ended = try await db.transaction(retry: .retryable) { tx in
      let (link, id) = try await EmailLink.use(token, .reset, at: now, in: tx)
      let member = try await Member.where { $0.id == id && $0.isActive }.forUpdate().first(in: tx)
      guard let member, member.email?.lowercased() == link.address.lowercased() else {
        throw EmailLinkError.closed
      }
      if member.emailVerifiedAt == nil {
        try await Member.update { $0.emailVerifiedAt = now }.where { $0.id == id }.run(in: tx)
      }
      let ended =
        try await setPassword(hash, of: member, keeping: nil, in: language, at: now, tx)
        + APIToken.endAll(of: id, at: now, in: tx)
      tx.record(.passwordReset, by: nil, about: id, from: origin, at: now)
      return ended
    }
    for session in ended { forget(session) }
  }

  /// Stores the hash, makes links and sign-ins void that were begun before, and tells the member.
  ///
  /// - Returns: The sessions that ended.
  func setPassword(
    _ hash: String,
    of member: Member,
    keeping session: SessionID?,
    in language: Language,
    at now: Date,
    _ tx: Transaction
  ) async throws -> [SessionID] {
    let id = member.id
    try await Member.update {
      $0.passwordHash = hash
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .run(in: tx)
    // Whoever was in the account before may have asked for some of them.
    try await EmailLink.close(of: id, at: now, in: tx)
    try await VerificationCode.where { $0.memberID == id }.delete(in: tx)
    try await SignInChallenge.where { $0.memberID == id }.delete(in: tx)
    if let address = member.email {
      try await tx.post(Letter(.passwordChanged, to: address, about: id, in: language, at: now))
    }
    try await give(Notice(.passwordChanged, to: id, [:], at: now), in: tx)
    return try await Session.endAll(of: id, except: session, at: now, in: tx)
  }
}

extension Session {
  /// Ends the open sessions of a member, all by default or all but one.
  ///
  /// - Returns: Those that ended, for this node to forget.
  static func endAll(
    of member: MemberID,
    except kept: SessionID? = nil,
    at now: Date,
    in tx: Transaction
  ) async throws -> [SessionID] {
    var ending = Session.update {
      $0.revokedAt = now
      $0.revokedReason = .revoked
    }
    .where { $0.memberID == member && $0.revokedAt == nil }
    if let kept { ending = ending.where { $0.id != kept } }
    return try await ending.returning(in: tx).map(\.id)
  }
}
