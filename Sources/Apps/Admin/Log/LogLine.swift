import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// An entry of the system log on a page.
struct LogLine: Sendable {
  /// Somebody whom an entry concerns: a name while there is one.
  struct Party: Sendable {
    let id: String
    let name: String
    let isPresent: Bool
  }

  struct Detail: Sendable {
    let name: String
    let text: String
  }

  let position: Int
  let at: Date
  let act: String
  let level: String
  let levelText: String
  let isWarning: Bool
  let isError: Bool
  let actor: Party?
  /// Who did it when it was no member: a guest, or the server and its operator.
  let other: String
  let subject: Party?
  let address: String?
  let userAgent: String?
  let details: [Detail]
  let isErased: Bool
}

extension Admin {
  /// The entries with the names of those they concern; one question to Accounts.
  func logLines(_ acts: [LoggedAct], _ context: WebContext) async throws -> [LogLine] {
    let ids = Set(acts.flatMap { [$0.actor, $0.subject].compactMap(\.self) })
    let cards = try await accounts.members(Array(ids))
    func party(_ id: MemberID?) -> LogLine.Party? {
      id.map { id in
        let card = cards[id]
        let name = card?.displayName ?? pages.text("admin.log.departed", in: context.language)
        return LogLine.Party(id: id.description, name: name, isPresent: card != nil)
      }
    }
    return acts.map { act in
      LogLine(
        position: act.position,
        at: act.at,
        act: act.act,
        level: act.level.rawValue,
        levelText: pages.text("admin.log.level.\(act.level.rawValue)", in: context.language),
        isWarning: act.level == .warning,
        isError: act.level == .error,
        actor: party(act.actor),
        other: pages.text(
          act.address == nil ? "admin.log.server" : "admin.log.guest",
          in: context.language
        ),
        subject: act.subject == act.actor ? nil : party(act.subject),
        address: act.address,
        userAgent: act.userAgent,
        details: act.details.sorted { $0.key < $1.key }.map {
          LogLine.Detail(name: $0.key, text: $0.value)
        },
        isErased: act.erasedAt != nil
      )
    }
  }
}
