public import ArtelIdentifiers
import Synchronization

/// One piece of work: what its log lines, its statements and the work it causes belong to.
///
/// Every request, job and event has one, also when no trace is recorded, since log lines name it.
/// ```swift
/// try await tracer.span("gallery make_thumbnails", .consumer, following: row.traceparent) {
///   try await job.run()
/// }
/// ```
public final class Span: Sendable {
  /// What kind of work it is; the numbers are OTLP's.
  public enum Kind: Int, Sendable {
    /// A step within this process.
    case within = 1
    /// A request of somebody else.
    case server = 2
    /// A call to another program, such as a statement.
    case client = 3
    /// Putting something down for later.
    case producer = 4
    /// Doing what was put down: a job, an event.
    case consumer = 5
  }

  /// A value that describes a span; never what a member wrote, a token or a statement's value.
  public enum Value: Sendable, Equatable {
    /// A text.
    case text(String)
    /// A whole number.
    case number(Int)
  }

  private struct State {
    var member: Identifier<AccountsMember>?
    var name: String
    var attributes: [(key: String, value: Value)] = []
    var hasFailed = false
  }

  /// The span of the work that the present task belongs to.
  @TaskLocal public static var current: Span?

  /// The trace and this span in it; store its text with what will be done later.
  public let identity: TraceParent

  /// The id of the request it belongs to; nil outside of requests.
  public let requestID: String?

  /// Whether it is recorded; attributes of others are dropped.
  public let isRecorded: Bool

  let kind: Kind
  let parent: UInt64

  /// When it began, by `MonotonicTime`, in nanoseconds.
  public let start: UInt64

  private let state: Mutex<State>

  init(
    _ identity: TraceParent,
    parent: UInt64,
    kind: Kind,
    name: String,
    requestID: String?,
    isRecorded: Bool,
    start: UInt64
  ) {
    self.identity = identity
    self.parent = parent
    self.kind = kind
    self.requestID = requestID
    self.isRecorded = isRecorded
    self.start = start
    state = Mutex(State(name: name))
  }

  /// The member for whom the work is done.
  public var member: Identifier<AccountsMember>? {
    get { state.withLock { $0.member } }
    set { state.withLock { $0.member = newValue } }
  }

  /// Gives it the name it is recorded under, such as a route's pattern.
  public func rename(_ name: String) {
    guard isRecorded else { return }
    state.withLock { $0.name = name }
  }

  /// Describes the work; names are those of OpenTelemetry's conventions where there is one.
  public func set(_ key: String, _ value: Value) {
    guard isRecorded else { return }
    state.withLock { $0.attributes.append((key, value)) }
  }

  /// Notes that the work failed, and by which kind of error.
  public func fail(_ errorType: String) {
    guard isRecorded else { return }
    state.withLock { state in
      state.hasFailed = true
      state.attributes.append(("error.type", .text(errorType)))
    }
  }

  func finished(at end: UInt64) -> FinishedSpan {
    state.withLock { state in
      FinishedSpan(
        identity: identity,
        parent: parent,
        name: state.name,
        kind: kind,
        start: start,
        end: end,
        attributes: state.attributes,
        hasFailed: state.hasFailed
      )
    }
  }
}

/// A span that is over, to be exported.
struct FinishedSpan: Sendable {
  let identity: TraceParent
  /// 0 for the first of a trace.
  let parent: UInt64
  let name: String
  let kind: Span.Kind
  /// Both monotonic, in nanoseconds.
  let start: UInt64
  let end: UInt64
  let attributes: [(key: String, value: Span.Value)]
  let hasFailed: Bool
}
