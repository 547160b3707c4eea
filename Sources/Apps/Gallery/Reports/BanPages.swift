import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Foundation
import GalleryContract
import Hummingbird

/// `/moderation/bans`: the pictures that nobody may post again, for moderators; for others it does not
/// exist.
struct BanPages: Sendable {
  let gallery: Gallery

  private struct BansPage: Sendable {
    let bans: [BanCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  private struct BanCard: Sendable {
    let id: String
    let title: String
    let reason: String
    let author: PostCard.Author?
    let createdAt: Date
    let liftURL: String

    init(_ ban: PictureBan, of author: Member) {
      id = ban.id.description
      title = ban.title
      reason = ban.reason
      self.author = author.departedAt == nil ? PostCard.Author(author) : nil
      createdAt = ban.createdAt
      liftURL = "/moderation/bans/\(ban.id)/lift"
    }
  }

  func addRoutes(to routes: Routes) {
    routes.get("/moderation/bans", use: show)
    routes.post("/moderation/bans/{id}/lift", use: lift)
  }

  /// `GET /moderation/bans?after=`: the latest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    _ = try context.moderator()
    let page = try await gallery.bans(PageRequest(request))
    let model = BansPage(
      bans: page.items.map { BanCard($0, of: $1) },
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/moderation/bans?after=\($0)" }
    )
    return try await gallery.pages.render(
      "moderation/bans",
      model,
      section: "moderation",
      context: context
    )
  }

  /// `POST /moderation/bans/{id}/lift`: leads back to the bans; 404 when somebody else lifted it.
  @Sendable func lift(_ request: Request, _ context: WebContext) async throws -> Response {
    let moderator = try context.moderator()
    try await gallery.lift(try context.id(as: PictureBanID.self), by: moderator.memberID)
    context.flash("ban_lifted")
    return .seeOther("/moderation/bans")
  }
}
