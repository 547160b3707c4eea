import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// The forms of comments; the comments themselves stand on the page of their post.
struct CommentPages: Sendable {
  let gallery: Gallery

  private struct EditPage: Sendable {
    let editURL: String
    let postURL: String
  }

  func addRoutes(to routes: Routes) {
    routes.on("/posts/{id}/comments", method: .post, limit: CommentForm.limit, use: create)
    routes.get("/comments/{id}/edit", use: edit)
    routes.on("/comments/{id}/edit", method: .post, limit: CommentChangeForm.limit, use: update)
    routes.post("/comments/{id}/delete", use: delete)
  }

  /// `POST /posts/{id}/comments`: leads to the comment, or shows the post again with what is wrong.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    switch try await request.submission(of: CommentForm.self) {
    case .refused(let draft):
      let pages = PostPages(gallery: gallery)
      let entry = try await pages.found(context)
      let wish = try CommentListForm.read(from: FormSource(texts: []))
      let card = PostCard(entry, for: context, in: gallery.pages)
      return try await pages.page(of: entry.post, card, wish, draft, context)
    case .accepted(let form, _):
      let (comment, _) = try await gallery.comment(form, on: id, by: member.memberID)
      context.flash("comment_created")
      return .seeOther(comment.place)
    }
  }

  /// `GET /comments/{id}/edit`: the form, for the author only.
  @Sendable func edit(_ request: Request, _ context: WebContext) async throws -> Response {
    let comment = try await editable(context)
    let draft = FormDraft(CommentChangeForm.self, values: ["text": comment.text])
    return try await form(draft, of: comment, context)
  }

  /// `POST /comments/{id}/edit`: saves, or shows the form again with what is wrong.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let comment = try await editable(context)
    switch try await request.submission(of: CommentChangeForm.self) {
    case .refused(let draft):
      return try await form(draft, of: comment, context)
    case .accepted(let changes, _):
      _ = try await gallery.change(comment.id, changes, by: member.memberID)
      context.flash("comment_changed")
      return .seeOther(comment.place)
    }
  }

  /// `POST /comments/{id}/delete`: deletes and leads back to the post.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let post = try await gallery.delete(
      try context.id(as: CommentID.self),
      by: member.memberID,
      isModerator: member.isModerator
    )
    context.flash("comment_deleted")
    return .seeOther("/posts/\(post)#comments")
  }

  private func editable(_ context: WebContext) async throws -> Comment {
    let member = try context.member()
    let comment = try await Comment.query.visible(to: member.memberID)
      .find(try context.id(as: CommentID.self), in: gallery.db)
    guard comment.isEditable(by: member.memberID) else { throw CommentError.notAuthor }
    return comment
  }

  private func form(
    _ draft: FormDraft,
    of comment: Comment,
    _ context: WebContext
  ) async throws -> Response {
    try await gallery.pages.render(
      "comments/edit",
      EditPage(editURL: "/comments/\(comment.id)/edit", postURL: comment.place),
      section: "post",
      form: draft,
      context: context
    )
  }
}

extension Comment {
  /// Where it is seen, unless younger ones have pushed it off the page.
  fileprivate var place: String { "/posts/\(postID)?order=newest#comment-\(id)" }
}
