import ArtelCache
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelOperations
import ArtelPostgres
import ArtelStorage
import ArtelTelemetry
import ArtelTesting
import Foundation
import Logging
import Testing

@Suite("Metrics of events, jobs, cache, files and threads")
struct ServiceMetricsTests {
  private struct Rained: Event {
    static let name = "gallery.rain.fell"
    static let version = 1
    var aggregate: String { "weather" }
  }

  private struct Sweep: Job {
    static let kind = "gallery.floors.sweep"
  }

  private let telemetry = Telemetry()

  private func page() async -> String {
    String(decoding: await telemetry.metrics.exposition(), as: UTF8.self)
  }

  /// The first page with a metric: what takes longer than a second is not on a page.
  private func page(with name: String) async throws -> String {
    var page = ""
    try await eventually("a page has \(name)") {
      page = await self.page()
      return page.contains("\n\(name)")
    }
    return page
  }

  @Test func `show how far a consumer is behind and what it put aside`() async throws {
    let context = try await TestDatabase.make(context: "gallery")
    let log = EventLog("gallery", in: context.database)
    let consumer = EventConsumer("garden", in: context.database)
      .on(Rained.self) { _, _ async throws in throw CocoaError(.featureUnsupported) }
    let relay = EventRelay(
      logs: [log],
      consumers: [consumer],
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    EventMetrics().register(EventOverview([log]), in: telemetry.metrics)
    for _ in 1...2 { try await context.database.transaction { try await $0.publish(Rained()) } }
    try await relay.deliver()
    for _ in 1...3 { try await context.database.transaction { try await $0.publish(Rained()) } }
    try await context.write(
      "update events.outbox_entries set occurred_at = occurred_at - interval '1 hour'"
    )

    let page = try await page(with: "artel_events_unread")

    let labels = "consumer=\"garden\",source=\"gallery\""
    #expect(page.contains("artel_events_unread{\(labels)} 3\n"))
    #expect(page.contains("artel_events_oldest_unread_seconds{\(labels)} 36"))
    #expect(page.contains("artel_events_deferred{\(labels),state=\"waiting\"} 1\n"))
    #expect(page.contains("artel_events_deferred{\(labels),state=\"queued\"} 1\n"))
    #expect(page.contains("artel_events_deferred{\(labels),state=\"parked\"} 0\n"))
  }

  @Test func `show which jobs wait and for how long`() async throws {
    let context = try await TestDatabase.make(context: "gallery")
    JobMetrics().register([JobQueue(in: context.database)], in: telemetry.metrics)
    try await context.database.transaction { tx async throws in
      try await tx.enqueue(contentsOf: [Sweep(), Sweep()])
    }
    try await context.write("update jobs.jobs set run_at = run_at - interval '1 hour'")

    let page = try await page(with: "artel_jobs_open")

    let kind = "kind=\"gallery.floors.sweep\""
    #expect(page.contains("artel_jobs_open{\(kind),state=\"queued\"} 2\n"))
    #expect(page.contains("artel_jobs_open{\(kind),state=\"dead\"} 0\n"))
    #expect(page.contains("artel_jobs_oldest_due_seconds{\(kind)} 36"))
  }

  // Fails when one read for all throws the others away: seen a page without jobs.
  @Test func `a database that does not answer takes nothing else off the page`() async throws {
    let context = try await TestDatabase.make(context: "gallery")
    let closed = TestCluster.open(context.configuration)
    await closed.close()
    JobMetrics().register(
      [JobQueue(in: closed), JobQueue(in: context.database)],
      in: telemetry.metrics
    )
    try await context.database.transaction { tx async throws in _ = try await tx.enqueue(Sweep()) }

    let page = try await page(with: "artel_jobs_open")

    #expect(page.contains("artel_jobs_open{kind=\"gallery.floors.sweep\",state=\"queued\"} 1\n"))
  }

  @Test func `show how a cache is used`() async throws {
    let cache = Cache(limitBytes: 1 << 20)
    let names = CacheNamespace<Int, String>("names", lifetime: .seconds(3600))
    CacheMetrics().register(cache, in: telemetry.metrics)
    for id in [1, 1, 2] { _ = try await cache.value(of: id, in: names) { "\(id)" } }
    cache.invalidate(names.key(1))

    let page = await page()

    for (name, count) in ["hits": 1, "misses": 2, "loads": 2, "invalidations": 1, "evictions": 0] {
      #expect(page.contains("artel_cache_\(name)_total{namespace=\"names\"} \(count)\n"), "\(name)")
    }
    #expect(page.contains("artel_cache_entries 1\n"))
    #expect(page.contains("artel_cache_limit_bytes 1048576\n"))
  }

  @Test func `show what the last check of the files found`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pool = BlockingPool(name: "metrics-test", threads: 1)
    defer { pool.stop() }
    let blobs = BlobStore(directory: folder, pool: pool)
    StorageMetrics().register(blobs, in: telemetry.metrics)
    #expect(await !page().contains("\nartel_storage_files "))

    _ = try await blobs.check(against: [])

    let page = try await page(with: "artel_storage_files")
    #expect(page.contains("artel_storage_files 0\n"))
    #expect(page.contains("artel_storage_faulty_files{fault=\"damaged\"} 0\n"))
    try await blobs.close()
  }

  // Fails when each pool is a series of its own: Prometheus refuses a page on which one comes twice.
  @Test func `show pools of one name as one`() async throws {
    let pools = (0..<3).map { BlockingPool(name: $0 < 2 ? "ponds" : "lake", threads: 1) }
    defer { for pool in pools { pool.stop() } }
    MachineMetrics().register(pools, in: telemetry.metrics)

    let lines = await page().split(separator: "\n").filter { $0.hasPrefix("artel_pool_") }

    #expect(
      lines == [
        "artel_pool_busy_threads{pool=\"lake\"} 0", "artel_pool_busy_threads{pool=\"ponds\"} 0",
        "artel_pool_waiting{pool=\"lake\"} 0", "artel_pool_waiting{pool=\"ponds\"} 0",
      ]
    )
  }
}
