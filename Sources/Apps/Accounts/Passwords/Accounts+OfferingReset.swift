public import AccountsContract
import ArtelAuth
import ArtelConcurrency
public import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb

extension Act {
  /// An administrator sent a member a link for a new password.
  static let passwordResetOffered = Act("password.reset_offered", level: .warning)
}

extension Accounts {
  /// Sends a member a mail with a link for a new password, which whoever asks never sees.
  ///
  /// The present password works until the link is used.
  ///
  /// - Throws: `Problem` of kind `not_found` or `too_many_requests`; ``MemberError/unreachable`` for
  ///   who may not sign in, or has no address.
  public func sendPasswordReset(to id: MemberID, by requester: Requester) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      let member = try await AdministeredMember(id, for: requester, in: tx).member
      guard member.isActive, let address = member.email else { throw MemberError.unreachable }
      // Administrators are counted by who they are, wherever they ask from.
      try limits.messages.allowReset(to: address, from: requester.member?.description)
      let link = try await tx.insert(
        EmailLink(.reset, to: address, of: id, by: secretKey, at: now)
      )
      let language = try await member.languageOfLetters(else: requester.readLanguage, in: tx)
      var letter = Letter(.resetOffered, to: address, about: id, in: language, at: now)
      letter.linkID = link.id
      try await tx.post(letter)
      tx.record(
        .passwordResetOffered,
        by: requester.member,
        about: id,
        from: requester.origin,
        at: now
      )
    }
  }
}
