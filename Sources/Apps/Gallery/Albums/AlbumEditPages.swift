import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// The pages on which members make their albums, and what their buttons do.
struct AlbumEditPages: Sendable {
  let gallery: Gallery

  private struct BlankPage: Sendable {
    let cancelURL: String
  }

  private struct EditPage: Sendable {
    let album: AlbumCard
    let posts: [Place]
    let isEmpty: Bool
    let nextURL: String?
  }

  /// A post with what its buttons do.
  private struct Place: Sendable {
    let post: PostCard
    let actURL: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/albums/new", use: new)
    routes.on("/albums/new", method: .post, limit: AlbumForm.limit, use: create)
    routes.get("/albums/{id}/edit", use: edit)
    routes.on("/albums/{id}/edit", method: .post, limit: AlbumChangeForm.limit, use: update)
    routes.post("/albums/{id}/delete", use: delete)
    routes.on(
      "/albums/{id}/posts/{post_id}",
      method: .post,
      limit: AlbumChangeForm.limit,
      use: arrange
    )
    routes.on("/posts/{id}/albums", method: .post, limit: AlbumChangeForm.limit, use: choose)
  }

  /// `GET /albums/new`: the form.
  @Sendable func new(_ request: Request, _ context: WebContext) async throws -> Response {
    _ = try context.member()
    return try await blankPage(FormDraft(AlbumForm.self), context)
  }

  /// `POST /albums/new`: leads to the new album, or shows the form again with what is wrong.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    switch try await request.submission(of: AlbumForm.self) {
    case .refused(let draft):
      return try await blankPage(draft, context)
    case .accepted(let form, _):
      let entry = try await gallery.makeAlbum(form, by: member.memberID)
      context.flash("album_created")
      return .seeOther("/albums/\(entry.album.id)")
    }
  }

  /// `GET /albums/{id}/edit`: the form and the posts with their buttons, for the owner only.
  @Sendable func edit(_ request: Request, _ context: WebContext) async throws -> Response {
    let entry = try await editable(context)
    let draft = FormDraft(
      AlbumForm.self,
      values: [
        "name": entry.album.name, "description": entry.album.description,
        "visibility": entry.album.visibility.rawValue,
      ]
    )
    return try await editPage(draft, of: entry, PageRequest(request), context)
  }

  /// `POST /albums/{id}/edit`: saves, or shows the form again with what is wrong.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let entry = try await editable(context)
    switch try await request.submission(of: AlbumChangeForm.self) {
    case .refused(let draft):
      return try await editPage(draft, of: entry, PageRequest(), context)
    case .accepted(let changes, _):
      try await gallery.change(entry.album.id, changes, by: member.memberID)
      context.flash("album_changed")
      return .seeOther("/albums/\(entry.album.id)")
    }
  }

  /// `POST /albums/{id}/delete`: deletes and leads to the member's other albums.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let entry = try await editable(context)
    try await gallery.delete(entry.album.id, by: entry.owner.id)
    context.flash("album_deleted")
    return .seeOther("/members/\(entry.owner.username)/albums")
  }

  /// `POST /albums/{id}/posts/{post_id}`: moves the post, makes it the cover, or takes it out.
  @Sendable func arrange(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member().memberID
    let album = try context.id(as: AlbumID.self)
    let post = try context.id("post_id", as: PostID.self)
    switch try await request.form(AlbumActForm.self).act {
    case .earlier: try await gallery.move(post, .earlier, in: album, by: member)
    case .later: try await gallery.move(post, .later, in: album, by: member)
    case .cover: try await gallery.setCover(post, of: album, by: member)
    case .remove: try await gallery.remove(post, from: album, by: member)
    }
    return .seeOther("/albums/\(album)/edit#posts")
  }

  /// `POST /posts/{id}/albums`: puts the post into an album and leads back to it.
  @Sendable func choose(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let post = try context.id(as: PostID.self)
    let choice = try await request.form(AlbumChoiceForm.self)
    try await gallery.add(post, to: choice.album, by: member.memberID)
    context.flash("album_filled")
    return .seeOther("/posts/\(post)")
  }

  private func editable(_ context: WebContext) async throws -> AlbumEntry {
    let member = try context.member()
    let id = try context.id(as: AlbumID.self)
    let entry = try await gallery.album(id, for: member.memberID)
    guard entry.album.isEditable(by: member.memberID) else { throw AlbumError.notOwner }
    return entry
  }

  private func blankPage(_ draft: FormDraft, _ context: WebContext) async throws -> Response {
    try await gallery.pages.render(
      "albums/new",
      BlankPage(cancelURL: "/albums"),
      section: "albums",
      form: draft,
      context: context
    )
  }

  private func editPage(
    _ draft: FormDraft,
    of entry: AlbumEntry,
    _ request: PageRequest,
    _ context: WebContext
  ) async throws -> Response {
    var request = request
    request.limit = 100
    let page = try await gallery.posts(in: entry.album, for: entry.owner.id, request)
    let album = AlbumCard(entry, for: entry.owner.id)
    let places = gallery.cards(page.items, for: context).map {
      Place(post: $0, actURL: "\(album.url)/posts/\($0.id)")
    }
    return try await gallery.pages.render(
      "albums/edit",
      EditPage(
        album: album,
        posts: places,
        isEmpty: places.isEmpty,
        nextURL: page.next.map { "\(album.editURL)?after=\($0)#posts" }
      ),
      section: "albums",
      form: draft,
      context: context
    )
  }
}

/// What a button beside a post of an album does.
struct AlbumActForm: Form {
  enum Act: String, CaseIterable, Sendable {
    case earlier
    case later
    case cover
    case remove
  }

  let act: Act

  init(_ fields: inout FormReader) {
    act = fields.choice("act")
  }
}

/// Which album a post is put into.
struct AlbumChoiceForm: Form {
  let album: AlbumID

  init(_ fields: inout FormReader) {
    album = fields.id("album", as: AlbumID.self)
  }
}
