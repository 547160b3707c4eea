public import ArtelIdentifiers
public import ArtelPostgres
public import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// `/api/uploads`: files in pieces, by tus 1.0.0.
public struct UploadRoutes: Sendable {
  private let uploads: ResumableUploads
  private let operations: UploadOperations
  private let requireRoom: RoomCheck

  /// Throws when so many bytes are too much for a member.
  public typealias RoomCheck =
    @Sendable (
      _ bytes: Int, _ of: Identifier<AccountsMember>, Transaction
    ) async throws -> Void

  /// Makes the routes of an app.
  ///
  /// - Parameters:
  ///   - uploads: The app's uploads.
  ///   - operations: What the document says of them.
  ///   - requireRoom: Throws when so many bytes are too much for the member.
  public init(
    _ uploads: ResumableUploads,
    _ operations: UploadOperations,
    requireRoom: @escaping RoomCheck
  ) {
    self.uploads = uploads
    self.operations = operations
    self.requireRoom = requireRoom
  }

  /// Adds them.
  public func addRoutes(to routes: Routes) {
    routes.add(operations.describe, use: answering(describe))
    routes.add(operations.create, use: answering(create))
    routes.add(operations.show, use: answering(show))
    routes.add(operations.append, use: answering(append))
    routes.add(operations.cancel, use: answering(cancel))
  }

  /// `OPTIONS /api/uploads`: what the server can do.
  @Sendable private func describe(_ request: Request, _ context: WebContext) async throws
    -> Response
  {
    var response = Response.noContent
    response.headers[.tusVersion] = TusVersion.supported
    response.headers[.tusExtension] = TusVersion.extensions
    response.headers[.tusMaxSize] = "\(uploads.sizeLimitBytes)"
    response.headers[.tusChecksumAlgorithm] = UploadChecksum.algorithms
    return response
  }

  /// `POST /api/uploads`: 201 and an upload of `Upload-Length` bytes, of which none is there.
  @Sendable private func create(_ request: Request, _ context: WebContext) async throws -> Response
  {
    let member = try context.member()
    try TusVersion.require(request)
    let sizeBytes = try request.number(.uploadLength)
    let metadata = try UploadMetadata(header: request.headers[.uploadMetadata])
    let upload = try await uploads.begin(
      sizeBytes: sizeBytes,
      metadata: metadata,
      by: member.memberID
    ) { bytes, tx in try await requireRoom(bytes, member.memberID, tx) }
    var response = Response.created(upload, at: "/api/uploads/\(upload.id)")
    response.headers.append(contentsOf: upload.headers)
    return response
  }

  /// `GET /api/uploads/{id}`, and by HEAD where it goes on; 404 for those of others, 410 when it is over.
  @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    if request.method == .head { try TusVersion.require(request) }
    let upload = try await uploads.find(try context.id(as: UploadID.self), of: member.memberID)
    var headers = upload.headers
    headers[.uploadLength] = "\(upload.sizeBytes)"
    if !upload.metadata.text.isEmpty { headers[.uploadMetadata] = upload.metadata.text }
    return .json(upload, headers: headers)
  }

  /// `PATCH /api/uploads/{id}`: 204 once the piece is durable, with where the next one begins.
  @Sendable private func append(_ request: Request, _ context: WebContext) async throws -> Response
  {
    let member = try context.member()
    let id = try context.id(as: UploadID.self)
    try TusVersion.require(request)
    guard request.headers[.contentType] == UploadOperations.mediaType else {
      throw Problem.unsupportedMediaType
    }
    context.extendTimeLimit(to: .seconds(600))
    let upload = try await uploads.append(
      request.body,
      of: request.headers[.contentLength].flatMap { Int($0) },
      at: try request.number(.uploadOffset),
      checksum: request.headers[.uploadChecksum],
      to: id,
      of: member.memberID
    )
    return Response(status: .noContent, headers: upload.headers)
  }

  /// `DELETE /api/uploads/{id}`: 204; what was sent is gone.
  @Sendable private func cancel(_ request: Request, _ context: WebContext) async throws -> Response
  {
    let member = try context.member()
    let id = try context.id(as: UploadID.self)
    try TusVersion.require(request)
    try await uploads.cancel(id, of: member.memberID)
    return .noContent
  }

  /// Every answer says which version it is of, refusals too.
  private func answering(
    _ handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) -> @Sendable (Request, WebContext) async throws -> Response {
    { request, context in
      do {
        var response = try await handler(request, context)
        response.headers[.tusResumable] = TusVersion.supported
        return response
      } catch let error as any ProblemConvertible {
        throw error.problem.versioned
      } catch let problem as Problem {
        throw problem.versioned
      }
    }
  }
}

extension Problem {
  fileprivate var versioned: Problem {
    var problem = self
    problem.headers[.tusResumable] = TusVersion.supported
    return problem
  }
}

extension ResumableUpload {
  fileprivate var headers: HTTPFields {
    [.uploadOffset: "\(receivedBytes)", .uploadExpires: HTTPDate.text(of: expiresAt)]
  }
}

extension Request {
  /// The whole number of a header, from 0 on.
  fileprivate func number(_ name: HTTPField.Name) throws -> Int {
    guard let text = headers[name], text.utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
      let number = Int(text), number <= OperationHeader.largestNumber
    else { throw Problem.badRequest("\(name.rawName) must be a whole number.") }
    return number
  }
}
