import ArtelConcurrency
import ArtelTesting
import Synchronization
import Testing

@testable import ArtelTelemetry

@Suite("The page of metrics")
struct MetricRegistryTests {
  private let registry = MetricRegistry()

  private func page() async -> String {
    String(decoding: await registry.exposition(), as: UTF8.self)
  }

  @Test func `shows what was counted, with help and type`() async {
    let family = MetricFamily(.counter, "artel_x_total", help: "What\nx is.", labels: ["kind"])
    let counter = registry.counter(family, "a \"b\" \\ c")
    counter.add()
    counter.add(2)
    counter.add(-5)

    #expect(
      await page() == """
        # HELP artel_x_total What\\nx is.
        # TYPE artel_x_total counter
        artel_x_total{kind="a \\"b\\" \\\\ c"} 3

        """
    )
  }

  @Test func `shows how often durations fell into which range, counted up`() async {
    let family = MetricFamily(.histogram, "artel_t_seconds", help: "Time.", labels: ["route"])
    let histogram = registry.histogram(family, bounds: [0.001, 0.01, 1], "/")
    histogram.observe(.microseconds(500))
    histogram.observe(.milliseconds(1))
    histogram.observe(.milliseconds(5))
    histogram.observe(.seconds(4))
    histogram.observe(.seconds(-1))

    #expect(
      await page() == """
        # HELP artel_t_seconds Time.
        # TYPE artel_t_seconds histogram
        artel_t_seconds_bucket{route="/",le="0.001"} 3
        artel_t_seconds_bucket{route="/",le="0.01"} 4
        artel_t_seconds_bucket{route="/",le="1"} 4
        artel_t_seconds_bucket{route="/",le="+Inf"} 5
        artel_t_seconds_sum{route="/"} 4.0065
        artel_t_seconds_count{route="/"} 5

        """
    )
  }

  @Test func `has what is collected when somebody looks, also a name without values`() async {
    let open = MetricFamily(.gauge, "artel_open", help: "Open.", labels: ["part"])
    let never = MetricFamily(.gauge, "artel_never", help: "Never.")
    registry.collect([open, never]) { samples in
      samples.add(open, 3, "b")
      samples.add(open, 0.5, "a")
    }

    #expect(
      await page() == """
        # HELP artel_never Never.
        # TYPE artel_never gauge
        # HELP artel_open Open.
        # TYPE artel_open gauge
        artel_open{part="b"} 3
        artel_open{part="a"} 0.5

        """
    )
  }

  @Test func `counts in the same place for the same labels`() {
    let family = MetricFamily(.counter, "artel_x_total", help: "X.", labels: ["kind"])

    #expect(registry.counter(family, "a") === registry.counter(family, "a"))
    #expect(registry.counter(family, "a") !== registry.counter(family, "b"))
  }

  @Test func `loses nothing that many threads count at once`() async {
    let counter = registry.counter(MetricFamily(.counter, "artel_x_total", help: "X."))
    let histogram = registry.histogram(
      MetricFamily(.histogram, "artel_t_seconds", help: "T.")
    )
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            counter.add()
            histogram.observe(.milliseconds(3))
          }
        }
      }
    }

    #expect(counter.value == 8000)
    #expect(histogram.count == 8000)
    #expect(abs(histogram.sum - 24) < 0.001)
  }

  // Fails when each page starts the collector anew: it was started 3 times.
  @Test func `does without a collector that hangs, and starts it once`() async {
    let gate = AsyncStream.makeStream(of: Void.self)
    let starts = Atomic(0)
    let stuck = MetricFamily(.gauge, "artel_stuck", help: "Stuck.")
    let fine = MetricFamily(.gauge, "artel_fine", help: "Fine.")
    registry.collect([stuck]) { _ in
      starts.add(1, ordering: .relaxed)
      for await _ in gate.stream {}
    }
    registry.collect([fine]) { $0.add(fine, 1) }

    async let first = page()
    async let second = page()
    async let third = page()
    let pages = await [first, second, third]

    #expect(pages.allSatisfy { $0.contains("\nartel_fine 1\n") || $0.contains("artel_fine 1\n") })
    #expect(pages.allSatisfy { !$0.contains("\nartel_stuck 1") })
    #expect(starts.load(ordering: .relaxed) == 1)
    gate.continuation.finish()
  }

  @Test func `knows this process`() async throws {
    ProcessMetrics().register(in: registry, pool: BlockingPool(name: "test", threads: 1))

    // A page does without what takes longer than a second.
    var page = ""
    try await eventually("the page has it") {
      page = await self.page()
      return page.contains("\nprocess_resident_memory_bytes ")
    }
    let values = Dictionary(
      uniqueKeysWithValues: page.split(separator: "\n").filter { !$0.hasPrefix("#") }
        .map { line in
          let parts = line.split(separator: " ")
          return (String(parts[0]), Double(parts[1]) ?? -1)
        }
    )

    #expect((values["process_resident_memory_bytes"] ?? 0) > 1_000_000)
    #expect((values["process_threads"] ?? 0) >= 1)
    #expect((values["process_open_fds"] ?? 0) >= 3)
    #expect((values["process_max_fds"] ?? 0) >= (values["process_open_fds"] ?? 0))
    #expect((values["process_start_time_seconds"] ?? 0) > 1_600_000_000)
    #expect(values["process_cpu_seconds_total"] ?? -1 >= 0)
  }
}
