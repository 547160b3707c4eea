public import ArtelPostgres
public import ArtelTelemetry

/// Counts the statements of one context and makes them steps of the present trace.
public struct StatementMeter: Sendable {
  private static let run = MetricFamily(
    .histogram,
    "artel_db_statement_seconds",
    help: "Time from sending a statement until its answer was read.",
    labels: ["context", "lane"]
  )
  private static let wait = MetricFamily(
    .histogram,
    "artel_db_statement_wait_seconds",
    help: "Time a statement waited to be sent.",
    labels: ["context", "lane"]
  )
  private static let rows = MetricFamily(
    .counter,
    "artel_db_rows_total",
    help: "Rows that statements returned or changed.",
    labels: ["context", "lane"]
  )
  private static let sizes = MetricFamily(
    .counter,
    "artel_db_result_bytes_total",
    help: "Memory that results held.",
    labels: ["context", "lane"]
  )
  private static let errors = MetricFamily(
    .counter,
    "artel_db_errors_total",
    help: "Statements that failed, by who can do something about it.",
    labels: ["context", "blame"]
  )

  private struct Lane: Sendable {
    let run: Histogram
    let wait: Histogram
    let rows: Counter
    let sizes: Counter

    init(_ context: String, _ lane: StatementRecord.Lane, _ registry: MetricRegistry) {
      run = registry.histogram(
        StatementMeter.run,
        bounds: Histogram.statementBounds,
        context,
        lane.rawValue
      )
      wait = registry.histogram(
        StatementMeter.wait,
        bounds: Histogram.statementBounds,
        context,
        lane.rawValue
      )
      rows = registry.counter(StatementMeter.rows, context, lane.rawValue)
      sizes = registry.counter(StatementMeter.sizes, context, lane.rawValue)
    }
  }

  private let context: String
  private let tracer: Tracer
  private let shared: Lane
  private let lease: Lane
  private let replica: Lane
  private let retryable: Counter
  private let caller: Counter
  private let server: Counter

  /// Makes a meter for the database of a context.
  public init(context: String, telemetry: Telemetry) {
    let registry = telemetry.metrics
    self.context = context
    tracer = telemetry.tracer
    shared = Lane(context, .shared, registry)
    lease = Lane(context, .lease, registry)
    replica = Lane(context, .replica, registry)
    retryable = registry.counter(Self.errors, context, "retryable")
    caller = registry.counter(Self.errors, context, "caller")
    server = registry.counter(Self.errors, context, "server")
  }

  /// Counts one statement; given to a `Database` as its observer.
  public func observe(_ record: StatementRecord) {
    let lane =
      switch record.lane {
      case .shared: shared
      case .lease: lease
      case .replica: replica
      }
    lane.run.observe(record.run)
    lane.wait.observe(record.wait)
    lane.rows.add(record.rows)
    lane.sizes.add(record.sizeBytes)
    if let error = record.error {
      switch error.blame {
      case .retryable: retryable.add()
      case .caller: caller.add()
      case .server: server.add()
      }
    }
    guard Span.current?.isRecorded ?? false else { return }
    trace(record)
  }

  /// The text has no values.
  ///
  /// Source: OpenTelemetry's conventions for database spans, 1.29.
  private func trace(_ record: StatementRecord) {
    let whole = record.wait + record.run
    tracer.recordCall(
      duration: UInt64(max(0, whole / .nanoseconds(1))),
      errorType: record.error.map { $0.sqlState ?? $0.code.description },
      name: "\(record.text.prefix { !$0.isWhitespace }) \(context)",
      attributes: [
        ("db.system.name", .text("postgresql")), ("db.namespace", .text(context)),
        ("db.query.text", .text(String(record.text.prefix(2000)))),
        ("db.response.returned_rows", .number(record.rows)),
        ("artel.lane", .text(record.lane.rawValue)),
        ("artel.wait_us", .number(Int(record.wait / .microseconds(1)))),
      ]
    )
  }
}
