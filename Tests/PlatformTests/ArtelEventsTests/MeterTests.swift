import ArtelEvents
import ArtelTelemetry
import ArtelTesting
import Testing

@Suite("Metrics of events")
struct MeterTests {
  struct Torn: Error {}

  private let telemetry = Telemetry()

  private func page() async -> String {
    String(decoding: await telemetry.metrics.exposition(), as: UTF8.self)
  }

  @Test func `count what became of each event, and how long it took to take effect`() async throws {
    let office = try await PostOffice.make()
    var options = EventRelay.Options()
    options.retries.attempts = 2
    let reader = office.reader { letter in if letter.to == "ada" { throw Torn() } }
    let relay = office.relay(reader, options: options, telemetry: telemetry)
    try await office.send(
      LetterSent(to: "grace", number: 1),
      LetterSent(to: "ada", number: 2),
      LetterSent(to: "ada", number: 3)
    )
    try await office.source.write(
      "update events.outbox_entries set occurred_at = \(TestClock.testStart) - interval '90 s'"
    )

    try await relay.deliver()
    office.clock.advance(by: .seconds(5))
    try await relay.deliver()

    let page = await page()
    // Letter 2 was put aside and then parked, letter 3 put aside behind it.
    #expect(page.contains("artel_events_total{consumer=\"reader\",outcome=\"handled\"} 1\n"))
    #expect(page.contains("artel_events_total{consumer=\"reader\",outcome=\"deferred\"} 2\n"))
    #expect(page.contains("artel_events_total{consumer=\"reader\",outcome=\"parked\"} 1\n"))
    #expect(page.contains("artel_event_lag_seconds_sum{consumer=\"reader\"} 90\n"))
    #expect(page.contains("artel_event_lag_seconds_count{consumer=\"reader\"} 1\n"))
  }

  // Fails when an event is counted as its handler returns: seen 1.
  @Test func `count nothing of a batch that was rolled back`() async throws {
    let office = try await PostOffice.make()
    try await office.send(LetterSent(to: "ada", number: 1))
    let relay = office.relay(office.reader(), telemetry: telemetry) { step in
      if step == .eventHandled { withUnsafeCurrentTask { $0?.cancel() } }
    }

    await #expect(throws: CancellationError.self) {
      try await Task { try await relay.deliver() }.value
    }

    #expect(await page().contains("outcome=\"handled\"} 0\n"))
  }
}
