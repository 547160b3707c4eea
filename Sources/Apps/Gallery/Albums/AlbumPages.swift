import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// The pages that show albums: everybody's, one member's, and one album.
struct AlbumPages: Sendable {
  let gallery: Gallery

  private struct ListPage: Sendable {
    let albums: [AlbumCard]
    let isEmpty: Bool
    let nextURL: String?
    /// Whose albums they are; nil for everybody's.
    var author: PostCard.Author?
    let isMine: Bool
  }

  private struct AlbumPage: Sendable {
    let album: AlbumCard
    let posts: [PostCard]
    let isEmpty: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/albums", use: list)
    routes.get("/members/{username}/albums", use: listOfMember)
    routes.get("/albums/{id}", use: show)
  }

  /// `GET /albums`: everybody's public albums, newest first.
  @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
    let viewer = context.principal?.memberID
    let wish = try AlbumListForm.read(from: FormSource(query: request.uri.query ?? ""))
    let page = try await gallery.albums(wish, for: viewer)
    return try await render(page, of: nil, at: "/albums", context)
  }

  /// `GET /members/{username}/albums`: newest first; 404 for nobody and for whoever has departed.
  @Sendable func listOfMember(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let owner = try await Member.named(try context.text("username"), in: gallery.db) else {
      throw Problem.notFound
    }
    let page = try await gallery.albums(
      of: owner.id,
      for: context.principal?.memberID,
      PageRequest(request)
    )
    return try await render(page, of: owner, at: "/members/\(owner.username)/albums", context)
  }

  /// `GET /albums/{id}`: its posts in their order; 404 when the caller may not see it.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let viewer = context.principal?.memberID
    let entry = try await gallery.album(try context.id(as: AlbumID.self), for: viewer)
    let page = try await gallery.posts(in: entry.album, for: viewer, PageRequest(request))
    let card = AlbumCard(entry, for: viewer)
    let model = AlbumPage(
      album: card,
      posts: gallery.cards(page.items, for: context),
      isEmpty: entry.postCount == 0,
      nextURL: page.next.map { "\(card.url)?after=\($0)" }
    )
    return try await gallery.pages.render("albums/show", model, section: "feed", context: context)
  }

  private func render(
    _ page: Page<AlbumEntry>,
    of owner: Member?,
    at path: String,
    _ context: WebContext
  ) async throws -> Response {
    let viewer = context.principal?.memberID
    let model = ListPage(
      albums: page.items.map { AlbumCard($0, for: viewer) },
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "\(path)?after=\($0)" },
      author: owner.map(PostCard.Author.init),
      isMine: viewer != nil && viewer == owner?.id
    )
    return try await gallery.pages.render(
      "albums/list",
      model,
      section: model.isMine ? "albums" : "feed",
      context: context
    )
  }
}
