import ArtelJobs
import ArtelTelemetry
import ArtelTesting
import Testing

@Suite("Metrics of jobs", .timeLimit(.minutes(10)))
struct MeterTests {
  private let telemetry = Telemetry()

  private func page() async -> String {
    String(decoding: await telemetry.metrics.exposition(), as: UTF8.self)
  }

  /// The samples of one kind, such as `failed 2`; those that are 0 left out.
  private func outcomes(of kind: String) async -> Set<String> {
    let lines = await page().split(separator: "\n")
    let start = "artel_jobs_total{kind=\"\(kind)\",outcome=\""
    return Set(
      lines.filter { $0.hasPrefix(start) && !$0.hasSuffix(" 0") }
        .map { String($0.dropFirst(start.count).replacing("\"}", with: "")) }
    )
  }

  @Test func `count attempts by how they ended, and their time`() async throws {
    let jobs = try await TestJobs.make()
    let handler = JobHandler(Errand.self) { job, _ in if job.name == "fail" { throw Broken() } }
    let node = jobs.node(telemetry: telemetry, handler, Mark.handler)
    try await jobs.enqueue(Mark())
    try await jobs.enqueue(Errand(name: "fail"))
    try await jobs.enqueue(Errand(name: "work"))

    for _ in 1...3 {
      try await node.drain()
      try await jobs.passTime()
    }

    #expect(await outcomes(of: Mark.kind) == ["finished 1"])
    #expect(await outcomes(of: Errand.kind) == ["finished 1", "failed 2", "dead 1"])
    #expect(await page().contains("artel_job_seconds_count{kind=\"\(Errand.kind)\"} 4\n"))
  }

  // Fails when an attempt is counted before it is known who ended it: seen two that failed.
  @Test func `tell what was called off and what was handed back from what failed`() async throws {
    let jobs = try await TestJobs.make()
    let started = Notes()
    let handler = JobHandler(Errand.self) { _, _ in
      started.add("started")
      try await Gate().pass()
    }
    let node = jobs.node(grace: .zero, telemetry: telemetry, handler)
    let running = Task { await node.run() }
    let id = try #require(try await jobs.enqueue(Errand()))
    try await jobs.enqueue(Errand())
    try await eventually("both have begun") { started.all.count == 2 }
    _ = try await JobQueue(in: jobs.db.database).cancel(id)
    try await eventually("one has ended") { try await jobs.count("cancelled") == 1 }

    running.cancel()
    await running.value

    #expect(await outcomes(of: Errand.kind) == ["cancelled 1", "handed_back 1"])
  }
}
