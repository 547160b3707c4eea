import Crypto
import Hummingbird
import NIOCore

/// `/api/openapi.json`: what the API takes and answers, for programs.
struct DocumentRoutes: WebApp {
  private let content: ByteBuffer
  private let tag: EntityTag

  static let show = Operation(
    .get,
    "/api/openapi.json",
    id: "getDocument",
    "Describes the API: this document."
  )
  .tagged("Document")
  .answers(.object)
  .revalidated()

  init(document: OpenAPIDocument) {
    content = ByteBuffer(bytes: document.json)
    let digest = SHA256.hash(data: document.json).prefix(16)
    tag = EntityTag(
      strong: digest.map { byte in
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }.joined()
    )
  }

  func addRoutes(to routes: Routes) {
    routes.add(Self.show, use: show)
  }

  @Sendable
  private func show(_ request: Request, _ context: WebContext) async throws -> Response {
    await request.conditional(on: tag, cache: .publicRevalidated) {
      Response(
        status: .ok,
        headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: content)
      )
    }
  }
}
