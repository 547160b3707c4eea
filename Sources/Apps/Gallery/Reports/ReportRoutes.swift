import AccountsContract
import ArtelWeb
import GalleryContract
import HTTPTypes
import Hummingbird

/// `/api/posts/{id}/reports` and `/api/comments/{id}/reports`: reports as JSON.
struct ReportRoutes: Sendable {
  let gallery: Gallery

  static let onPost = reporting("/api/posts/{id}/reports", id: "reportPost", "a post")
  static let onComment = reporting("/api/comments/{id}/reports", id: "reportComment", "a comment")

  static let operations = [onPost.description, onComment.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.onPost) { _, context, form in
      try await report(.post(try context.id(as: PostID.self)), form, context)
    }
    routes.add(Self.onComment) { _, context, form in
      try await report(.comment(try context.id(as: CommentID.self)), form, context)
    }
  }

  /// `POST`: 204, also the second time; 403 for what is the caller's own.
  private func report(
    _ target: VoteTarget,
    _ form: ReportForm,
    _ context: WebContext
  ) async throws -> Response {
    let member = try context.member()
    try await gallery.report(target, form, by: member.memberID)
    return .noContent
  }

  private static func reporting(
    _ path: String,
    id: String,
    _ thing: String
  ) -> Operation<ReportForm> {
    Operation(.post, path, id: id, "Tells moderators that \(thing) should not be here.")
      .tagged("Reports")
      .explained("A second report of the same member on the same thing changes nothing.")
      .needs(.member(.galleryWrite))
      .takes(ReportForm.self)
      .limited(to: ReportForm.limit)
      .answers(.noContent)
      .refuses(.forbidden)
  }
}
