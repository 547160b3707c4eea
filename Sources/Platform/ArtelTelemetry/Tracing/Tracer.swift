import ArtelConcurrency
import Synchronization

/// Begins and ends spans, and decides which are recorded.
///
/// Who sends a trace decides for all of it; of traces that begin here a share is recorded, by their
/// ids, so that all processes of one trace decide alike.
public final class Tracer: Sendable {
  private let ids = TraceIDSource()
  /// Traces whose id's second half is below it are recorded.
  private let threshold: UInt64
  private let record: (@Sendable (FinishedSpan) -> Void)?

  /// Makes a tracer that records nothing: spans tie log lines together all the same.
  public convenience init() {
    self.init(sampling: 0, record: nil)
  }

  init(sampling: Double, record: (@Sendable (FinishedSpan) -> Void)?) {
    threshold = sampling >= 1 ? .max : UInt64(max(0, sampling) * 0x1p64)
    self.record = record
  }

  /// Begins the span of a request.
  ///
  /// - Parameters:
  ///   - requestID: Goes into its log lines.
  ///   - parent: What a trusted caller sent; nil begins a trace.
  ///   - start: When the request came, by `MonotonicTime`.
  /// - Returns: A span to be ended with ``end(_:)``.
  public func beginRequest(_ requestID: String, parent: TraceParent?, start: UInt64) -> Span {
    begin("", .server, parent: parent, requestID: requestID, start: start)
  }

  /// Ends a span; recorded ones go to the exporter.
  public func end(_ span: Span) {
    guard span.isRecorded, let record else { return }
    record(span.finished(at: MonotonicTime.nanoseconds()))
  }

  /// Runs `body` in a span of its own, which the log lines and statements in it belong to.
  ///
  /// - Parameters:
  ///   - name: What is done, such as `gallery make_thumbnails`; few different ones.
  ///   - kind: What kind of work it is.
  ///   - traceparent: What ``TraceParent`` wrote when the work was put down; anything malformed, or
  ///     nil, continues the present span, or begins a trace.
  ///   - body: The work.
  /// - Returns: What `body` returns.
  nonisolated(nonsending) public func span<Result>(
    _ name: String,
    _ kind: Span.Kind,
    following traceparent: String? = nil,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    let current = Span.current
    let parent = traceparent.flatMap(TraceParent.init) ?? current?.identity
    let span = begin(
      name,
      kind,
      parent: parent,
      requestID: current?.requestID,
      start: MonotonicTime.nanoseconds()
    )
    span.member = current?.member
    defer { end(span) }
    do {
      return try await Span.$current.withValue(span) { try await body() }
    } catch {
      span.fail("\(type(of: error))")
      throw error
    }
  }

  /// Records a call that has ended just now as a step of the present span; nothing when that is not
  /// recorded.
  ///
  /// - Parameters:
  ///   - duration: How long it took, in nanoseconds.
  ///   - errorType: Why it failed; nil when it did not.
  ///   - name: Made only when it is recorded.
  ///   - attributes: Made only when it is recorded.
  public func recordCall(
    duration: UInt64,
    errorType: String?,
    name: @autoclosure () -> String,
    attributes: @autoclosure () -> [(key: String, value: Span.Value)]
  ) {
    guard let record, let current = Span.current, current.isRecorded else { return }
    let end = MonotonicTime.nanoseconds()
    let failure: [(key: String, value: Span.Value)] =
      errorType.map { [("error.type", .text($0))] } ?? []
    record(
      FinishedSpan(
        identity: TraceParent(
          trace: current.identity.trace,
          span: ids.next(),
          isSampled: true
        ),
        parent: current.identity.span,
        name: name(),
        kind: .client,
        start: end - min(end, duration),
        end: end,
        attributes: attributes() + failure,
        hasFailed: errorType != nil
      )
    )
  }

  private func begin(
    _ name: String,
    _ kind: Span.Kind,
    parent: TraceParent?,
    requestID: String?,
    start: UInt64
  ) -> Span {
    let trace = parent?.trace ?? (high: ids.next(), low: ids.next())
    let isSampled = parent?.isSampled ?? (trace.low < threshold)
    return Span(
      TraceParent(trace: trace, span: ids.next(), isSampled: isSampled),
      parent: parent?.span ?? 0,
      kind: kind,
      name: name,
      requestID: requestID,
      isRecorded: isSampled && record != nil,
      start: start
    )
  }
}

/// Makes ids: a random start for each process, then counted and mixed.
///
/// Drawing random bits for each request would cost a system call; ids need to be distinct and
/// evenly spread, not secret. Source of the mixing: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators" (SplitMix64).
final class TraceIDSource: Sendable {
  private let state = Atomic(UInt64.random(in: 0...UInt64.max))

  /// A number that is not 0.
  func next() -> UInt64 {
    while true {
      var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
      if mixed != 0 { return mixed }
    }
  }
}
