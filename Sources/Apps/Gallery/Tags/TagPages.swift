import ArtelModel
import ArtelWeb
import Hummingbird

/// A tag as pages show it.
struct TagCard: Sendable {
  let name: String
  /// Where its posts are; nil when everybody sees none of them.
  let url: String?
  let postCount: Int

  init(_ tag: Tag) {
    name = tag.name
    url = tag.postCount > 0 ? "/tags/\(tag.slug)" : nil
    postCount = tag.postCount
  }
}

/// `/tags`: the popular tags, and the posts of each.
struct TagPages: Sendable {
  let gallery: Gallery

  private struct TagListPage: Sendable {
    let tags: [TagCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  private struct TagPage: Sendable {
    let tag: TagCard
    let posts: [PostCard]
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/tags", use: list)
    routes.get("/tags/{slug}", use: show)
  }

  /// `GET /tags`: the popular tags with their numbers.
  @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
    var wish = try TagListForm.read(from: FormSource(query: request.uri.query ?? ""))
    wish.page.limit = 100
    let page = try await gallery.tags(wish)
    let model = TagListPage(
      tags: page.items.map(TagCard.init),
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/tags?order=\(wish.order.rawValue)&after=\($0)" }
    )
    return try await gallery.pages.render("tags/list", model, section: "feed", context: context)
  }

  /// `GET /tags/{slug}`: the public posts with the tag, newest first; 404 when there are none.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let tag = try await gallery.tag(try context.text("slug")) else { throw Problem.notFound }
    let page = try await gallery.posts(
      tagged: tag.id,
      for: context.principal?.memberID,
      PageRequest(request)
    )
    let card = TagCard(tag)
    let model = TagPage(
      tag: card,
      posts: gallery.cards(page.items, for: context),
      nextURL: page.next.map { "\(card.url ?? "")?after=\($0)" }
    )
    return try await gallery.pages.render("tags/show", model, section: "feed", context: context)
  }
}
