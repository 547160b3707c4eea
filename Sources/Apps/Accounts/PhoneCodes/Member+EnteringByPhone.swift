import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Accounts {
  /// The member with the number that the code was sent to; makes one when the number is nobody's.
  ///
  /// The code is used up, and with it every other one that was sent to the number.
  ///
  /// - Throws: ``PhoneCodeError/refused``, ``PhoneCodeError/nameNeeded`` and ``MemberError``; after the
  ///   latter two the code can be tried again, as often as is left.
  func member(
    _ id: VerificationCodeID,
    _ form: PhoneSignInForm,
    from origin: SessionOrigin? = nil,
    _ network: String?
  ) async throws -> Member {
    try limits.messages.allowTrying(from: network)
    let now = clock.now()
    let tried = try await VerificationCode.tried(
      id,
      form.code,
      of: nil,
      by: secretKey,
      at: now,
      in: db
    )
    guard let code = tried else { throw try await refusal(of: id, from: origin) }
    return try await db.transaction { tx in
      try await code.use(in: tx)
      try await VerificationCode.where { $0.phone == code.phone && $0.memberID.isNull() }
        .delete(in: tx)
      if let member = try await Member.withPhone(code.phone, in: tx) {
        guard member.isActive else { throw PhoneCodeError.refused }
        return member
      }
      try requireOpenSignUp()
      try limits.allowSignUp(from: network)
      let member = try await signUp(code, form, at: now, in: tx)
      try await member.recordJoining(from: origin, in: tx)
      return member
    }
  }

  /// Records that a code was wrong, about whoever has the number that it was sent to.
  func refusal(of id: VerificationCodeID, from origin: SessionOrigin?) async throws
    -> PhoneCodeError
  {
    try await db.transaction { tx in
      let found = try await tx.read(
        """
        select m.id from verification_codes c join members m on m.phone = c.phone
        where c.id = \(id)
        """
      )
      tx.record(
        .phoneCodeRefused,
        by: nil,
        about: try found.first?.decode(at: 0),
        from: origin,
        at: clock.now()
      )
    }
    return .refused
  }

  private func signUp(
    _ code: VerificationCode,
    _ form: PhoneSignInForm,
    at now: Date,
    in tx: Transaction
  ) async throws -> Member {
    guard let name = form.displayName ?? code.displayName else { throw PhoneCodeError.nameNeeded }
    let username: String
    if let chosen = form.username {
      username = chosen
    } else {
      username = try await Username.free(for: name, in: tx)
    }
    return try await Member(
      username: username,
      displayName: name,
      phone: code.phone,
      createdAt: now,
      updatedAt: now
    )
    .signUp(in: tx)
  }
}

extension Username {
  /// A username made of a name, that nobody has: the name in Latin letters, with digits behind it when
  /// that is taken.
  static func free(for name: String, in tx: Transaction) async throws -> String {
    let stem = stem(of: name)
    let candidates =
      [stem] + (0..<4).map { _ in "\(stem.prefix(40))-\(Int.random(in: 1000...999_999))" }
    let taken = try await tx.read(
      "select lower(username) from members where lower(username) = any(\(candidates))"
    )
    .map { try $0.decode(String.self, at: 0) }
    let isFree = { (candidate: String) in
      !taken.contains(candidate) && !reserved.contains(candidate)
    }
    guard let free = candidates.first(where: isFree) else { throw MemberError.usernameTaken }
    return free
  }

  /// Small Latin letters, digits and single dashes between them, at least 3 and at most 50 letters.
  static func stem(of name: String) -> String {
    var words: [String] = [""]
    for letter in name.lowercased() {
      let latin = Self.latin(letter)
      if latin == nil {
        if words.last?.isEmpty == false { words.append("") }
      } else {
        words[words.count - 1] += latin ?? ""
      }
    }
    let joined = words.filter { !$0.isEmpty }.joined(separator: "-")
    var stem = String(joined.prefix(length.upperBound))
    while stem.last == "-" { stem.removeLast() }
    return stem.count >= length.lowerBound ? stem : "member"
  }

  /// The letter in Latin; nil for what parts words.
  private static func latin(_ letter: Character) -> String? {
    if letter.isASCII { return letter.isLetter || letter.isNumber ? String(letter) : nil }
    return Transliteration.latin(letter)
  }
}
