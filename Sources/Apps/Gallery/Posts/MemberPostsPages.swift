import ArtelModel
import ArtelWeb
import Hummingbird

/// `/members/{username}/posts`: what a member shows; to themselves also what they keep private.
struct MemberPostsPages: Sendable {
  let gallery: Gallery

  private struct MemberPostsPage: Sendable {
    let author: PostCard.Author
    let posts: [PostCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/members/{username}/posts", use: show)
  }

  /// `GET /members/{username}/posts`: newest first; 404 for nobody and for whoever has departed.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let author = try await Member.named(try context.text("username"), in: gallery.db) else {
      throw Problem.notFound
    }
    let viewer = context.principal?.memberID
    let page = try await gallery.posts(of: author.id, for: viewer, PageRequest(request))
    let model = MemberPostsPage(
      author: PostCard.Author(author),
      posts: gallery.cards(page.items, for: context),
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/members/\(author.username)/posts?after=\($0)" }
    )
    return try await gallery.pages.render(
      "posts/by_member",
      model,
      section: "feed",
      context: context
    )
  }
}
