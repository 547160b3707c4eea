import ArtelJobs
import ArtelPostgres
import ArtelTelemetry
import ArtelTesting
import Foundation
import Logging
import Synchronization
import Testing

@Suite("Traces of jobs", .timeLimit(.minutes(10)))
struct TracingTests {
  private let telemetry = Telemetry()

  private func request() -> Span {
    telemetry.tracer.beginRequest("k3v9q0zt7f2a", parent: nil, start: 0)
  }

  // Fails without the present span in enqueue: seen another trace. Fails without a span around the
  // attempt: seen none.
  @Test func `the statements of a job belong to the trace of the request that enqueued it`()
    async throws
  {
    let jobs = try await TestJobs.make()
    let request = request()
    let seen = Mutex<[Span?]>([])
    let db = TestCluster.open(jobs.db.configuration) { record in
      if record.text.hasPrefix("insert into marks") { seen.withLock { $0.append(Span.current) } }
    }
    try await Span.$current.withValue(request) { _ = try await jobs.enqueue(Mark()) }

    let node = JobRunner(
      db: db,
      handlers: [Mark.handler],
      logger: TestJobs.logger,
      telemetry: telemetry
    )
    try await node.drain()
    await db.close()

    let span = try #require(seen.withLock { $0.first } ?? nil)
    #expect(span.identity.traceID == request.identity.traceID)
    #expect(span.identity.spanID != request.identity.spanID)
  }

  // Fails when the line is written after the span: seen without a trace.
  @Test func `the log line of a job that failed names its trace, at each attempt`() async throws {
    let jobs = try await TestJobs.make()
    let request = request()
    let lines = Mutex<[[String: String]]>([])
    let outlet = LogOutlet(telemetry) { line in
      let parsed = try? JSONDecoder().decode([String: String].self, from: line)
      lines.withLock { $0.append(parsed ?? [:]) }
    }
    let node = JobRunner(
      db: jobs.db.database,
      handlers: [JobHandler(Errand.self) { _, _ in throw Broken() }],
      logger: Logger(label: "test") { _ in JSONLogHandler(outlet) },
      telemetry: telemetry
    )
    try await Span.$current.withValue(request) { _ = try await jobs.enqueue(Errand()) }

    for _ in 1...3 {
      try await node.drain()
      try await jobs.passTime()
    }

    let failures = lines.withLock { $0.filter { $0["kind"] == Errand.kind } }
    #expect(failures.map { $0["level"] } == ["notice", "notice", "error"])
    #expect(failures.allSatisfy { $0["trace_id"] == request.identity.traceID })
    #expect(Set(failures.map { $0["span_id"] }).count == 3)
  }
}
