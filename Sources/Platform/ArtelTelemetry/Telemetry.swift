import FoundationEssentials

/// Everything by which operators see a process: metrics, traces, faults.
///
/// Made once where the program is put together and passed to what uses it.
public struct Telemetry: Sendable {
  /// Where telemetry goes to; nil sends nothing.
  public struct Destinations: Sendable {
    /// The address of a collector for OTLP over HTTP, without `/v1/traces`.
    public var collector: String?

    /// The share of traces to record that begin here, 0 to 1; default 0.01.
    public var sampling = 0.01

    /// The DSN of a Sentry-compatible receiver of faults.
    public var faults: String?

    /// The version of the program.
    public var version = "unreleased"

    /// What tells this process from others, such as the name of its host.
    public var instance = "artel"

    /// No destinations.
    public init() {}
  }

  /// All metrics.
  public let metrics: MetricRegistry

  /// Begins spans.
  public let tracer: Tracer

  /// Sends the errors of the log; nil when nobody receives them.
  public let faults: FaultReporter?

  private let spans: SpanExporter?
  private let client: ExportClient?

  /// Metrics and ids for log lines; nothing is sent anywhere.
  public init() {
    metrics = MetricRegistry()
    ExportMeter.declare(in: metrics)
    tracer = Tracer()
    faults = nil
    spans = nil
    client = nil
  }

  /// Telemetry that is also sent; nothing leaves before ``run()``.
  ///
  /// - Precondition: The DSN is one that ``isFaultAddress(_:)`` accepts.
  public init(to destinations: Destinations) {
    self.init(to: destinations, spanLimits: .init(), faultLimits: .init(capacity: 200))
  }

  init(
    to destinations: Destinations,
    spanLimits: ExportQueue<FinishedSpan>.Limits,
    faultLimits: ExportQueue<Data>.Limits
  ) {
    let metrics = MetricRegistry()
    let needsClient = destinations.collector != nil || destinations.faults != nil
    let client = needsClient ? ExportClient() : nil
    ExportMeter.declare(in: metrics)
    self.metrics = metrics
    self.client = client
    if let collector = destinations.collector, let client {
      let exporter = SpanExporter(
        endpoint: collector,
        resource: .init(version: destinations.version, instance: destinations.instance),
        client: client,
        registry: metrics,
        limits: spanLimits
      )
      spans = exporter
      tracer = Tracer(sampling: destinations.sampling) { exporter.queue.offer($0) }
    } else {
      spans = nil
      tracer = Tracer()
    }
    faults = destinations.faults.flatMap(SentryAddress.init).flatMap { address in
      client.map {
        FaultReporter(
          address,
          origin: .init(
            release: "artel@\(destinations.version)",
            server: destinations.instance
          ),
          client: $0,
          registry: metrics,
          limits: faultLimits
        )
      }
    }
  }

  /// Whether a text is the DSN of a Sentry-compatible receiver.
  public static func isFaultAddress(_ dsn: String) -> Bool { SentryAddress(dsn) != nil }

  /// Sends spans and faults until the task is canceled; then what waits, for at most two seconds.
  public func run() async {
    await withTaskGroup { group in
      if let spans { group.addTask { await spans.queue.run() } }
      if let faults { group.addTask { await faults.queue.run() } }
      await group.waitForAll()
    }
    await client?.close()
  }
}
