import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb

extension Accounts {
  /// Takes the second factor and the passkeys of a member who has lost them, on behalf of the operator;
  /// the password alone signs in then.
  ///
  /// The member is told.
  ///
  /// - Throws: `Problem` of kind `not_found` when there is no such member.
  public func forgetFactors(username: String) async throws {
    let member = try await Member.withLogin(username, in: db)
    guard let member, member.departedAt == nil else {
      throw Problem(.notFound, detail: "Nobody is called \(username).")
    }
    let now = clock.now()
    try await db.transaction { tx in
      let owner = try await Member.present(member.id, in: tx)
      try await TotpSecret.where { $0.memberID == member.id }.delete(in: tx)
      try await RecoveryCode.all(of: member.id).delete(in: tx)
      try await Passkey.where { $0.memberID == member.id }.delete(in: tx)
      try await tell(owner, of: .factorsForgotten, from: nil, at: now, in: tx)
      tx.record(.factorsForgotten, by: nil, about: member.id, from: nil, at: now)
    }
  }
}

extension Act {
  /// The operator took the second factor and the passkeys of a member who had lost them.
  static let factorsForgotten = Act("factors.forgotten", level: .warning)
}
