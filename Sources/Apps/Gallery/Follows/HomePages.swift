import ArtelModel
import ArtelWeb
import Hummingbird

/// `/home`: what those show whom a member follows.
struct HomePages: Sendable {
  let gallery: Gallery

  private struct HomePage: Sendable {
    let posts: [PostCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/home", use: show)
  }

  /// `GET /home`: the posts of those whom the member follows, newest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let page = try await gallery.home(of: member.memberID, PageRequest(request))
    let model = HomePage(
      posts: gallery.cards(page.items, for: context),
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "/home?after=\($0)" }
    )
    return try await gallery.pages.render("posts/home", model, section: "home", context: context)
  }
}
