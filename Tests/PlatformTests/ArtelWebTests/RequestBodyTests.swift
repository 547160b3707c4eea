import ArtelConcurrency
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ArtelWeb

private struct NameForm: Form {
  let name: String

  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(3...10))
  }
}

@Suite("A request's body")
struct RequestBodyTests {
  private let bearer: HTTPFields = [.authorization: "Bearer ada"]

  private let site = TestSite { routes in
    routes.post("/api/names") { request, _ in
      Response.created(try await request.form(NameForm.self).name, at: "/api/names/1")
    }
    routes.get("/api/names") { request, _ in
      let page = try PageRequest(request)
      return Response.json(page.limit)
    }
    routes.post("/api/files") { request, _ in
      var received: [String] = []
      let fields = try await request.multipart(limits: MultipartLimits(fileBytes: 300_000)) {
        file in
        var count = 0
        for try await chunk in file { count += chunk.readableBytes }
        received.append("\(file.name) \(file.filename) \(count)")
      }
      let form = try NameForm.read(from: fields)
      return Response.json(received + [form.name])
    }
    routes.post("/api/unread") { request, _ in
      _ = try await request.multipart { _ in }
      return Response.noContent
    }
  }

  private func post(
    _ client: any TestClientProtocol,
    _ uri: String = "/api/names",
    type: String?,
    _ body: String
  ) async throws -> TestResponse {
    var headers = bearer
    headers[.contentType] = type
    return try await client.execute(
      uri: uri,
      method: .post,
      headers: headers,
      body: ByteBuffer(string: body)
    )
  }

  private func multipart(file: Int, name: String = "ada") -> String {
    "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n"
      + String(repeating: "x", count: file)
      + "\r\n--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n\(name)\r\n--b--\r\n"
  }

  @Test(arguments: Mode.allCases)
  func `is read alike in three content types`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let json = try await post(client, type: "application/json", #"{"name": " ada "}"#)
      #expect(json.status == .created)
      #expect(json.headers[.location] == "/api/names/1")
      #expect(json.text == "\"ada\"")

      let form = try await post(
        client,
        type: "application/x-www-form-urlencoded; charset=utf-8",
        "name=ada"
      )
      #expect(form.text == "\"ada\"")

      let multipart = try await post(
        client,
        type: "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=name\r\n\r\nada\r\n--b--\r\n"
      )
      #expect(multipart.text == "\"ada\"")
    }
  }

  @Test(arguments: Mode.allCases)
  func `with wrong fields names them`(mode: Mode) async throws {
    let site = try await site.withPages()
    try await site.run(mode) { client in
      let response = try await post(client, type: "application/json", #"{"name": "x"}"#)

      #expect(response.status == .unprocessableContent)
      #expect(response.json("type") == "/problems/validation")
      #expect(
        response.text.contains(
          #"{"field":"name","code":"too_short","message":"At least 3 characters"}"#
        )
      )
    }
  }

  @Test(arguments: [
    ("{", "application/json", 400), ("[]", "application/json", 400), ("", "application/json", 400),
    ("{}", "text/plain", 415), ("x=%ff", "application/x-www-form-urlencoded", 400),
    ("x", "multipart/form-data", 415), ("x", "multipart/form-data; boundary=b", 400),
    ("{\"name\":\"a\\u0000da\"}", "application/json", 422),
  ])
  func `that cannot be read is refused`(body: String, type: String, status: Int) async throws {
    try await site.run(.router) { client in
      let response = try await post(client, type: type, body)

      #expect(response.status.code == status)
    }
  }

  @Test(arguments: Mode.allCases)
  func `that is too large is refused`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let body = #"{"name": ""# + String(repeating: "x", count: 1_100_000)
      let response = try await post(client, type: "application/json", body)

      #expect(response.status == .contentTooLarge)
      #expect(response.headers[.connection] == "close")
    }
  }

  @Test(arguments: Mode.allCases)
  func `streams files`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let type = "multipart/form-data; boundary=b"
      let right = try await post(client, "/api/files", type: type, multipart(file: 200_000))
      #expect(right.text == #"["image a.png 200000","ada"]"#)

      let unread = try await post(client, "/api/unread", type: type, multipart(file: 200_000))
      #expect(unread.status == .noContent)
      #expect(unread.headers[.contentLength] == nil)

      let large = try await post(client, "/api/files", type: type, multipart(file: 300_001))
      #expect(large.status == .contentTooLarge)
    }
  }

  @Test(arguments: [
    ("", "20"), ("?limit=100", "100"), ("?limit=0", nil), ("?limit=101", nil), ("?limit=x", nil),
    ("?after=x", nil), ("?after=", "20"), ("?limit=5&other=1", "5"), ("?limit=%ff", nil),
  ])
  func `a page's limits are checked`(query: String, limit: String?) async throws {
    try await site.run(.router) { client in
      let response = try await client.execute(uri: "/api/names" + query, method: .get)

      #expect((response.status == .ok ? response.text : nil) == limit)
      #expect(limit != nil || [400, 422].contains(response.status.code))
    }
  }
}

@Suite("An answer")
struct AnswerTests {
  private let pool = BlockingPool(name: "test", threads: 1)

  @Test(arguments: Mode.allCases)
  func `is not sent again to who has it`(mode: Mode) async throws {
    let site = TestSite { routes in
      routes.get("/api/tagged") { request, _ in
        await request.conditional(on: EntityTag(weak: "v1")) { Response.json("x") }
      }
    }
    try await site.run(mode) { client in
      let first = try await client.execute(uri: "/api/tagged", method: .get)
      #expect(first.headers[.eTag] == "W/\"v1\"")
      #expect(first.headers[.cacheControl] == "private, no-cache")

      let second = try await client.execute(
        uri: "/api/tagged",
        method: .get,
        headers: [.ifNoneMatch: "W/\"v1\""]
      )
      #expect(second.status == .notModified)
      #expect(second.body.readableBytes == 0)
      #expect(second.headers[.eTag] == "W/\"v1\"")
    }
  }

  @Test(arguments: Mode.allCases)
  func `can be a file`(mode: Mode) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "artel-\(UUID())").path()
    let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
    try content.write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let site = TestSite { [pool] routes in
      routes.get("/file") { request, _ in
        try await Response.file(
          at: path,
          contentType: "image/webp",
          tag: EntityTag(strong: "abc"),
          cache: .immutable,
          for: request,
          pool: pool
        )
      }
      routes.get("/none") { request, _ in
        try await Response.file(
          at: path + "x",
          contentType: "image/webp",
          tag: EntityTag(strong: "abc"),
          cache: .immutable,
          for: request,
          pool: pool
        )
      }
    }
    try await site.run(mode) { client in
      let file = try await client.execute(uri: "/file", method: .get)
      #expect(Data(buffer: file.body) == content)
      #expect(file.headers[.contentLength] == "300000")
      #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")

      let head = try await client.execute(uri: "/file", method: .head)
      #expect(head.headers[.contentLength] == "300000")
      #expect(head.body.readableBytes == 0)

      let held = try await client.execute(
        uri: "/file",
        method: .get,
        headers: [.ifNoneMatch: "\"abc\""]
      )
      #expect(held.status == .notModified)

      #expect(try await client.execute(uri: "/none", method: .get).status == .notFound)
    }
  }
}
