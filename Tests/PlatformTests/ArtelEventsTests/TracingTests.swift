import ArtelEvents
import ArtelTelemetry
import ArtelTesting
import Foundation
import Logging
import Synchronization
import Testing

@Suite("Traces of events")
struct TracingTests {
  struct Torn: Error {}

  private let telemetry = Telemetry()

  private func request() -> Span {
    telemetry.tracer.beginRequest("k3v9q0zt7f2a", parent: nil, start: 0)
  }

  // Fails without the present span in publish: seen another trace. Fails without a span around the
  // handler: seen none.
  @Test func `what handles an event belongs to the trace of the request that published it`()
    async throws
  {
    let office = try await PostOffice.make()
    let request = request()
    let seen = Mutex<[TraceParent?]>([])
    let reader = office.reader { _ in seen.withLock { $0.append(Span.current?.identity) } }
    try await Span.$current.withValue(request) {
      try await office.send(LetterSent(to: "ada", number: 1))
    }

    try await office.relay(reader, telemetry: telemetry).deliver()

    let handled = try #require(seen.withLock { $0.first } ?? nil)
    #expect(handled.traceID == request.identity.traceID)
    #expect(handled.spanID != request.identity.spanID)
  }

  // Fails when the line is written after the span: seen without a trace.
  @Test func `the log line of an event that failed names its trace, at each attempt`() async throws
  {
    let office = try await PostOffice.make()
    let request = request()
    let lines = Mutex<[[String: String]]>([])
    let outlet = LogOutlet(telemetry) { line in
      let parsed = try? JSONDecoder().decode([String: String].self, from: line)
      lines.withLock { $0.append(parsed ?? [:]) }
    }
    let relay = office.relay(
      office.reader { _ in throw Torn() },
      logger: Logger(label: "test") { _ in JSONLogHandler(outlet) },
      telemetry: telemetry
    )
    try await Span.$current.withValue(request) {
      try await office.send(LetterSent(to: "ada", number: 1))
    }

    for _ in 1...2 {
      try await relay.deliver()
      office.clock.advance(by: .seconds(2))
    }

    let failures = lines.withLock { $0.filter { $0["message"] == "An event failed" } }
    #expect(
      failures.map { $0["trace_id"] } == [request.identity.traceID, request.identity.traceID]
    )
    #expect(Set(failures.map { $0["span_id"] }).count == 2)
  }
}
