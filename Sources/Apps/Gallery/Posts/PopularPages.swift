import AccountsContract
import ArtelModel
import ArtelWeb
import Hummingbird

/// The posts that are looked at most, as a page and as JSON.
struct PopularPages: Sendable {
  let gallery: Gallery

  private struct PopularPage: Sendable {
    let posts: [PostCard]
    let isEmpty: Bool
  }

  static let list = Operation(
    .get,
    "/api/posts/popular",
    id: "listPopularPosts",
    "Lists the public posts of the last 30 days that are looked at most, at most 20."
  )
  .tagged("Posts")
  .answers(.json(Page<PostResource>.self))

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.get("/popular", use: show)
  }

  /// `GET /api/posts/popular`: most views first; `next` is always null.
  @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
    let posts = try await gallery.popularPosts(for: context.principal?.memberID)
    return .json(Page(items: posts.map(PostResource.init), next: nil))
  }

  /// `GET /popular`: the same for people.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let popular = try await gallery.popularPosts(for: context.principal?.memberID)
    let cards = popular.map { post, author, tags, tally in
      PostCard(post, by: author, under: tags, tally, for: context, in: gallery.pages)
    }
    let page = PopularPage(posts: cards, isEmpty: cards.isEmpty)
    return try await gallery.pages.render(
      "posts/popular",
      page,
      section: "feed",
      context: context
    )
  }
}
