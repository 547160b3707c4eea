import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import ArtelWeb

private struct NameForm: Form {
  let name: String

  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(1...10))
  }
}

/// Counts the uploads that begin, and notes how they end.
private final class Uploads: Sendable {
  private let ends = Mutex<[String]>([])
  private let waiting = Mutex<CheckedContinuation<String, Never>?>(nil)

  func end(_ how: String) {
    ends.withLock { $0.append(how) }
    waiting.withLock { $0.take() }?.resume(returning: how)
  }

  /// How the first upload ended, or will.
  var firstEnd: String {
    get async {
      await withCheckedContinuation { continuation in
        waiting.withLock { $0 = continuation }
        if let end = ends.withLock({ $0.first }) {
          waiting.withLock { $0.take() }?.resume(returning: end)
        }
      }
    }
  }
}

private func site(_ uploads: Uploads = Uploads()) -> TestSite {
  TestSite { routes in
    routes.post("/api/names") { request, _ in
      Response.json(try await request.form(NameForm.self).name)
    }
    routes.get("/api/names/{name}") { _, context in Response.json(try context.text("name")) }
    routes.get("/api/names") { request, _ in Response.json(try PageRequest(request).limit) }
    routes.post("/api/refused") { _, _ -> Response in throw Problem.forbidden }
    routes.post("/api/files") { request, context in
      context.extendTimeLimit(to: .seconds(3600))
      do {
        var count = 0
        _ = try await request.multipart { file in
          for try await chunk in file { count += chunk.readableBytes }
        }
        uploads.end("\(count) bytes")
        return Response.json(count)
      } catch {
        uploads.end("broken off")
        throw error
      }
    }
    routes.get("/api/large") { _, _ in
      Response(
        status: .ok,
        body: ResponseBody { writer in
          do {
            for _ in 0..<4096 {
              try await writer.write(ByteBuffer(repeating: 120, count: 65_536))
            }
            try await writer.finish(nil)
          } catch {
            uploads.end("not read")
            throw error
          }
        }
      )
    }
  }
}

private let host = "Host: localhost\r\nAuthorization: Bearer ada\r\n"
private let aliveRequest =
  "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

