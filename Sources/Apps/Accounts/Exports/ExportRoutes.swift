import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// `/api/exports`, and `/exports/{id}`: archives of everything that the installation has of a member;
/// only sessions may have them.
struct ExportRoutes: Sendable {
  let accounts: Accounts

  static let path = "/api/exports"

  static let list = Operation(
    .get,
    path,
    id: "listExports",
    "Lists the caller's archives, the youngest first."
  )
  .tagged("Exports")
  .needs(.member)
  .asks(PageRequest.self)
  .answers(.json(Page<ExportResource>.self))

  static let create = Operation(
    .post,
    path,
    id: "createExport",
    "Has an archive made of everything that all apps have of the caller."
  )
  .tagged("Exports")
  .explained(
    "It is made in the background; the caller is told when it is ready, and has a week to fetch it."
  )
  .needs(.member)
  .limited(to: Export.limit)
  .answers(.json(ExportResource.self, status: .accepted))
  .refuses(.exportUnderWay, .notFound, .freshSignInNeeded)

  static let show = Operation(
    .get,
    "\(path)/{id}",
    id: "getExport",
    "Shows how far one of the caller's archives is."
  )
  .tagged("Exports")
  .needs(.member)
  .answers(.json(ExportResource.self))

  static let operations = [list.description, create.description, show.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.create, use: create)
    routes.add(Self.show, use: show)
    routes.get("/exports/{id}", use: download)
  }

  /// `GET /api/exports?after=&limit=`: 200; 401 for guests; 422 for a wrong cursor.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: PageRequest
  ) async throws -> Response {
    let principal = try context.member()

    let page = try await Export.newest(of: principal.memberID)
      .page(of: wish.limit, after: wish.after, in: accounts.db)

    return .json(try await accounts.resources(of: page))
  }

  /// `POST /api/exports`: 202; 401 for guests; 409 while one is being made; 429.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)

    let origin = SessionOrigin(request, context)
    let export = try await accounts.requestExport(of: principal.memberID, from: origin)

    return .json(ExportResource(export: export, progress: nil), status: .accepted)
  }

  /// `GET /api/exports/{id}`: 200; 401 for guests; 404 for one that is not the caller's.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let id = try context.id(as: ExportID.self)

    let export = try await accounts.export(id, of: principal.memberID)

    return .json(ExportResource(export: export, progress: try await accounts.progress(of: export)))
  }

  /// `GET /exports/{id}`: the archive, in parts too; 404 for one that is not the caller's, or not ready.
  @Sendable func download(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let id = try context.id(as: ExportID.self)
    try await accounts.requireFreshProof(of: principal)

    let export = try await accounts.export(id, of: principal.memberID)
    guard let pictures = accounts.pictures, let readyAt = export.readyAt,
      let digest = export.digest.flatMap({ Digest(bytes: $0.bytes) })
    else { throw Problem.notFound }
    var response = try await Response.file(
      at: pictures.blobs.path(of: digest),
      contentType: "application/zip",
      tag: EntityTag(strong: digest.hex),
      cache: .never,
      for: request,
      pool: pictures.blobs.pool
    )
    let day = readyAt.formatted(.iso8601.year().month().day())
    response.headers[.contentDisposition] = "attachment; filename=\"artel-\(day).zip\""

    return response
  }
}

extension Accounts {
  /// An archive of the member.
  ///
  /// - Throws: `Problem` of kind `not_found`, also for one whose time is over.
  func export(_ id: ExportID, of member: MemberID) async throws -> Export {
    let now = clock.now()
    let export = try await Export.where {
      $0.id == id && $0.memberID == member && $0.expiresAt > now
    }
    .first(in: db)
    guard let export else { throw Problem.notFound }
    return export
  }

  /// The archives of a page with how far each is.
  func resources(of page: Page<Export>) async throws -> Page<ExportResource> {
    var resources: [ExportResource] = []
    for export in page.items {
      resources.append(ExportResource(export: export, progress: try await progress(of: export)))
    }
    return Page(items: resources, next: page.next)
  }
}
