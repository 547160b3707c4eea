import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb

extension Accounts {
  /// Sets another password in place of one that is known from a breach, ends every session and API token
  /// of the member, as strangers know the former one, and opens a session; the challenge works only once.
  ///
  /// `open` gets the member, whether the second factor was shown, and the transaction.
  ///
  /// Cost: one statement and no argon2 for a challenge that is closed.
  ///
  /// - Throws: ``SecondFactorError/challengeClosed``, also for one that waits for a code; `Problem` of kind
  ///   `validation` when the password is made of the member's names or known from a breach, too, and
  ///   `unavailable` when that cannot be found out: then the challenge works on.
  func answer<Opened: Sendable>(
    _ challenge: OpaqueToken,
    newPassword: String,
    in language: Language,
    from origin: SessionOrigin,
    open: @escaping @Sendable (Member, Bool, Transaction) async throws -> Opened
  ) async throws -> Opened {
    let now = clock.now()
    let waiting = SignInChallenge.open(challenge, at: now).where { !$0.needsCode }
    guard let id = try await waiting.first(in: db)?.memberID else {
      throw SecondFactorError.challengeClosed
    }
    try await Member.find(id, in: db).refuse(guessable: newPassword)
    let hash = try await hash(ofChosen: newPassword)

    let (opened, ended) = try await entering(refusal: SecondFactorError.challengeClosed) { tx in
      let active = Member.where { $0.id == id && $0.isActive }
      guard let member = try await active.forUpdate().first(in: tx),
        let row = try await waiting.first(in: tx)
      else { throw SecondFactorError.challengeClosed }
      let ended =
        try await setPassword(
          hash,
          of: member,
          keeping: nil,
          in: member.languageOfLetters(else: language, in: tx),
          at: now,
          tx
        ) + APIToken.endAll(of: id, at: now, in: tx)
      tx.record(.passwordChanged, by: id, about: id, from: origin, at: now)
      return (try await open(member, row.codeShownAt != nil, tx), ended)
    }
    for session in ended { forget(session) }
    return opened
  }
}
