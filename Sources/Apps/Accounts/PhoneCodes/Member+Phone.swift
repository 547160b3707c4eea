import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// The account has another number, or none.
  static let phoneChanged = NoticeKind("phone.changed", icon: "key", link: "/settings/phone")
}

extension Act {
  /// A member has another number, or none.
  static let phoneChanged = Act("phone.changed", level: .warning)
}

extension Member {
  /// The member with this number, in E.164 form.
  static func withPhone(_ phone: String, in reader: some StatementReader) async throws -> Member? {
    try await Member.where { $0.phone == phone }.first(in: reader)
  }
}

extension Accounts {
  /// Stores a code and has it sent; the same for every number, whoever has it.
  ///
  /// - Throws: ``PhoneCodeError/notSent``; `Problem` of kind `too_many_requests`.
  func sendCode(
    to phone: String,
    displayName: String? = nil,
    of member: MemberID? = nil,
    in language: Language,
    from network: String?
  ) async throws -> VerificationCode {
    try requireTextMessages()
    try limits.messages.allowCode(to: phone, from: network)
    let now = clock.now()
    return try await db.transaction { tx in
      let code = try await tx.insert(
        VerificationCode(
          for: phone,
          of: member,
          displayName: displayName,
          by: secretKey,
          at: now
        )
      )
      var letter = Letter(.phoneCode, to: phone, about: member, in: language, at: now)
      letter.codeID = code.id
      try await tx.post(letter)
      return code
    }
  }

  /// Sends a code to a number that a member wants to have.
  ///
  /// - Throws: ``MemberError/wrongPassword``; `Problem` of kind `too_many_requests`.
  func proposePhone(
    _ id: MemberID,
    _ form: PhoneForm,
    in language: Language,
    from origin: SessionOrigin,
    _ network: String?
  ) async throws -> VerificationCode {
    try await confirm(id, password: form.password, from: origin)
    try limits.messages.allowLetters(of: id)
    return try await sendCode(to: form.phone, of: id, in: language, from: network)
  }

  /// Gives a member the number that the code was sent to; the former one and the mail address are
  /// told.
  ///
  /// - Throws: ``PhoneCodeError/refused``, ``PhoneCodeError/phoneTaken``.
  func changePhone(
    _ id: MemberID,
    _ form: PhoneChangeForm,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws -> Member {
    let now = clock.now()
    let tried = try await VerificationCode.tried(
      form.codeID,
      form.code,
      of: id,
      by: secretKey,
      at: now,
      in: db
    )
    guard let code = tried else { throw try await refusal(of: form.codeID, from: origin) }
    return try await db.transaction { tx in
      let member = try await Member.present(id, in: tx)
      try await code.use(in: tx)
      do {
        return try await set(code.phone, of: member, in: language, from: origin, at: now, tx)
      } catch let error as PostgresError where error.constraint == "members_phone_key" {
        throw PhoneCodeError.phoneTaken
      }
    }
  }

  /// Takes the number away from a member, who needs a password to sign in with.
  ///
  /// - Throws: ``MemberError/wrongPassword``, ``PhoneCodeError/onlyWayIn``.
  func removePhone(
    _ id: MemberID,
    password: String?,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws {
    let proved = try await confirm(id, password: password, from: origin)
    try await db.transaction { tx in
      let member = try await Member.present(id, in: tx)
      try member.require(passwordHash: proved)
      guard member.phone != nil else { return }
      guard member.passwordHash != nil else { throw PhoneCodeError.onlyWayIn }
      _ = try await set(nil, of: member, in: language, from: origin, at: clock.now(), tx)
    }
  }

  private func set(
    _ phone: String?,
    of member: Member,
    in language: Language,
    from origin: SessionOrigin?,
    at now: Date,
    _ tx: Transaction
  ) async throws -> Member {
    guard phone != member.phone else { return member }
    let changed = try await Member.update {
      $0.phone = phone
      $0.updatedAt = now
    }
    .where { $0.id == member.id }
    .returning(in: tx)
    if let former = member.phone {
      try await tx.post(Letter(.phoneLeft, to: former, about: member.id, in: language, at: now))
    }
    if let address = member.email {
      try await tx.post(
        Letter(.phoneChanged, to: address, about: member.id, in: language, at: now)
      )
    }
    try await give(Notice(.phoneChanged, to: member.id, [:], at: now), in: tx)
    tx.record(.phoneChanged, by: member.id, about: member.id, from: origin, at: now)
    return changed.first ?? member
  }
}
