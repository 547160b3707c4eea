import ArtelIdentifiers
public import Foundation
public import Logging
import Synchronization

/// Writes each log message as one JSON line, with the request, trace and member it belongs to.
///
/// Lines have `time`, `level`, `message`, `source`, the message's metadata, and within a ``Span``
/// `trace_id`, `span_id`, `request_id` and `member_id`.
public struct JSONLogHandler: LogHandler {
  /// The least important level that is written; default `info`.
  public var logLevel: Logger.Level = .info

  /// What every line has.
  public var metadata: Logger.Metadata = [:]

  private let outlet: LogOutlet

  /// Makes a handler that writes to `outlet`.
  public init(_ outlet: LogOutlet) {
    self.outlet = outlet
  }

  /// One entry of what every line has.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a line, and hands errors to whoever watches for them.
  public func log(event: LogEvent) {
    let own = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
    var line = own.mapValues(\.description)
    line["time"] = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    line["level"] = event.level.rawValue
    line["message"] = event.message.description
    line["source"] = event.source
    let span = Span.current
    if let span {
      line["trace_id"] = span.identity.traceID
      line["span_id"] = span.identity.spanID
      line["request_id"] = line["request_id"] ?? span.requestID
      line["member_id"] = line["member_id"] ?? span.member?.description
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if var bytes = try? encoder.encode(line) {
      bytes.append(UInt8(ascii: "\n"))
      outlet.write(bytes)
    }
    outlet.notice(event, own, span)
  }
}

/// Where log lines go, and what else happens with them.
public final class LogOutlet: Sendable {
  static let messages = MetricFamily(
    .counter,
    "artel_log_messages_total",
    help: "Messages in the log, by level.",
    labels: ["level"]
  )

  let write: @Sendable (Data) -> Void
  private let faults: FaultReporter?
  private let warnings: Counter
  private let errors: Counter

  /// Makes an outlet to standard error, whose warnings and errors are counted and errors reported.
  public convenience init(_ telemetry: Telemetry) {
    self.init(telemetry) { LineWriter.standardError.write($0) }
  }

  /// Makes an outlet.
  ///
  /// - Parameters:
  ///   - telemetry: Counts warnings and errors, and reports errors.
  ///   - write: Takes one line at a time, from any thread.
  public init(_ telemetry: Telemetry, write: @escaping @Sendable (Data) -> Void) {
    self.write = write
    faults = telemetry.faults
    warnings = telemetry.metrics.counter(Self.messages, "warning")
    errors = telemetry.metrics.counter(Self.messages, "error")
  }

  func notice(_ event: LogEvent, _ metadata: Logger.Metadata, _ span: Span?) {
    guard event.level >= .warning else { return }
    guard event.level >= .error else { return warnings.add() }
    errors.add()
    faults?.report(event, metadata, span)
  }
}
