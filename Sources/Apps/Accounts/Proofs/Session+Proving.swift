import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Act {
  /// A member proved again who they are.
  static let sessionProved = Act("session.proved")
  /// Such a proof was wrong.
  static let proofRefused = Act("proof.refused", level: .warning)
}

extension Session {
  /// How lately the member proved who they are.
  var proof: Principal.Proof {
    Principal.Proof(provedAt: provedAt ?? createdAt, secondFactorAt: secondFactorAt)
  }

  /// Notes that the member proved who they are, and whether by a code or a passkey.
  static func noteProof(
    of id: SessionID,
    bySecondFactor: Bool,
    at now: Date,
    in writer: some StatementWriter
  ) async throws {
    try await Session.update {
      $0.provedAt = now
      if bySecondFactor { $0.secondFactorAt = now }
    }
    .where { $0.id == id && $0.revokedAt == nil }
    .run(in: writer)
  }

  /// Notes that a browser's member has just shown the second factor that they set up.
  ///
  /// That is no proof of who they are: that one is as old as it was.
  static func noteSecondFactor(
    of id: SessionID,
    at now: Date,
    in writer: some StatementWriter
  ) async throws {
    try await Session.update { $0.secondFactorAt = now }
      .where { $0.id == id && $0.revokedAt == nil }
      .run(in: writer)
  }
}

/// By what a member can prove who they are.
struct ProofWays: Sendable {
  /// Who has an authenticator proves it by a code, who has none by the password, who has neither by a
  /// code that is sent to the telephone.
  enum Way: String, Sendable {
    case code, password, phone
  }

  let member: Member
  let hasAuthenticator: Bool
  let hasPasskey: Bool

  var way: Way {
    if hasAuthenticator { return .code }
    return member.passwordHash == nil ? .phone : .password
  }

  var hasSecondFactor: Bool { hasAuthenticator || hasPasskey }
}

extension Accounts {
  /// Lets those through who proved lately who they are.
  ///
  /// Cost: one statement for programs, whose tokens do not tell; none for browsers.
  ///
  /// - Throws: `Problem` of kind `fresh_sign_in_needed`.
  func requireFreshProof(of principal: Principal) async throws {
    let principal = try await withProof(principal)
    try ProofRule(lifetime: panelProof.lifetime).check(principal, at: clock.now())
  }

  private func withProof(_ principal: Principal) async throws -> Principal {
    guard principal.source == .bearer else { return principal }
    var principal = principal
    let id = principal.sessionID
    principal.proof = try await Session.where { $0.id == id }.first(in: db)?.proof
    return principal
  }

  /// Lets members through who have a password, which the act itself asks for; others only when they
  /// proved lately who they are, as nothing but the session speaks for them.
  ///
  /// - Throws: `Problem` of kind `fresh_sign_in_needed`.
  func requireProofWithoutPassword(of principal: Principal) async throws {
    guard try await Member.find(principal.memberID, in: db).passwordHash == nil else { return }
    try await requireFreshProof(of: principal)
  }

  /// Lets those through who may change by what a member signs in: who proved lately who they are, and
  /// administrators by the second factor that they have, so that nobody adds one by a password.
  ///
  /// Cost: one statement for programs; three more for administrators.
  ///
  /// - Throws: `Problem` of kind `fresh_sign_in_needed` or `second_factor_needed`.
  func requireProofForFactors(of principal: Principal) async throws {
    let principal = try await withProof(principal)
    var rule = ProofRule(lifetime: panelProof.lifetime)
    try rule.check(principal, at: clock.now())
    guard principal.isAdministrator,
      try await proofWays(of: principal.memberID).hasSecondFactor
    else { return }
    rule.needsSecondFactor = true
    try rule.check(principal, at: clock.now())
  }

  /// By what a member can prove who they are; three statements.
  func proofWays(of id: MemberID) async throws -> ProofWays {
    ProofWays(
      member: try await Member.find(id, in: db),
      hasAuthenticator: try await TotpSecret.confirmed(of: id).exists(in: db),
      hasPasskey: try await Passkey.where { $0.memberID == id }.exists(in: db)
    )
  }

