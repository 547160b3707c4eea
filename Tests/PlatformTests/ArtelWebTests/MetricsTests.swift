import ArtelConcurrency
import ArtelTelemetry
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ArtelWeb

private struct Unexpected: Error {}

@Suite("Metrics of the web")
struct MetricsTests {
  private func site(_ change: (inout MetricsAccess) -> Void = { _ in }) -> TestSite {
    var site = TestSite { routes in
      routes.get("/api/posts/{id}") { _, _ in Response.json("x") }
      routes.addEndless("/api/endless") { _, _ in Response.json("x") }
      routes.get("/api/fault") { _, _ -> Response in throw Unexpected() }
      routes.get("/api/often") { _, _ -> Response in
        throw Problem.tooManyRequests(retryAfter: .seconds(1))
      }
    }
    var access = MetricsAccess()
    change(&access)
    site.parts.metricsAccess = access
    return site
  }

  @Test func `count requests by the route's pattern and the class of the status`() async throws {
    try await site().run(.live) { client async throws in
      _ = try await client.execute(uri: "/api/posts/1", method: .get)
      _ = try await client.execute(uri: "/api/posts/2", method: .get)
      _ = try await client.execute(uri: "/api/fault", method: .get)
      _ = try await client.execute(uri: "/api/often", method: .get)
      _ = try await client.execute(uri: "/wp-login.php", method: .get)

      let page = try await client.execute(uri: "/metrics", method: .get)

      #expect(page.status == .ok)
      #expect(page.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      let requests = "artel_http_requests_total{method="
      let posts = "\"GET\",route=\"/api/posts/{id}\""
      #expect(page.text.contains("\(requests)\(posts),status=\"2xx\"} 2\n"))
      #expect(page.text.contains("\(requests)\(posts),status=\"5xx\"} 0\n"))
      #expect(
        page.text.contains("\(requests)\"GET\",route=\"/api/fault\",status=\"5xx\"} 1\n")
      )
      #expect(page.text.contains("\(requests)\"any\",route=\"none\",status=\"4xx\"} 1\n"))
      #expect(page.text.contains("artel_http_request_seconds_count{method=\(posts)} 2\n"))
      #expect(page.text.contains("artel_http_rate_limited_total 1\n"))
      #expect(page.text.contains("artel_http_requests_in_flight 1\n"))
      #expect(!page.text.contains("wp-login"))
    }
  }

  // Fails without the meter in `addUndocumented`: the request counts for the route `none`.
  @Test func `count requests for what does not end`() async throws {
    try await site().run(.live) { client async throws in
      _ = try await client.execute(uri: "/api/endless", method: .get)

      let page = try await client.execute(uri: "/metrics", method: .get)

      let route = "\"GET\",route=\"/api/endless\""
      #expect(page.text.contains("artel_http_request_seconds_count{method=\(route)} 1\n"))
    }
  }

  // Fails when every caller may read: the five that should be 404 are 200.
  @Test(arguments: [
    (MetricsCaller(), 200),
    (MetricsCaller(forwarded: "198.51.100.7"), 404),
    (MetricsCaller(proxies: "127.0.0.1", forwarded: "198.51.100.7"), 404),
    (MetricsCaller(proxies: "127.0.0.1", forwarded: "127.0.0.1"), 200),
    (MetricsCaller(from: "10.0.0.0/8"), 404),
    (MetricsCaller(from: "10.0.0.0/8", token: "a token of 16 or more"), 200),
    (MetricsCaller(from: "10.0.0.0/8", token: "a token of 16 or morf"), 404),
    (MetricsCaller(from: "10.0.0.0/8", token: ""), 404),
  ])
  func `are for callers at trusted addresses and for those with the token`(
    caller: MetricsCaller,
    status: Int
  ) async throws {
    var site = site { access in
      access.token = "a token of 16 or more"
      if let range = caller.from.flatMap(AddressRange.init) { access.addresses = [range] }
    }
    site.parts.settings.trustedProxies = [caller.proxies].compactMap { text in
      text.flatMap { AddressRange($0) }
    }
    var headers = HTTPFields()
    if let forwarded = caller.forwarded { headers[.known("x-forwarded-for")] = forwarded }
    if let token = caller.token { headers[.authorization] = "Bearer \(token)" }
    try await site.run(.live) { [headers] client async throws in
      let page = try await client.execute(uri: "/metrics", method: .get, headers: headers)

      #expect(page.status.code == status)
    }
  }

  @Test func `are served by no server that was not told to`() async throws {
    try await TestSite().run(.live) { client async throws in
      let page = try await client.execute(uri: "/metrics", method: .get)
      #expect(page.status == .notFound)
    }
  }

  // Fails when each request starts the check anew: 2 starts.
  @Test func `show which part is not ready, and do not wait for one that hangs`() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let (starts, starting) = AsyncStream.makeStream(of: Void.self)
    var site = TestSite()
    site.parts.healthChecks = [
      HealthCheck("fine") {},
      HealthCheck("broken") { throw Unexpected() },
      HealthCheck("stuck", timeLimit: .milliseconds(20)) {
        starting.yield()
        for await _ in gate.stream {}
      },
    ]
    try await site.run(.live) { client async throws in
      _ = try await client.execute(uri: "/health/ready", method: .get)
      let response = try await client.execute(uri: "/health/ready", method: .get)

      #expect(response.status == .serviceUnavailable)
      let json = try JSONSerialization.jsonObject(with: Data(response.text.utf8))
      let checks = try #require((json as? [String: Any])?["checks"] as? [[String: Any]])
      #expect(checks.map { $0["name"] as? String } == ["fine", "broken", "stuck"])
      #expect(checks.map { $0["status"] as? String } == ["ok", "failed", "timed_out"])
      let waited = try #require(checks[2]["ms"] as? Double)
      #expect(waited >= 20)
    }
    // On a busy machine the limit may be over before the check has begun.
    var count = 0
    for await _ in starts {
      count += 1
      gate.continuation.finish()
      starting.finish()
    }
    #expect(count == 1)
  }
}

/// How a test asks for metrics.
struct MetricsCaller: Sendable, CustomTestStringConvertible {
  var proxies: String?
  var from: String?
  var forwarded: String?
  var token: String?

  var testDescription: String {
    "proxies \(proxies ?? "none"), from \(from ?? "loopback"), forwarded \(forwarded ?? "not"), "
      + "token \(token ?? "none")"
  }
}
