import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// The form by which members report a post or a comment.
struct ReportPages: Sendable {
  let gallery: Gallery

  private struct ReportPage: Sendable {
    struct Choice: Sendable {
      let value: String
      let text: String
    }

    let actionURL: String
    let backURL: String
    let reasons: [Choice]
  }

  func addRoutes(to routes: Routes) {
    let limit = ReportForm.limit
    routes.get("/posts/{id}/report") { request, context in
      try await show(.post(try context.id(as: PostID.self)), context)
    }
    routes.on("/posts/{id}/report", method: .post, limit: limit) { request, context in
      try await create(.post(try context.id(as: PostID.self)), request, context)
    }
    routes.get("/comments/{id}/report") { request, context in
      try await show(.comment(try context.id(as: CommentID.self)), context)
    }
    routes.on("/comments/{id}/report", method: .post, limit: limit) { request, context in
      try await create(.comment(try context.id(as: CommentID.self)), request, context)
    }
  }

  /// `GET`: the form; 403 for what is the member's own.
  private func show(_ target: VoteTarget, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.requireReportable(target, by: member.memberID)
    return try await form(FormDraft(ReportForm.self), on: target, context)
  }

  /// `POST`: leads back to the post, or shows the form again with what is wrong.
  private func create(
    _ target: VoteTarget,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Response {
    let member = try context.member()
    switch try await request.submission(of: ReportForm.self) {
    case .refused(let draft):
      try await gallery.requireReportable(target, by: member.memberID)
      return try await form(draft, on: target, context)
    case .accepted(let report, _):
      try await gallery.report(target, report, by: member.memberID)
      context.flash("reported")
      return .seeOther(try await place(of: target))
    }
  }

  private func form(
    _ draft: FormDraft,
    on target: VoteTarget,
    _ context: WebContext
  ) async throws -> Response {
    let page = ReportPage(
      actionURL: "\(target.path)/report",
      backURL: try await place(of: target),
      reasons: ReportReason.allCases.map { reason in
        ReportPage.Choice(
          value: reason.rawValue,
          text: gallery.pages.text("reports.reason_\(reason.rawValue)", in: context.language)
        )
      }
    )
    return try await gallery.pages.render(
      "moderation/report",
      page,
      section: "post",
      form: draft,
      context: context
    )
  }

  /// Where the thing is seen.
  private func place(of target: VoteTarget) async throws -> String {
    switch target {
    case .post(let id): return "/posts/\(id)"
    case .comment(let id):
      return "/posts/\(try await Comment.query.find(id, in: gallery.db).postID)#comment-\(id)"
    }
  }
}
