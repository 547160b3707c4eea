import ArtelConcurrency
import ArtelTelemetry
import ArtelTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import ArtelWeb

@Suite("The server")
struct ServerTests {
  private struct Broken: Error {}

  @Test(arguments: Mode.allCases)
  func `is alive`(mode: Mode) async throws {
    try await TestSite().run(mode) { client in
      let response = try await client.execute(uri: "/health/live", method: .get)

      #expect(response.text == #"{"status":"ok"}"#)
    }
  }

  @Test func `is ready when every check passes`() async throws {
    var site = TestSite()
    site.parts.healthChecks = [HealthCheck("database") {}, HealthCheck("disk") {}]
    try await site.run(.router) { client in
      let response = try await client.execute(uri: "/health/ready", method: .get)

      #expect(response.status == .ok)
      #expect(response.json("status") == "ok")
    }
  }

  @Test func `is not ready when a check fails or hangs`() async throws {
    var site = TestSite()
    site.parts.healthChecks = [
      HealthCheck("good") {},
      HealthCheck("bad") { throw Broken() },
      HealthCheck("hangs", timeLimit: .milliseconds(1)) {
        // Does not react to being canceled.
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      },
    ]
    try await site.run(.router) { client in
      let response = try await client.execute(uri: "/health/ready", method: .get)

      #expect(response.status == .serviceUnavailable)
      #expect(
        response.text.replacing(#/,"ms":[\d.]+/#, with: "")
          == #"{"status":"failed","checks":[{"name":"good","status":"ok"},"#
          + #"{"name":"bad","status":"failed"},{"name":"hangs","status":"timed_out"}]}"#
      )
    }
  }

  @Test(arguments: Mode.allCases)
  func `ends a request that takes too long`(mode: Mode) async throws {
    var site = TestSite { routes in
      routes.get("/api/slow") { _, _ in
        try await Task.sleep(for: .seconds(3600))
        return Response.noContent
      }
      routes.get("/api/extended") { _, context in
        context.extendTimeLimit(to: .seconds(3600))
        try await Task.sleep(for: .milliseconds(2500))
        return Response.json("done")
      }
    }
    // Long enough for a busy machine to come to the extension.
    site.parts.settings.requestTimeLimit = .seconds(1)
    try await site.run(mode) { client in
      let extended = try await client.execute(uri: "/api/extended", method: .get)
      #expect(extended.text == "\"done\"")

      let slow = try await client.execute(uri: "/api/slow", method: .get)
      #expect(slow.status == .serviceUnavailable)
      #expect(slow.json("type") == "/problems/timeout")
    }
  }

  @Test(arguments: Mode.allCases)
  func `logs every request by its route`(mode: Mode) async throws {
    let pipe = Pipe()
    let log = AccessLog(
      descriptor: pipe.fileHandleForWriting.fileDescriptor,
      pool: BlockingPool(name: "test", threads: 1)
    )
    var site = TestSite { routes in
      routes.get("/api/posts/{id}") { _, _ in Response.json("x") }
    }
    site.parts.accessLog = log
    try await site.run(mode) { client in
      _ = try await client.execute(
        uri: "/api/posts/secret?token=secret",
        method: .get,
        headers: [.authorization: "Bearer ada"]
      )
    }
    await log.flush()
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    let line = try #require(text.split(separator: "\n").first { $0.contains("/api/posts/{id}") })

    #expect(line.contains(#""method":"GET","route":"/api/posts/{id}","status":200,"bytes":3"#))
    #expect(line.contains(#","member_id":"\#(TestSite.ada.memberID)"}"#))
    #expect(line.contains(#""request_id":""#) && line.contains(#""trace_id":""#))
    #expect(!text.contains("secret"))
    #expect(!text.contains(#""ada"#))
  }

  private static func entry(_ route: String = "/") throws -> AccessLog.Entry {
    AccessLog.Entry(
      date: Date(timeIntervalSince1970: 0),
      method: "GET",
      route: route,
      status: 200,
      bodyBytes: nil,
      nanoseconds: 1_500_000,
      requestID: "r",
      trace: try #require(TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    )
  }

  // Fails when a flush returns while another one writes: the second line is missing.
  @Test func `has written the last line when the last flush returns`() async throws {
    let pipe = Pipe()
    let pool = BlockingPool(name: "test", threads: 1)
    let log = AccessLog(descriptor: pipe.fileHandleForWriting.fileDescriptor, pool: pool)
    let disk = DispatchSemaphore(value: 0)
    let held = Task { try await pool.run { disk.wait() } }
    log.record(try Self.entry("/first"))
    let earlier = Task { await log.flush() }
    try await eventually("a flush waits for the disk") { pool.activity.waiting == 1 }
    log.record(try Self.entry("/last"))

    // Later than a flush would return that does not wait.
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) { disk.signal() }
    await log.flush()

    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(text.contains("/first") && text.contains("/last"))
    try await held.value
    await earlier.value
  }

  @Test func `counts log lines it had to drop`() async throws {
    let pipe = Pipe()
    let log = AccessLog(
      descriptor: pipe.fileHandleForWriting.fileDescriptor,
      bufferBytes: 400,
      pool: BlockingPool(name: "test", threads: 1)
    )
    for _ in 0..<5 { log.record(try Self.entry()) }

    await log.flush()

    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    #expect(text.split(separator: "\n").count == 3)
    #expect(text.hasPrefix(#"{"dropped":3}"#))
    #expect(text.contains(#""ms":1.5,"#))
  }

  @Test func `refuses a request head that is too large`() async throws {
    try await TestSite().run(.live) { client in
      let response = try await client.execute(
        uri: "/health/live",
        method: .get,
        headers: [.userAgent: String(repeating: "x", count: 40_000)]
      )

      #expect(response.status.code == 400 || response.status.code == 431)
    }
  }

  @Test func `closes a connection that never finishes its request head`() async throws {
    var site = TestSite()
    site.parts.settings.idleTimeLimit = .milliseconds(100)
    try await site.run(.live) { client in
      let port = try #require(client.port)
      let answer = try await RawConnection.exchange(
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-",
        port: port
      )

      #expect(answer.isEmpty)
    }
  }

  @Test func `answers malformed HTTP and closes`() async throws {
    try await TestSite().run(.live) { client in
      let port = try #require(client.port)
      let answer = try await RawConnection.exchange("NONSENSE\r\n\r\n", port: port)

      #expect(answer.hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test func `closes the connection of a refused upload instead of reading all of it`() async throws
  {
    let site = TestSite { routes in
      routes.post("/api/names") { _, _ -> Response in throw Problem.forbidden }
    }
    try await site.run(.live) { client in
      let port = try #require(client.port)
      let answer = try await RawConnection.exchange(
        "POST /api/names HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\nx",
        port: port
      )

      #expect(answer.hasPrefix("HTTP/1.1 403"))
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test func `reports the port it listens on`() async throws {
    let port = Mutex(0)
    var parts = WebServer.Parts()
    parts.settings.port = 0
    let server = WebServer(parts: parts, apps: []) { number in port.withLock { $0 = number } }
    try await server.application().test(.live) { client in
      #expect(port.withLock { $0 } == client.port)
    }
  }
}
