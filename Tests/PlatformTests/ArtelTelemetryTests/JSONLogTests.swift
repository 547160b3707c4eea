import ArtelIdentifiers
import Foundation
import Logging
import Synchronization
import Testing

@testable import ArtelTelemetry

private struct Refused: ReportableError {
  var report: String { "server 23505" }
}

@Suite("A line of the log")
struct JSONLogTests {
  private final class Lines: Sendable {
    let all = Mutex<[[String: String]]>([])

    func add(_ line: Data) {
      let parsed = try? JSONDecoder().decode([String: String].self, from: line)
      all.withLock { $0.append(parsed ?? [:]) }
    }
  }

  private let lines = Lines()
  private let telemetry = Telemetry()

  private var logger: Logger {
    let outlet = LogOutlet(telemetry) { [lines] in lines.add($0) }
    return Logger(label: "test") { _ in JSONLogHandler(outlet) }
  }

  @Test func `says which request, trace and member it belongs to`() throws {
    let parent = try #require(
      TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
    )
    let span = telemetry.tracer.beginRequest("k3v9q0zt7f2a", parent: parent, start: 0)
    let member = Identifier<AccountsMember>.generate()
    span.member = member

    Span.$current.withValue(span) { logger.info("Hello \"you\"", metadata: ["a": "1"]) }

    let line = try #require(lines.all.withLock { $0.first })
    #expect(line["message"] == "Hello \"you\"")
    #expect(line["level"] == "info")
    #expect(line["a"] == "1")
    #expect(line["trace_id"] == "0af7651916cd43dd8448eb211c80319c")
    #expect(line["span_id"] == span.identity.spanID)
    #expect(line["request_id"] == "k3v9q0zt7f2a")
    #expect(line["member_id"] == member.description)
  }

  @Test func `outside of any work names none`() throws {
    logger.info("Hello")

    let line = try #require(lines.all.withLock { $0.first })
    #expect(Set(line.keys) == ["time", "level", "message", "source"])
  }

  @Test func `is counted when it is a warning or an error`() async {
    logger.info("a")
    logger.warning("b")
    logger.error("c")
    logger.critical("d")

    let page = String(decoding: await telemetry.metrics.exposition(), as: UTF8.self)
    #expect(page.contains("artel_log_messages_total{level=\"warning\"} 1\n"))
    #expect(page.contains("artel_log_messages_total{level=\"error\"} 2\n"))
  }

  @Test func `becomes a fault without anything that may hold values`() throws {
    var message = LogEvent(
      level: .error,
      message: "A request failed.",
      error: Refused(),
      metadata: nil,
      source: "ArtelWeb",
      file: "f",
      function: "f",
      line: 1
    )
    message.metadata = nil
    let fault = Fault(
      message,
      [
        "error": "secret", "method": "POST", "route": "/api/posts", "request_id": "r1",
        "token": "secret", "error_type": "Refused",
      ],
      nil,
      origin: .init(release: "artel@1", server: "host"),
      id: String(repeating: "a", count: 32),
      date: Date(timeIntervalSince1970: 1)
    )
    let text = String(decoding: try #require(fault.envelope()), as: UTF8.self)
    let parts = text.split(separator: "\n")

    #expect(parts.count == 3)
    #expect(parts[1].contains("\"length\":\(parts[2].utf8.count)"))
    #expect(!text.contains("secret"))
    #expect(text.contains("\"value\":\"A request failed. server 23505\""))
    #expect(text.contains("\"type\":\"Refused\""))
    #expect(text.contains("\"transaction\":\"POST /api/posts\""))
    #expect(text.contains("\"request_id\":\"r1\""))
    #expect(text.contains("\"event_id\":\"aaaa"))
    #expect(text.contains("\"server_name\":\"host\""))
  }

  @Test(
    arguments: [
      ("https://abc@sentry.example.org/12", "https://sentry.example.org/api/12/envelope/"),
      ("http://abc@127.0.0.1:8000/1", "http://127.0.0.1:8000/api/1/envelope/"),
      ("https://abc@example.org/a/b/3", "https://example.org/a/b/api/3/envelope/"),
      ("ftp://abc@example.org/3", nil), ("https://example.org/3", nil),
      ("https://@example.org/3", nil), ("https://abc@example.org/x", nil),
      ("https://abc@example.org", nil), ("", nil), ("https://a\r\nb@example.org/3", nil),
    ] as [(String, String?)]
  )
  func `goes where the DSN says`(dsn: String, envelopes: String?) {
    #expect(SentryAddress(dsn)?.envelopes == envelopes)
    #expect(SentryAddress(dsn).map(\.key) == envelopes.map { _ in "abc" })
  }
}
