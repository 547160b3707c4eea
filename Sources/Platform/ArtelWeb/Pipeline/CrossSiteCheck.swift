import HTTPTypes
import Hummingbird
import NIOCore

/// Refuses requests that change something and that another site may have caused.
///
/// Requests with a bearer token and API requests without any session are exempt: a foreign page
/// cannot make a browser send a bearer token. API requests by session cookie need a same-origin
/// `Origin` or `Sec-Fetch-Site`, or the token header. All other unsafe requests must not come from
/// elsewhere and need the token, in the header or as a form's field. Source: OWASP CSRF Prevention
/// Cheat Sheet; Fetch Metadata.
struct CrossSiteCheck: Sendable {
  private enum Origin {
    case same
    case other
    case unknown
  }

  let site: Site

  /// Most bytes of a multipart body in front of its `csrf_token`, which must be its first field.
  private static let peekLimitBytes = 16_384

  /// Checks a request; the body it had to read for that can be read again afterwards.
  ///
  /// - Throws: ``Problem`` of kind `csrf`.
  func verify(_ request: inout Request, _ context: WebContext, isAPI: Bool) async throws {
    switch request.method {
    case .get, .head, .options, .trace: return
    default: break
    }
    guard context.principal?.source != .bearer else { return }
    if isAPI, context.principal == nil { return }
    let origin = origin(of: request, context)
    guard origin != .other else { throw Problem(.crossSite) }
    if let token = request.headers.firstValue(of: .crossSiteToken) {
      guard context.accepts(crossSiteToken: token) else { throw Problem(.crossSite) }
      return
    }
    if isAPI {
      guard origin == .same else { throw Problem(.crossSite) }
      return
    }
    guard let token = try await tokenInBody(&request), context.accepts(crossSiteToken: token) else {
      throw Problem(.crossSite)
    }
  }

  /// Checks a request for a WebSocket, which a browser lets every site open, with the cookies of this one.
  ///
  /// - Throws: ``Problem`` of kind `csrf`.
  func verifySocket(_ request: Request, _ context: WebContext) throws {
    guard context.principal?.source != .bearer else { return }
    let origin = origin(of: request, context)
    guard origin == .same || (origin == .unknown && context.principal == nil) else {
      throw Problem(.crossSite)
    }
  }

  private func origin(of request: Request, _ context: WebContext) -> Origin {
    if let origin = request.headers.firstValue(of: .origin) {
      return origin.lowercased() == site.address(host: context.host).lowercased() ? .same : .other
    }
    switch request.headers.firstValue(of: .secFetchSite) {
    case "same-origin", "none": return .same
    case nil: return .unknown
    default: return .other
    }
  }

  private func tokenInBody(_ request: inout Request) async throws -> String? {
    switch ContentType(request.headers) {
    case .urlencoded:
      let bytes = try await request.collectBody(upTo: Request.formLimitBytes)
      guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
        return nil
      }
      return try FormSource(urlencoded: text).text("csrf_token")
    case .multipart: return try await tokenInMultipart(&request)
    case .json, .other: return nil
    }
  }

  /// Reads just enough of the body to see its first field, and puts back what it read.
  private func tokenInMultipart(_ request: inout Request) async throws -> String? {
    let contentType = request.headers.firstValue(of: .contentType) ?? ""
    guard let boundary = MultipartBoundary(contentType) else { return nil }
    var parser = MultipartParser(boundary: boundary.text)
    var body = request.body.makeAsyncIterator()
    var read: [ByteBuffer] = []
    var field = FirstField()
    while !field.isComplete, read.reduce(0, { $0 + $1.readableBytes }) < Self.peekLimitBytes,
      let buffer = try await body.next()
    {
      read.append(buffer)
      field.take(try parser.consume(buffer))
    }
    request.body = RequestBody(asyncSequence: PeekedBody(read: read, rest: body))
    return field.text
  }
}

/// The first field of a multipart body, if it is the token.
private struct FirstField {
  private(set) var isComplete = false
  private var bytes: [UInt8] = []
  private var isToken = false

  var text: String? {
    isComplete && isToken ? String(validating: bytes, as: UTF8.self) : nil
  }

  mutating func take(_ events: [MultipartParser.Event]) {
    for event in events where !isComplete {
      switch event {
      case .began(let part):
        isToken = part.name == "csrf_token" && part.filename == nil
        isComplete = !isToken
      case .chunk(let chunk): bytes.append(contentsOf: chunk.readableBytesView)
      case .ended, .finished: isComplete = true
      }
    }
  }
}

/// A body whose beginning was read already.
private struct PeekedBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  /// Sequential by nature: a body has one reader, and the check that made this reads no more.
  fileprivate final class Rest: @unchecked Sendable {
    var iterator: RequestBody.AsyncIterator

    init(_ iterator: RequestBody.AsyncIterator) {
      self.iterator = iterator
    }
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var read: ArraySlice<ByteBuffer>
    private let rest: Rest

    fileprivate init(read: [ByteBuffer], rest: Rest) {
      self.read = read[...]
      self.rest = rest
    }

    mutating func next() async throws -> ByteBuffer? {
      if let buffer = read.popFirst() { return buffer }
      return try await rest.iterator.next()
    }
  }

  private let read: [ByteBuffer]
  private let rest: Rest

  init(read: [ByteBuffer], rest: RequestBody.AsyncIterator) {
    self.read = read
    self.rest = Rest(rest)
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(read: read, rest: rest)
  }
}
