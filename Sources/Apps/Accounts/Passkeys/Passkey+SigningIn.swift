import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import Hummingbird

extension Passkey {
  /// What authenticators know a member by: the 16 bytes of the id, in base64url.
  static func userHandle(of member: MemberID) -> String {
    let bytes = [member.high, member.low].flatMap { half in
      withUnsafeBytes(of: half.bigEndian) { Array($0) }
    }
    return PasskeyText.encode(bytes)
  }

  /// Notes that the passkey signed in.
  ///
  /// - Returns: Whether its counter went back, though it counts.
  func use(counter: Int, at now: Date, in tx: Transaction) async throws -> Bool {
    // Locked, so that of two sign-ins at once the later one is compared with the earlier one.
    let stored = try await Passkey.query.forUpdate().find(id, in: tx)
    let isRegressed = (counter > 0 || stored.counter > 0) && counter <= stored.counter
    try await Passkey.update {
      $0.counter = max(counter, stored.counter)
      $0.lastUsedAt = now
      if isRegressed { $0.regressedAt = now }
    }
    .where { $0.id == id }
    .run(in: tx)
    return isRegressed
  }
}

extension Accounts {
  /// Opens a session for a browser whose member shows a passkey; no other factor is needed.
  ///
  /// - Throws: ``PasskeyRefusal``; `Problem` 429; `BlockingPoolError`.
  func enter(by form: PasskeySignInForm, _ request: Request, _ context: WebContext) async throws {
    let origin = SessionOrigin(request, context)
    let token = try await openPageSession(
      form.shown,
      token: context.cookies[.passkey],
      from: origin,
      adopting: Preferences(context.cookies)
    )
    context.setCookie(.expired(.passkey))
    context.setCookie(.expired(.challenge))
    try await enter(by: token, from: origin, context)
  }

  /// Opens a page session by a passkey.
  ///
  /// - Throws: ``PasskeyRefusal``; `BlockingPoolError`.
  func openPageSession(
    _ shown: ShownPasskey,
    token: String?,
    from origin: SessionOrigin,
    adopting choice: Preferences = Preferences()
  ) async throws -> OpaqueToken {
    try await signIn(by: shown, token, from: origin) { member, tx in
      try await openPageSession(
        of: member,
        from: origin,
        bySecondFactor: true,
        adopting: choice,
        in: tx
      )
    }
  }

  /// Signs a program in whose member shows a passkey; no other factor is needed.
  ///
  /// - Throws: ``PasskeyRefusal``; `BlockingPoolError`.
  func openAPISession(
    _ form: PasskeySessionForm,
    from origin: SessionOrigin
  ) async throws -> TokenPair {
    let opened = try await signIn(by: form.shown, form.challengeToken, from: origin) { member, tx in
      try await openAPISession(of: member, from: origin, bySecondFactor: true, in: tx)
    }
    return try await pair(opened)
  }

  /// Checks a passkey and opens what its member asked for.
  ///
  /// - Parameters:
  ///   - shown: What was signed.
  ///   - token: The token of the challenge.
  ///   - origin: Where it comes from.
  ///   - open: Runs in the transaction that uses the challenge up.
  /// - Returns: What `open` returns.
  /// - Throws: ``PasskeyRefusal``; `BlockingPoolError`.
  private func signIn<Opened: Sendable>(
    by shown: ShownPasskey,
    _ token: String?,
    from origin: SessionOrigin,
    open: (Member, Transaction) async throws -> Opened
  ) async throws -> Opened {
    let passkeys = try offeredPasskeys()
    let challenge = try await PasskeyRefusal.translating {
      try passkeys.open(shown.assertion, token: token)
    }
    let passkey = try await stored(shown)
    let counter = try await PasskeyRefusal.translating {
      try await passkeys.verify(
        shown.assertion,
        publicKey: passkey.publicKey.bytes,
        algorithm: passkey.algorithm
      )
    }
    let now = clock.now()
    return try await entering(refusal: PasskeyRefusal.refused) { tx in
      try await SpentPasskeyChallenge.spend(challenge, at: now, in: tx)
      let isRegressed = try await passkey.use(counter: counter, at: now, in: tx)
      let query = Member.where { $0.id == passkey.memberID && $0.isActive }
      guard let member = try await query.first(in: tx) else { throw PasskeyRefusal.refused }
      let opened = try await open(member, tx)
      tx.record(
        isRegressed ? .passkeyRegressed : .passkeyUsed,
        by: member.id,
        about: member.id,
        from: origin,
        details: ["passkey": "\(passkey.id)", "counter": "\(counter)"],
        at: now
      )
      return opened
    }
  }

  private func stored(_ form: ShownPasskey) async throws -> Passkey {
    guard let bytes = PasskeyText.decode(form.credentialID) else { throw PasskeyRefusal.refused }
    let id = Bytea(bytes)
    guard let passkey = try await Passkey.where({ $0.credentialID == id }).first(in: db),
      Passkey.userHandle(of: passkey.memberID) == form.userHandle
    else { throw PasskeyRefusal.refused }
    return passkey
  }
}
