import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Foundation
import GalleryContract
import Hummingbird

/// `/moderation`: what members have reported, for moderators; for others it does not exist.
struct ModerationPages: Sendable {
  let gallery: Gallery

  private struct QueuePage: Sendable {
    let cases: [CaseCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  /// A case as the page shows it.
  private struct CaseCard: Sendable {
    struct ReportCard: Sendable {
      let reason: String
      let text: String
      let createdAt: Date
    }

    let id: String
    let actionURL: String
    let reportCount: Int
    let openedAt: Date
    /// The post where it is seen; nil when moderators do not see it any more.
    let url: String?
    let thumbnailURL: String?
    let isComment: Bool
    let title: String
    let text: String
    let author: PostCard.Author?
    let reports: [ReportCard]
  }

  func addRoutes(to routes: Routes) {
    routes.get("/moderation", use: show)
    routes.post("/moderation/{id}", use: decide)
  }

  /// `GET /moderation?after=`: what waits longest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    _ = try context.moderator()
    let page = try await gallery.queue(PageRequest(request))
    let model = QueuePage(
      cases: page.items.map { card($0, context) },
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/moderation?after=\($0)" }
    )
    return try await gallery.pages.render(
      "moderation/queue",
      model,
      section: "moderation",
      context: context
    )
  }

  /// `POST /moderation/{id}`: decides and leads back to the queue; 404 when somebody else did.
  @Sendable func decide(_ request: Request, _ context: WebContext) async throws -> Response {
    let moderator = try context.moderator()
    let id = try context.id(as: ModerationCaseID.self)
    let form = try await request.form(DecisionForm.self)
    try await gallery.decide(id, form, by: moderator.memberID)
    context.flash(form.decision.message)
    return .seeOther("/moderation")
  }

  private func card(_ open: OpenCase, _ context: WebContext) -> CaseCard {
    let anchor = open.comment.map { "?order=newest#comment-\($0.id)" } ?? ""
    return CaseCard(
      id: open.waiting.id.description,
      actionURL: "/moderation/\(open.waiting.id)",
      reportCount: open.waiting.reportCount,
      openedAt: open.waiting.openedAt,
      url: open.shownPost.map { "/posts/\($0.id)\(anchor)" },
      thumbnailURL: open.shownCover?.thumbnailURL,
      isComment: open.comment != nil,
      title: open.post?.title ?? "",
      text: open.comment?.text ?? open.post?.description ?? "",
      author: open.author.map(PostCard.Author.init),
      reports: open.reports.map { report in
        CaseCard.ReportCard(
          reason: gallery.pages.text(
            "reports.reason_\(report.reason.rawValue)",
            in: context.language
          ),
          text: report.text,
          createdAt: report.createdAt
        )
      }
    )
  }
}

extension DecisionForm.Decision {
  /// What the moderator is told.
  fileprivate var message: String {
    switch self {
    case .dismiss: "case_dismissed"
    case .takeDown: "case_taken_down"
    case .ban: "case_banned"
    }
  }
}
