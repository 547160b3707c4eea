import ArtelConcurrency
import ArtelTesting
import Synchronization
import Testing

@testable import ArtelTelemetry

/// Keeps spans.
private final class Spans: Sendable {
  private let spans = Mutex<[FinishedSpan]>([])

  var all: [FinishedSpan] { spans.withLock { $0 } }

  func tracer(sampling: Double) -> Tracer {
    Tracer(sampling: sampling) { span in self.spans.withLock { $0.append(span) } }
  }
}

private struct Broken: Error {}

@Suite("Tracing")
struct TracerTests {
  private let spans = Spans()
  private let foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  private func request(_ tracer: Tracer, _ parent: String? = nil) -> Span {
    tracer.beginRequest("r", parent: parent.flatMap(TraceParent.init), start: 1)
  }

  @Test func `continues the trace of a caller, whose word on recording counts`() {
    let tracer = spans.tracer(sampling: 0)
    let span = request(tracer, foreign)
    tracer.end(span)
    let silent = spans.tracer(sampling: 1)
    silent.end(request(silent, foreign.dropLast() + "0"))

    #expect(span.identity.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(span.identity.spanID != "b7ad6b7169203331")
    #expect(spans.all.count == 1)
    #expect(spans.all.first?.parent == 0xb7ad_6b71_6920_3331)
  }

  @Test(arguments: [(0.0, 0...0), (0.25, 2300...2700), (1.0, 10_000...10_000)])
  func `records the share of new traces that was asked for`(
    sampling: Double,
    expected: ClosedRange<Int>
  ) {
    let tracer = spans.tracer(sampling: sampling)

    for _ in 0..<10_000 { tracer.end(request(tracer)) }

    #expect(expected.contains(spans.all.count))
  }

  @Test func `gives every span an id of its own`() {
    let tracer = spans.tracer(sampling: 1)
    for _ in 0..<10_000 { tracer.end(request(tracer)) }

    #expect(Set(spans.all.map(\.identity)).count == 10_000)
    #expect(Set(spans.all.map(\.identity.traceID)).count == 10_000)
  }

  @Test func `makes work of another day part of the trace that caused it`() async throws {
    let tracer = spans.tracer(sampling: 0)

    await tracer.span("gallery job", .consumer, following: foreign) {
      await tracer.span("step", .within) {}
    }

    let (step, job) = (try #require(spans.all.first), try #require(spans.all.last))
    #expect(job.name == "gallery job")
    #expect(job.identity.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(step.parent == job.identity.span)
    #expect(step.identity.traceID == job.identity.traceID)
  }

  @Test(arguments: [nil, "", "00-0-0-0"] as [String?])
  func `begins a trace when what was stored is malformed`(text: String?) async throws {
    let tracer = spans.tracer(sampling: 1)

    await tracer.span("job", .consumer, following: text) {}

    #expect(spans.all.map(\.parent) == [0])
  }

  @Test func `notes what failed, and lets it fail`() async throws {
    let tracer = spans.tracer(sampling: 1)

    await #expect(throws: Broken.self) {
      try await tracer.span("job", .consumer) { throw Broken() }
    }

    let span = try #require(spans.all.first)
    #expect(span.hasFailed)
    #expect(span.attributes.contains { $0.key == "error.type" && $0.value == .text("Broken") })
  }

  @Test func `records calls as steps of the present span, without making texts for others`() async {
    let tracer = spans.tracer(sampling: 0)
    func name() -> String {
      Issue.record("The name was made for a span that is not recorded.")
      return ""
    }
    tracer.recordCall(duration: 5, errorType: nil, name: name(), attributes: [])
    await tracer.span("silent", .server) {
      tracer.recordCall(duration: 5, errorType: nil, name: name(), attributes: [])
    }
    await tracer.span("loud", .server, following: foreign) {
      tracer.recordCall(
        duration: 5000,
        errorType: "23505",
        name: "insert",
        attributes: [("db.namespace", .text("gallery"))]
      )
    }

    let call = spans.all[0]
    #expect(spans.all.map(\.name) == ["insert", "loud"])
    #expect(call.parent == spans.all[1].identity.span)
    #expect(call.end - call.start == 5000)
    #expect(call.hasFailed)
  }
}
