import AccountsContract
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// Signing in asks for codes of an authenticator from now on.
  static let twoFactorOn = NoticeKind("two_factor.on", icon: "key", link: TwoFactorPage.path)
  /// Signing in asks for codes no more.
  static let twoFactorOff = NoticeKind("two_factor.off", icon: "key", link: TwoFactorPage.path)
  /// There are other recovery codes.
  static let recoveryCodesRenewed = NoticeKind(
    "recovery_codes.renewed",
    icon: "key",
    link: TwoFactorPage.path
  )
  /// A code that had been used, or is older than one that was, was shown again.
  static let codeReused = NoticeKind("two_factor.reused", icon: "key", link: SessionsPage.path)
  /// A passkey was added to the account.
  static let passkeyAdded = NoticeKind(
    "passkey.added",
    icon: "key",
    link: PasskeyPages.path,
    details: ["name"]
  )
  /// A passkey was removed from the account.
  static let passkeyRemoved = NoticeKind(
    "passkey.removed",
    icon: "key",
    link: PasskeyPages.path,
    details: ["name"]
  )
  /// An API token was made, by which a program comes in.
  static let tokenCreated = NoticeKind(
    "api_token.created",
    icon: "key",
    link: APITokensPage.path,
    details: ["name"]
  )
  /// The operator took the second factor and the passkeys.
  static let factorsForgotten = NoticeKind(
    "factors.forgotten",
    icon: "key",
    link: TwoFactorPage.path
  )
}

extension Accounts {
  /// Tells a member that something happened to what lets into the account, as it may not have been them:
  /// by notice, and by mail when their address is verified.
  ///
  /// The mail says what happened by the text of the kind, and no name that somebody chose.
  ///
  /// Cost: two statements; with the mail four, and one more without the language of a request.
  func tell(
    _ member: Member,
    of kind: NoticeKind,
    _ facts: [String: String] = [:],
    as letter: LetterKind = .factorChanged,
    from origin: SessionOrigin?,
    at now: Date,
    in tx: Transaction
  ) async throws {
    try await give(Notice(kind, to: member.id, facts, at: now), in: tx)
    guard let address = member.email, member.emailVerifiedAt != nil else { return }
    let language: Language
    if let asked = origin?.language {
      language = asked
    } else {
      language = try await member.languageOfLetters(else: nil, in: tx)
    }
    let what = correspondence.wording("letters.factor.what.\(kind.name)", [:], language)
    try await tx.post(
      Letter(
        letter,
        to: address,
        about: member.id,
        in: language,
        facts: ["what": what],
        at: now
      )
    )
  }

  /// Tells a member of something that somebody else may be doing, in the language that the member has
  /// chosen; only without one in that of the request.
  ///
  /// Cost: as ``tell(_:of:_:as:from:at:in:)``, and one statement for the language.
  func warn(
    _ member: Member,
    of kind: NoticeKind,
    as letter: LetterKind,
    from origin: SessionOrigin?,
    at now: Date,
    in tx: Transaction
  ) async throws {
    let language = try await member.languageOfLetters(else: origin?.language, in: tx)
    var origin = origin
    origin?.language = language
    try await tell(member, of: kind, as: letter, from: origin, at: now, in: tx)
  }
}
