public import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import FoundationEssentials

extension NoticeKind {
  /// Somebody signed in to the account, from where nobody did lately.
  static let sessionStarted = NoticeKind(
    "session.started",
    icon: "key",
    details: ["browser", "system", "address"]
  )
}

extension Accounts: NoticeSource {
  public static let context = "accounts"
  public static let noticeKinds: [NoticeKind] = [
    .sessionStarted, .emailChanged, .passwordChanged, .passwordBreached, .phoneChanged,
    .recoveryCodesLow, .twoFactorOn, .twoFactorOff, .codeReused, .recoveryCodesRenewed,
    .passkeyAdded, .passkeyRemoved, .factorsForgotten, .departureBegun, .departureRefused,
    .exportReady, .exportFailed, .memberFollowed, .tokenCreated, .tokenEnding,
  ]

  /// Tells the member that somebody signed in.
  func announce(_ session: Session, of member: Member, in tx: Transaction) async throws {
    let device = Device(userAgent: session.userAgent)
    var facts: [String: NoticeFact] = ["session": .text(session.id.description)]
    facts["browser"] = device.browser.map(NoticeFact.text)
    facts["system"] = device.system.map(NoticeFact.text)
    facts["address"] = session.address.map(NoticeFact.text)
    let notice = Notice(
      memberID: member.id,
      app: Accounts.context,
      kind: NoticeKind.sessionStarted.name,
      facts: JSONText(facts),
      createdAt: session.createdAt
    )
    try await give(notice, in: tx)
  }
}
