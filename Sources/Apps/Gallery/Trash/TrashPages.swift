import AccountsContract
import ArtelModel
import ArtelWeb
import Foundation
import GalleryContract
import Hummingbird

/// `/trash`: what a member has deleted, until it goes for good.
struct TrashPages: Sendable {
  let gallery: Gallery

  private struct TrashPage: Sendable {
    let posts: [TrashCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  /// A post in the trash as the page shows it.
  private struct TrashCard: Sendable {
    let title: String
    let thumbnailURL: String
    let width: Int
    let height: Int
    let trashedAt: Date
    let endsAt: Date
    let isTakenDown: Bool
    let restoreURL: String
    let eraseURL: String

    init(_ post: Post) {
      title = post.title
      thumbnailURL = post.thumbnailURL
      width = post.width
      height = post.height
      trashedAt = post.movedAt
      endsAt = post.endsAt
      isTakenDown = post.state == .takenDown
      restoreURL = "/trash/\(post.id)/restore"
      eraseURL = "/trash/\(post.id)/erase"
    }
  }

  func addRoutes(to routes: Routes) {
    routes.get("/trash", use: show)
    routes.post("/trash/{id}/restore", use: restore)
    routes.post("/trash/{id}/erase", use: erase)
  }

  /// `GET /trash`: what came last first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let page = try await gallery.trash(of: member.memberID, PageRequest(request))
    let model = TrashPage(
      posts: page.items.map(TrashCard.init),
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/trash?after=\($0)" }
    )
    return try await gallery.pages.render("posts/trash", model, section: "trash", context: context)
  }

  /// `POST /trash/{id}/restore`: leads to the post.
  @Sendable func restore(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    _ = try await gallery.restore(id, by: member.memberID, isModerator: member.isModerator)
    context.flash("post_restored")
    return .seeOther("/posts/\(id)")
  }

  /// `POST /trash/{id}/erase`: deletes for good and leads back to the trash.
  @Sendable func erase(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.erase(try context.id(as: PostID.self), by: member.memberID)
    context.flash("post_erased")
    return .seeOther("/trash")
  }
}