  /// Believes for a while that it is the member who uses a session.
  ///
  /// - Throws: ``MemberError/wrongPassword``, ``SecondFactorError/wrongCode``,
  ///   ``PhoneCodeError/refused``; `Problem` 422 when the field that their way needs is missing, which is
  ///   no guess; 429.
  func prove(
    _ principal: Principal,
    by given: GivenProof,
    from origin: SessionOrigin,
    _ network: String?
  ) async throws {
    let ways = try await proofWays(of: principal.memberID)
    switch ways.way {
    case .code:
      let code = try needed(given.code, "code")
      try await prove(principal, ways.member, byCode: code, from: origin)
    case .password:
      let password = try needed(given.password, "password")
      try limits.allowPassword(of: principal.memberID, from: network)
      let hash = ways.member.passwordHash ?? ""
      guard try await passwords.verify(password, against: hash)
      else { throw try await refusal(of: principal, MemberError.wrongPassword, from: origin) }
      try await noteProof(of: principal, by: .password, from: origin)
    case .phone:
      let (id, digits) = (try needed(given.codeID, "code_id"), try needed(given.code, "code"))
      try limits.messages.allowTrying(from: network)
      guard try await isRight(digits, of: id, for: ways.member)
      else { throw try await refusal(of: principal, PhoneCodeError.refused, from: origin) }
      try await noteProof(of: principal, by: .phone, from: origin)
    }
  }

  private func needed<Value>(_ value: Value?, _ field: String) throws -> Value {
    guard let value else { throw Problem.validation(field, .required) }
    return value
  }

  private func prove(
    _ principal: Principal,
    _ member: Member,
    byCode code: String,
    from origin: SessionOrigin
  ) async throws {
    try limits.allowSecondFactor(of: member.id)
    let now = clock.now()
    // A value, not an error: an error would give a used code back. Again, as a departure takes the member
    // first and the factor then.
    let isRight = try await db.transaction(retry: .retryable) { tx in
      guard try await accept(code, of: member, by: member.id, from: origin, at: now, in: tx) else {
        return false
      }
      try await noteProof(of: principal, by: .code, from: origin, in: tx)
      return true
    }
    guard isRight else {
      throw try await refusal(of: principal, SecondFactorError.wrongCode, from: origin)
    }
  }

  /// Whether these are the digits that were sent to the member's own number; they work once.
  private func isRight(
    _ digits: String,
    of id: VerificationCodeID,
    for member: Member
  ) async throws -> Bool {
    let now = clock.now()
    let code = try await VerificationCode.tried(
      id,
      digits,
      of: member.id,
      by: secretKey,
      at: now,
      in: db
    )
    guard let code, code.phone == member.phone else { return false }
    return try await VerificationCode.delete(code.id, in: db)
  }

  private func noteProof(
    of principal: Principal,
    by way: ProofWays.Way,
    from origin: SessionOrigin
  ) async throws {
    try await db.transaction { tx in
      try await noteProof(of: principal, by: way, from: origin, in: tx)
    }
  }

  private func noteProof(
    of principal: Principal,
    by way: ProofWays.Way,
    from origin: SessionOrigin,
    in tx: Transaction
  ) async throws {
    let now = clock.now()
    try await Session.noteProof(
      of: principal.sessionID,
      bySecondFactor: way == .code,
      at: now,
      in: tx
    )
    tx.record(
      .sessionProved,
      by: principal.memberID,
      about: principal.memberID,
      from: origin,
      details: ["session": "\(principal.sessionID)", "by": way.rawValue],
      at: now
    )
  }

  private func refusal(
    of principal: Principal,
    _ reason: any Error,
    from origin: SessionOrigin
  ) async throws -> any Error {
    try await db.transaction { tx in
      tx.record(
        .proofRefused,
        by: nil,
        about: principal.memberID,
        from: origin,
        at: clock.now()
      )
    }
    return reason
  }

  /// Sends a code to the member's own number.
  ///
  /// - Throws: `Problem` of kind `not_found` for who has none, or `too_many_requests`.
  func sendProofCode(
    to id: MemberID,
    in language: Language,
    from network: String?
  ) async throws -> VerificationCode {
    guard let phone = try await Member.find(id, in: db).phone else { throw Problem.notFound }
    try limits.messages.allowLetters(of: id)
    return try await sendCode(to: phone, of: id, in: language, from: network)
  }
}
