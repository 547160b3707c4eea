import AccountsContract
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/notices`: what a member was told, as JSON.
struct NoticeRoutes: Sendable {
  let accounts: Accounts

  static let list = Operation(
    .get,
    "/api/notices",
    id: "listNotices",
    "Lists what the caller was told, newest first, and says how much of it is unread."
  )
  .tagged("Notices")
  .explained("Texts are made where they are shown: of `app`, `kind` and `facts`.")
  .needs(.member(.accountRead))
  .asks(PageRequest.self)
  .answers(.json(NoticePage.self))

  static let read = Operation(
    .post,
    "/api/notices/read",
    id: "readNotices",
    "Marks everything as read up to a notice of the caller's, older ones included."
  )
  .tagged("Notices")
  .needs(.member(.accountWrite))
  .takes(ReadForm.self)
  .answers(.json(UnreadCount.self))
  .refuses(.notFound)

  static let operations = [list.description, read.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.read, use: read)
  }

  /// `GET /api/notices?after=&limit=`: 200; 401 for guests; 422 for a wrong cursor.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    .json(try await accounts.notices(of: try context.member().memberID, page))
  }

  /// `POST /api/notices/read`: 200; 401 for guests; 404 for a notice that is not the caller's; 422.
  @Sendable func read(
    _ request: Request,
    _ context: WebContext,
    _ form: ReadForm
  ) async throws -> Response {
    let principal = try context.member()

    let unread = try await accounts.readNotices(of: principal.memberID, through: form.through)
    accounts.forgetBrowser(context)

    return .json(UnreadCount(unread: unread))
  }
}

/// How far a member has read.
struct ReadForm: Form {
  /// The newest notice that the member has seen.
  let through: NoticeID

  init(_ fields: inout FormReader) {
    through = fields.id("through", as: NoticeID.self)
  }
}

extension Accounts {
  /// A page of what a member was told, newest first; two statements at once.
  func notices(of member: MemberID, _ wish: PageRequest) async throws -> NoticePage {
    async let unread = Notice.unreadCount(of: member, in: db)
    let page = try await Notice.newest(of: member).page(of: wish.limit, after: wish.after, in: db)
    return NoticePage(page: page, unread: try await unread)
  }
}
