import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Foundation
import GalleryContract
import Hummingbird

/// `/posts/{id}/links`: where an author makes and revokes share links of a post.
struct ShareLinkPages: Sendable {
  let gallery: Gallery

  private struct LinksPage: Sendable {
    let post: PostCard
    let links: [LinkCard]
    let isEmpty: Bool
    let actionURL: String
    let lifetimes: [LifetimeChoice]
    /// The path of the link that was just made.
    let issued: String?
  }

  /// A link as its author tells it from the others.
  private struct LinkCard: Sendable {
    let createdAt: Date
    let expiresAt: Date?
    let isExpired: Bool
    let hasPassword: Bool
    let views: Int
    let revokeURL: String

    init(_ link: ShareLink, at now: Date) {
      createdAt = link.createdAt
      expiresAt = link.expiresAt
      isExpired = link.expiresAt.map { $0 <= now } ?? false
      hasPassword = link.passwordHash != nil
      views = link.views
      revokeURL = "/posts/\(link.postID)/links/\(link.id)/revoke"
    }
  }

  /// How long a link may be asked to work.
  private struct LifetimeChoice: Sendable {
    let value: String
    let text: String
    let isChosen: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/posts/{id}/links", use: show)
    routes.on("/posts/{id}/links", method: .post, limit: ShareLinkForm.limit, use: create)
    routes.post("/posts/{id}/links/{link}/revoke", use: revoke)
  }

  /// `GET /posts/{id}/links`: the links and the form for another one, for the author only.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let post = try await PostPages(gallery: gallery).editable(context)
    return try await page(of: post, FormDraft(ShareLinkForm.self), context)
  }

  /// `POST /posts/{id}/links`: 201 with the address, which is shown this once, or the form again with
  /// what is wrong.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let post = try await PostPages(gallery: gallery).editable(context)
    switch try await request.submission(of: ShareLinkForm.self) {
    case .refused(let draft): return try await page(of: post, draft, context)
    case .accepted(let form, let draft):
      do {
        let made = try await gallery.makeLink(form, to: post.post.id, by: post.post.authorID)
        return try await page(of: post, FormDraft(ShareLinkForm.self), context, made)
      } catch let error as ShareLinkError {
        return try await page(of: post, draft.refused(by: error.problem), context)
      }
    }
  }

  /// `POST /posts/{id}/links/{link}/revoke`: ends the link and leads back.
  @Sendable func revoke(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let post = try context.id(as: PostID.self)
    let link = try context.id("link", as: ShareLinkID.self)
    try await gallery.revokeLink(link, to: post, by: member.memberID)
    context.flash("link_revoked")
    return .seeOther("/posts/\(post)/links")
  }

  private func page(
    of post: PostInFull,
    _ draft: FormDraft,
    _ context: WebContext,
    _ made: MadeLink? = nil
  ) async throws -> Response {
    let id = post.post.id
    let all = PageRequest(limit: ShareLink.countLimit)
    let links = try await gallery.links(to: id, of: post.post.authorID, all).items
    let now = gallery.clock.now()
    let chosen = draft.values["lifetime"] ?? ShareLinkForm.Lifetime.week.rawValue
    let page = LinksPage(
      post: PostCard(post.entry, for: context, in: gallery.pages),
      links: links.map { LinkCard($0, at: now) },
      isEmpty: links.isEmpty,
      actionURL: "/posts/\(id)/links",
      lifetimes: ShareLinkForm.Lifetime.allCases.map { lifetime in
        LifetimeChoice(
          value: lifetime.rawValue,
          text: gallery.pages.text("links.lifetime_\(lifetime.rawValue)", in: context.language),
          isChosen: lifetime.rawValue == chosen
        )
      },
      issued: made?.path
    )
    var response = try await gallery.pages.render(
      "links/list",
      page,
      section: "post",
      form: draft,
      status: made == nil ? nil : .created,
      context: context
    )
    // A browser that keeps the page would keep the address.
    if made != nil { response.headers[.cacheControl] = CachePolicy.never.headerValue }
    return response
  }
}