extension TestClientProtocol {
  fileprivate func raw() async throws -> RawConnection {
    try await RawConnection(port: try #require(port))
  }

  fileprivate func exchange(_ bytes: [UInt8]) async throws -> String {
    try await RawConnection.exchange(bytes, port: try #require(port))
  }

  fileprivate func exchange(_ text: String) async throws -> String {
    try await exchange(Array(text.utf8))
  }
}

@Suite("A client that is slow or goes away", .timeLimit(.minutes(10)))
struct SlowClientTests {
  // Fails without the idle time limit: all 2,000 bytes are taken.
  @Test func `who sends a head byte by byte is cut off, and others are served meanwhile`()
    async throws
  {
    var site = site()
    site.parts.settings.idleTimeLimit = .seconds(1)
    try await site.run(.live) { client in
      let slow = try await client.raw()
      try await slow.send("GET /health/live HTTP/1.1\r\nX-Slow: ")
      var sent = 0
      var served = 0
      while sent < 2000, try await !slow.isAnswered(within: 10) {
        do { try await slow.send("x") } catch { break }
        sent += 1
        let other = try await client.exchange(aliveRequest)
        served += other.hasPrefix("HTTP/1.1 200") ? 1 : 0
      }

      #expect(sent < 2000)
      #expect(served == sent)
      // Cut off without a word, as there is no request that could be answered.
      #expect(try await slow.receive() == "")
    }
  }

  // Fails without RequestDeadlines: the request is never answered.
  @Test func `who sends a body byte by byte is told at the deadline`() async throws {
    var site = site()
    site.parts.settings.requestTimeLimit = .seconds(1)
    try await site.run(.live) { client in
      let slow = try await client.raw()
      try await slow.send(
        "POST /api/names HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
          + "Content-Length: 100000\r\n\r\n"
      )
      var sent = 0
      while sent < 2000, try await !slow.isAnswered(within: 10) {
        do { try await slow.send(" ") } catch { break }
        sent += 1
        #expect(try await client.exchange(aliveRequest).hasPrefix("HTTP/1.1 200"))
      }

      #expect(sent < 2000)
      let answer = try await slow.receive()
      #expect(answer.hasPrefix("HTTP/1.1 503"))
      #expect(answer.contains("/problems/timeout"))
    }
  }

  // Fails without ConnectionPatience: all 2,000 bytes are taken.
  @Test func `who goes on with the body of a refused request byte by byte is cut off`()
    async throws
  {
    var site = site()
    site.parts.settings.idleTimeLimit = .seconds(1)
    try await site.run(.live) { client in
      let slow = try await client.raw()
      try await slow.send("POST /api/refused HTTP/1.1\r\n\(host)Content-Length: 100000\r\n\r\n")
      let answer = try await slow.receive { $0.contains("/problems/forbidden") }
      #expect(answer.hasPrefix("HTTP/1.1 403"))

      var sent = 0
      while sent < 2000, try await !slow.isAnswered(within: 10) {
        do { try await slow.send(" ") } catch { break }
        sent += 1
      }
      #expect(sent < 2000)
    }
  }

  @Test func `whose upload stands still is cut off, and the route learns of it`() async throws {
    let uploads = Uploads()
    var site = site(uploads)
    site.parts.settings.idleTimeLimit = .seconds(1)
    try await site.run(.live) { client in
      let slow = try await client.raw()
      try await slow.send(uploadStart)

      #expect(try await slow.receive() == "")
      #expect(await uploads.firstEnd == "broken off")
    }
  }

  @Test func `who goes away in the middle of an upload ends it`() async throws {
    let uploads = Uploads()
    try await site(uploads).run(.live) { client in
      var connection: RawConnection? = try await client.raw()
      try await connection?.send(uploadStart)
      connection = nil

      #expect(await uploads.firstEnd == "broken off")
    }
  }

  @Test func `who says after half a body that no more comes ends the request`() async throws {
    let uploads = Uploads()
    try await site(uploads).run(.live) { client in
      let connection = try await client.raw()
      try await connection.send(uploadStart)
      connection.finishSending()

      #expect(await uploads.firstEnd == "broken off")
      let answer = try await connection.receive()
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test func `who says after a whole request that no more comes gets the answer`() async throws {
    try await site().run(.live) { client in
      let connection = try await client.raw()
      try await connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
      connection.finishSending()

      let answer = try await connection.receive()
      #expect(answer.hasPrefix("HTTP/1.1 200"))
      #expect(answer.hasSuffix(#"{"status":"ok"}"#))
    }
  }

  // Fails without ConnectionPatience: the answer waits for its reader for ever.
  @Test func `who does not read the answer is cut off`() async throws {
    let uploads = Uploads()
    var site = site(uploads)
    site.parts.settings.idleTimeLimit = .seconds(1)
    try await site.run(.live) { client in
      let connection = try await client.raw()
      try await connection.send("GET /api/large HTTP/1.1\r\nHost: localhost\r\n\r\n")

      #expect(await uploads.firstEnd == "not read")
      #expect(try await client.exchange(aliveRequest).hasPrefix("HTTP/1.1 200"))
      _ = connection
    }
  }

  /// The head of an upload and the beginning of its file.
  private var uploadStart: String {
    "POST /api/files HTTP/1.1\r\n\(host)Content-Type: multipart/form-data; boundary=b\r\n"
      + "Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; "
      + "filename=\"f\"\r\n\r\nthe beginning"
  }
}

@Suite("A request that is too much")
struct OversizeTests {
  @Test(arguments: [
    ("one header of 40,000 bytes", "X-Long: \(String(repeating: "x", count: 40_000))\r\n"),
    (
      "headers of 40,000 bytes together",
      (0..<90).map { "X-\($0): \(String(repeating: "x", count: 440))\r\n" }.joined()
    ),
    ("101 headers", (0..<101).map { "X-\($0): x\r\n" }.joined()),
  ])
  func `is refused by its head`(what: String, headers: String) async throws {
    try await site().run(.live) { client in
      let answer = try await client.exchange(
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
      )

      #expect(answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 431"))
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test func `is refused by its address`() async throws {
    try await site().run(.live) { client in
      let answer = try await client.exchange(
        "GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n"
      )

      #expect(answer.hasPrefix("HTTP/1.1 4"))
    }
  }

  // Fails with a limit of 1 GiB: all 64 MiB are read.
  @Test func `is not read to its end when it has no length`() async throws {
    try await site().run(.live) { client in
      let connection = try await client.raw()
      try await connection.send(
        "POST /api/names HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n"
      )
      let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 32, count: 65_536) + [13, 10]
      var sentChunks = 0
      while sentChunks < 1024, try await !connection.isAnswered(within: 0) {
        do { try await connection.send(chunk) } catch { break }
        sentChunks += 1
      }

      #expect(sentChunks < 512)
      let answer = try await connection.receive { $0.contains("/problems/too-large") }
      #expect(answer.hasPrefix("HTTP/1.1 413"))
    }
  }

  @Test func `is not read at all when its length says so`() async throws {
    try await site().run(.live) { client in
      let answer = try await client.exchange(
        "POST /api/files HTTP/1.1\r\n\(host)Content-Type: multipart/form-data; boundary=b\r\n"
          + "Content-Length: 9000000000\r\n\r\n"
      )

      #expect(answer.hasPrefix("HTTP/1.1 413"))
      #expect(answer.lowercased().contains("connection: close"))
    }
  }
}

@Suite("A request that makes no sense")
struct MalformedRequestTests {
  /// Bytes that stand for `Z` in a request.
  static let wrongText: [[UInt8]] = [
    [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
  ]

  /// Replaces every `Z` of a request.
  private func bytes(_ request: String, _ wrong: [UInt8]) -> [UInt8] {
    Array(request.utf8.map { $0 == UInt8(ascii: "Z") ? wrong : [$0] }.joined())
  }

  @Test(arguments: wrongText)
  func `by bytes that are no text is refused, and never breaks the server`(wrong: [UInt8])
    async throws
  {
    let json = "Content-Type: application/json\r\nConnection: close\r\n"
    let form = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
    let length = 11 + wrong.count
    let escaped = wrong.map { "%" + String($0, radix: 16) }.joined()
    let requests = [
      ("GET /api/names/Z HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", [400, 404]),
      ("GET /api/names/\(escaped) HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", [404]),
      ("GET /api/names?limit=Z HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", [400, 422]),
      ("GET /api/names?limit=\(escaped) HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", [400]),
      ("GET /api/names HTTP/1.1\r\n\(host)Accept-Language: Z\r\nConnection: close\r\n\r\n", [200]),
      ("GET /api/names HTTP/1.1\r\n\(host)Cookie: theme=Z\r\nConnection: close\r\n\r\n", [200]),
      ("GET /api/names HTTP/1.1\r\n\(host)X-Request-ID: Z\r\nConnection: close\r\n\r\n", [200]),
      (
        "POST /api/names HTTP/1.1\r\n\(host)\(json)Content-Length: \(length)\r\n\r\n{\"name\":\"Z\"}",
        [400]
      ),
      (
        "POST /api/names HTTP/1.1\r\n\(host)\(form)Content-Length: \(length - 6)\r\n\r\nname=Z",
        [400]
      ),
    ]
    try await site().run(.live) { client in
      for (request, allowed) in requests {
        let answer = try await client.exchange(bytes(request, wrong))
        let status = Int(answer.dropFirst(9).prefix(3))

        #expect(status.map(allowed.contains) == true, "\(status ?? 0): \(request)")
      }
    }
  }

  @Test(arguments: [
    "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
    "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999999\r\n\r\n",
    "Content-Length: 3x\r\n\r\nabc", "Content-Length : 3\r\n\r\nabc",
    "X-Null: a\u{0}b\r\nContent-Length: 0\r\n\r\n", "no colon here\r\n\r\n",
  ])
  func `by how it is framed is refused and the connection closed`(rest: String) async throws {
    try await site().run(.live) { client in
      let connection = try await client.raw()
      try await connection.send(
        "POST /api/names HTTP/1.1\r\n\(host)Content-Type: application/json\r\n\(rest)"
      )

      let answer = try await connection.receive()
      #expect(answer.hasPrefix("HTTP/1.1 400"))
      #expect(answer.components(separatedBy: "HTTP/1.1").count == 2)
      #expect(try await client.exchange(aliveRequest).hasPrefix("HTTP/1.1 200"))
    }
  }
}

@Suite("A connection")
struct ConnectionTests {
  @Test func `answers pipelined requests in their order`() async throws {
    try await site().run(.live) { client in
      let body = #"{"name":"ada"}"#
      let answer = try await client.exchange(
        "GET /api/names/one HTTP/1.1\r\n\(host)\r\n"
          + "POST /api/names HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
          + "GET /api/nowhere HTTP/1.1\r\n\(host)\r\n"
          + "GET /api/names/four HTTP/1.1\r\n\(host)Connection: close\r\n\r\n"
      )

      let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
      #expect(statuses == ["200", "200", "404", "200"])
      let places = ["\"one\"", "\"ada\"", "not-found", "\"four\""].map { answer.range(of: $0) }
      #expect(places.allSatisfy { $0 != nil })
      #expect(places.compactMap { $0?.lowerBound } == places.compactMap { $0?.lowerBound }.sorted())
    }
  }

  @Test func `asks for the body that a client holds back`() async throws {
    try await site().run(.live) { client in
      let connection = try await client.raw()
      let body = #"{"name":"ada"}"#
      try await connection.send(
        "POST /api/names HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
          + "Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
      )

      let interim = try await connection.receive { $0.hasSuffix("\r\n\r\n") }
      #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
      try await connection.send(body)
      let answer = try await connection.receive()
      #expect(answer.hasPrefix("HTTP/1.1 200"))
      #expect(answer.hasSuffix("\"ada\""))
    }
  }

  // Fails without the closing in RequestPipeline: the next request is taken for the body held back.
  @Test func `does not ask for the body of a request that it refuses`() async throws {
    try await site().run(.live) { client in
      let answer = try await client.exchange(
        "POST /api/refused HTTP/1.1\r\n\(host)Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
      )

      #expect(answer.hasPrefix("HTTP/1.1 403"))
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test func `knows no other expectation`() async throws {
    try await site().run(.live) { client in
      let answer = try await client.exchange(
        "POST /api/names HTTP/1.1\r\n\(host)Content-Length: 5\r\nExpect: miracles\r\n\r\n"
      )

      #expect(answer.hasPrefix("HTTP/1.1 417"))
      #expect(answer.contains("/problems/expectation-failed"))
    }
  }
}
