import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/tags`: tags as JSON.
struct TagRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/tags",
    id: "listTags",
    "Lists the tags of public posts, those with the most posts first."
  )
  .tagged("Tags")
  .explained("`min_posts=10&limit=10` is the ten most popular tags with at least ten posts.")
  .asks(TagListForm.self)
  .answers(.json(Page<TagResource>.self))

  static let show = Operation(
    .get,
    "/api/tags/{slug}",
    id: "getTag",
    "Shows a tag that public posts have."
  )
  .tagged("Tags")
  .naming("slug", 1...220, .tagSlug)
  .answers(.json(TagResource.self))

  static let operations = [list.description, show.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.show, use: show)
  }

  /// `GET /api/tags?order=&q=&min_posts=&after=&limit=`: 200; 422.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: TagListForm
  ) async throws -> Response {
    .json(try await gallery.tags(wish).map(TagResource.init))
  }

  /// `GET /api/tags/{slug}`: 200; 404 when no public post has the tag.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let tag = try await gallery.tag(try context.text("slug")) else { throw Problem.notFound }
    return .json(TagResource(tag: tag))
  }
}

extension FieldPattern {
  /// What stands in the address of a tag: no white space and no slash.
  static let tagSlug = FieldPattern("tag_slug", expression: #"^[^\s/]+$"#) { text in
    !text.contains { $0.isWhitespace || $0 == "/" }
  }
}
