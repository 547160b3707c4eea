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
    .sessionStarted, .emailChanged, .passwordChanged, .phoneChanged, .recoveryCodesLow,
    .passkeyAdded, .departureBegun, .departureRefused, .exportReady, .exportFailed,
    .memberFollowed, .tokenEnding,
  ]

  /// Tells the member that somebody signed in, unless it is the first session of all, such as the one
  /// that signs up, or came from where another session did.
  func announce(_ session: Session, of member: Member, in tx: Transaction) async throws {
    guard try await session.isNews(to: member, in: tx) else { return }
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

extension Session {
  /// Whether there were sessions before, and none of those that are stored was the same client at the
  /// same address.
  fileprivate func isNews(to member: Member, in tx: Transaction) async throws -> Bool {
    // All sessions of a young account are stored still, so no other one means the first.
    let isOld = member.createdAt <= createdAt - Session.lifetime
    let row = try await tx.read(
      """
      with others as not materialized (
        select user_agent, address from sessions where member_id = \(member.id) and id <> \(id)
      )
      select (\(isOld) or exists (select from others)) and not exists (
        select from others
        where user_agent = \(userAgent) and address is not distinct from \(address)
      )
      """
    )[0]
    return try row.decode(Bool.self, at: 0)
  }
}
