import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// The account has another mail address.
  static let emailChanged = NoticeKind(
    "email.changed",
    icon: "key",
    link: "/settings/email",
    details: ["address"]
  )
}

extension Act {
  /// A member named another mail address.
  static let emailRequested = Act("email.requested")
  /// The mail to an address was answered: it is the member's.
  static let emailVerified = Act("email.verified")
  /// A verified address replaced the former one.
  static let emailChanged = Act("email.changed", level: .warning)
}

extension Member {
  /// Asks by mail whether an address is the member's: earlier questions are void.
  func askWhetherAddress(
    _ address: String,
    in language: Language,
    by key: SecretKey,
    at now: Date,
    in tx: Transaction
  ) async throws {
    try await EmailLink.where {
      $0.memberID == id && $0.purpose == EmailLinkPurpose.verification.rawValue
    }
    .delete(in: tx)
    let link = try await tx.insert(
      EmailLink(.verification, to: address, of: id, by: key, at: now)
    )
    var letter = Letter(.verifyEmail, to: address, about: id, in: language, at: now)
    letter.linkID = link.id
    try await tx.post(letter)
  }
}

extension Accounts {
  /// Sends the question once more to the address that waits for its answer.
  ///
  /// That is the one named last, or the present one while it is not proved; when none waits, nothing
  /// is sent.
  func askAgain(_ id: MemberID, in language: Language) async throws {
    try limits.messages.allowLetters(of: id)
    let now = clock.now()
    try await db.transaction { tx in
      let member = try await Member.present(id, in: tx)
      let waiting = try await EmailLink.verification(of: id, at: now).first(in: tx)?.address
      let unproved = member.emailVerifiedAt == nil ? member.email : nil
      guard let address = waiting ?? unproved else { return }
      try await member.askWhetherAddress(address, in: language, by: secretKey, at: now, in: tx)
    }
  }

  /// Asks for another address by mail to it; it replaces the present one when that mail is answered.
  ///
  /// The present address is told. Nobody is told here whether another member has the address.
  ///
  /// - Throws: ``MemberError/wrongPassword``; `Problem` of kind `too_many_requests`.
  func changeEmail(
    _ id: MemberID,
    _ form: EmailForm,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws {
    let proved = try await confirm(id, password: form.password, from: origin)
    try limits.messages.allowLetters(of: id)
    let now = clock.now()
    try await db.transaction { tx in
      let member = try await Member.present(id, in: tx)
      try member.require(passwordHash: proved)
      try await member.askWhetherAddress(
        form.email,
        in: language,
        by: secretKey,
        at: now,
        in: tx
      )
      if let present = member.email, present.lowercased() != form.email.lowercased() {
        let facts = ["address": EmailAddress.masked(form.email)]
        try await tx.post(
          Letter(.emailRequested, to: present, about: id, in: language, facts: facts, at: now)
        )
      }
      let details = ["address": EmailAddress.masked(form.email)]
      tx.record(
        .emailRequested,
        by: id,
        about: id,
        from: origin,
        details: details,
        at: now
      )
    }
  }

  /// Takes the answer to the mail: the address is the member's from now on.
  ///
  /// Whoever has the link needs no session: it may be opened on another device. The former address is
  /// told.
  ///
  /// - Throws: ``EmailLinkError/closed``; ``MemberError/emailTaken`` when another member has it by now.
  func verifyEmail(
    _ token: OpaqueToken,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      let (link, id) = try await EmailLink.use(token, .verification, at: now, in: tx)
      let member = try await Member.present(id, in: tx)
      let isSame = member.email?.lowercased() == link.address.lowercased()
      do {
        try await Member.update {
          $0.email = link.address
          $0.emailVerifiedAt = now
          $0.updatedAt = now
        }
        .where { $0.id == id }
        .run(in: tx)
      } catch let error as PostgresError where error.constraint == "members_email_key" {
        throw MemberError.emailTaken
      }
      guard !isSame else {
        tx.record(.emailVerified, by: id, about: id, from: origin, at: now)
        return
      }
      // A reset that was asked for at the former address must not outlive it.
      try await EmailLink.close(of: id, at: now, in: tx)
      let facts = ["address": EmailAddress.masked(link.address)]
      if let former = member.email {
        try await tx.post(
          Letter(.emailChanged, to: former, about: id, in: language, facts: facts, at: now)
        )
      }
      try await give(Notice(.emailChanged, to: id, facts, at: now), in: tx)
      tx.record(
        .emailChanged,
        by: id,
        about: id,
        from: origin,
        details: facts,
        at: now
      )
    }
  }
}

extension EmailLink {
  /// The open questions of a member, the newest first.
  static func verification(of member: MemberID, at now: Date) -> Query<EmailLink> {
    EmailLink.where {
      $0.memberID == member && $0.purpose == EmailLinkPurpose.verification.rawValue
        && $0.usedAt == nil && $0.expiresAt > now
    }
    .order { $0.id.descending }
  }
}

extension Member {
  /// The member, locked; departed ones are not found.
  static func present(_ id: MemberID, in tx: Transaction) async throws -> Member {
    let member = try await Member.where { $0.id == id && $0.departedAt == nil }.forUpdate()
      .first(in: tx)
    guard let member else { throw Problem.notFound }
    return member
  }
}

extension Notice {
  /// Something of Accounts' own; not stored yet.
  init(_ kind: NoticeKind, to member: MemberID, _ facts: [String: String], at now: Date) {
    self.init(
      memberID: member,
      app: Accounts.context,
      kind: kind.name,
      facts: JSONText(facts.mapValues(NoticeFact.text)),
      createdAt: now
    )
  }
}

extension EmailAddress {
  /// An address that its owner recognizes and nobody learns: `a…@example.org`.
  static func masked(_ address: String) -> String {
    let parts = address.split(separator: "@", maxSplits: 1)
    return "\(parts.first?.prefix(1) ?? "")…@\(parts.count > 1 ? parts[1] : "")"
  }
}
