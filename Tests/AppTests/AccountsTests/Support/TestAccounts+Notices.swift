import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting

@testable import Accounts

extension TestAccounts {
  /// Signs somebody in from somewhere.
  @discardableResult
  func session(_ member: Member, _ userAgent: String, at address: String?) async throws -> TokenPair
  {
    try await accounts.openAPISession(
      of: member,
      from: SessionOrigin(userAgent: userAgent, address: address)
    )
  }

  /// Tells a member so many times that an easel is ready.
  @discardableResult
  func tell(_ member: Member, times: Int = 1) async throws -> [NoticeID] {
    var ids: [NoticeID] = []
    for number in 0..<times {
      let notice = Notice(
        memberID: member.id,
        app: Atelier.context,
        kind: NoticeKind.easelReady.name,
        facts: JSONText(["number": .number(number), "name": .text("<Easel> \(number)")]),
        createdAt: clock.now
      )
      try await db.database.transaction { tx in try await accounts.give(notice, in: tx) }
      ids.append(notice.id)
    }
    return ids
  }

  /// A member's notices, newest first.
  func notices(of member: Member) async throws -> [Notice] {
    try await Notice.newest(of: member.id).all(in: db)
  }

  /// What open pages of a member were told, in order.
  func told(_ member: Member) async throws -> [String] {
    try await db.read(
      """
      select kind from realtime.updates where audience = \("member/\(member.id)") order by xid, id
      """
    ).map { try $0.decode(at: 0) }
  }
}
