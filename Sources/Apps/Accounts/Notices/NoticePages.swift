import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page of what a member was told.
struct NoticePages: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct ListPage: Sendable {
    let notices: [NoticeCard]
    let isEmpty: Bool
    /// The newest unread notice here; what is older is read with it.
    let unreadThrough: String?
    let isFirst: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/notices", use: show)
    routes.post("/notices/read", use: read)
  }

  /// `GET /notices`: what the member was told, newest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let wish = try PageRequest(request)
    let page = try await Notice.newest(of: member.memberID)
      .page(of: wish.limit, after: wish.after, in: accounts.db)
    let model = ListPage(
      notices: page.items.map { card($0, context) },
      isEmpty: page.items.isEmpty,
      unreadThrough: page.items.first { $0.readAt == nil }?.id.description,
      isFirst: wish.after == nil,
      nextURL: page.next.map { "/notices?after=\($0)" }
    )
    return try await pages.render("accounts/notices", model, section: "notices", context: context)
  }

  /// `POST /notices/read`: marks what the page showed, and whatever is older, as read: 303 back.
  @Sendable func read(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let form = try await request.form(ReadForm.self)

    _ = try await accounts.readNotices(of: member.memberID, through: form.through)
    accounts.forgetBrowser(context)

    context.flash("notices_read")
    return .seeOther("/notices")
  }

  private func card(_ notice: Notice, _ context: WebContext) -> NoticeCard {
    NoticeCard(notice, kind: accounts.noticeKind(notice), pages, in: context.language)
  }
}

/// A notice as people read it.
private struct NoticeCard: Sendable {
  let text: String
  let details: [String]
  let icon: String
  let url: String?
  let isUnread: Bool
  let createdAt: Date

  /// Without a kind it is one that this version does not know.
  init(_ notice: Notice, kind: NoticeKind?, _ pages: Pages, in language: Language) {
    let facts = notice.knownFacts
    var values: [String: any CustomStringConvertible & Sendable] = [:]
    for (name, value) in facts.values {
      switch value {
      case .string(let text): values[name] = text
      case .integer(let number):
        values[name] = number
        values["\(name).bytes"] = pages.byteText(number, in: language)
      default: break
      }
    }
    let key = kind.map { "notices.\(notice.app).\($0.name)" } ?? "notices.unknown"
    text = pages.text(key, values, in: language)
    details = kind?.details.compactMap(facts.text) ?? []
    icon = kind?.icon ?? "bell"
    url = kind?.link.flatMap(facts.address)
    isUnread = notice.readAt == nil
    createdAt = notice.createdAt
  }
}

extension Accounts {
  /// How a notice looks; nil for a kind that no app of this version tells of.
  func noticeKind(_ notice: Notice) -> NoticeKind? {
    let sources: [any NoticeSource.Type] = [Accounts.self] + noticeSources
    let source = sources.first { $0.context == notice.app }
    return source?.noticeKinds.first { $0.name == notice.kind }
  }
}
