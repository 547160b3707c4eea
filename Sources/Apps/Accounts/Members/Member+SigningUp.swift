import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Member {
  /// A member who can sign in with a password; not stored yet.
  init(_ form: SignUpForm, passwordHash: String, isAdministrator: Bool = false, at now: Date) {
    self.init(
      username: form.username,
      displayName: form.displayName,
      email: form.email,
      passwordHash: passwordHash,
      isAdministrator: isAdministrator,
      createdAt: now,
      updatedAt: now
    )
  }

  /// Stores the member and tells the other apps.
  ///
  /// The unique indexes decide whether a name is free: looking before inserting would let two
  /// people through at once.
  ///
  /// - Throws: ``MemberError``.
  func signUp(in tx: Transaction) async throws -> Member {
    do {
      let member = try await tx.insert(self)
      try await tx.publish(MemberJoined(member: member.card))
      return member
    } catch let error as PostgresError where error.isUniqueViolation {
      switch error.constraint {
      case "members_username_key": throw MemberError.usernameTaken
      case "members_email_key": throw MemberError.emailTaken
      case "members_phone_key": throw MemberError.phoneTaken
      default: throw error
      }
    }
  }
}

extension Member {
  /// Records that the member signed up, or was made by the operator when there is no origin.
  func recordJoining(from origin: SessionOrigin?, in tx: Transaction) async throws {
    tx.record(
      .memberJoined,
      by: origin == nil ? nil : id,
      about: id,
      from: origin,
      details: isAdministrator ? ["role": "administrator"] : [:],
      at: createdAt
    )
  }
}

extension Accounts {
  /// Hashes the password and stores a member, with an attempt together with its answer.
  ///
  /// With a language the address is asked for by mail whether it is the member's; without one, nil by
  /// default, whoever runs the installation vouches for it, and nothing is sent.
  ///
  /// - Throws: ``MemberError``; `Problem` of kind `validation` for a password known from a breach.
  func signUp(
    _ form: SignUpForm,
    isAdministrator: Bool = false,
    from origin: SessionOrigin? = nil,
    askingIn language: Language? = nil,
    attempt: IdempotentAttempt? = nil
  ) async throws -> Member {
    try await attempt?.proceed()
    let hash = try await hash(ofChosen: form.password)
    let now = clock.now()
    let member = Member(form, passwordHash: hash, isAdministrator: isAdministrator, at: now)
    return try await db.transaction { tx in
      let member = try await member.signUp(in: tx)
      if let language, let address = member.email {
        try await member.askWhetherAddress(address, in: language, by: secretKey, at: now, in: tx)
      }
      try await attempt?.store(created: member, at: MemberRoutes.ownPath, in: tx)
      try await member.recordJoining(from: origin, in: tx)
      return member
    }
  }
}
