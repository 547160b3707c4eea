import FoundationEssentials
import Logging

/// An error that may describe itself to a receiver outside, because it never quotes values.
public protocol ReportableError: Error {
  /// What happened, without anything a member wrote.
  var report: String { get }
}

/// Sends the errors of the log to a Sentry-compatible receiver.
///
/// What leaves the machine: the message, the type of the error, its description when it is
/// ``ReportableError``, method, route and ids. Never metadata besides these: no values, tokens,
/// addresses or bodies. Faults are grouped by message, type and route.
/// Source: Sentry developer documentation, envelopes and event payloads.
public final class FaultReporter: Sendable {
  let queue: ExportQueue<Data>
  private let origin: Origin

  /// What all faults of this process have in common.
  struct Origin: Sendable {
    var release: String
    var server: String
  }

  init(
    _ address: SentryAddress,
    origin: Origin,
    client: ExportClient,
    registry: MetricRegistry,
    limits: ExportQueue<Data>.Limits
  ) {
    self.origin = origin
    var limits = limits
    limits.batch = 1
    queue = ExportQueue(limits, meter: ExportMeter("faults", in: registry)) { envelopes in
      await client.post(
        envelopes.flatMap { Array($0) },
        to: address.envelopes,
        headers: [
          ("content-type", "application/x-sentry-envelope"),
          (
            "x-sentry-auth",
            "Sentry sentry_version=7, sentry_client=artel/1, sentry_key=\(address.key)"
          ),
        ]
      )
    }
  }

  func report(_ event: LogEvent, _ metadata: Logger.Metadata, _ span: Span?) {
    let fault = Fault(
      event,
      metadata,
      span,
      origin: origin,
      id: Fault.makeID(),
      date: Date()
    )
    guard let envelope = fault.envelope() else { return }
    queue.offer(envelope)
  }
}

/// One fault as Sentry's event.
struct Fault: Encodable {
  struct Thrown: Encodable {
    let type: String
    let value: String
  }

  struct Values: Encodable {
    let values: [Thrown]
  }

  struct Contexts: Encodable {
    struct Trace: Encodable {
      let traceID: String
      let spanID: String
    }

    let trace: Trace?
  }

  let eventID: String
  let timestamp: Double
  let platform = "other"
  let level = "error"
  let logger = "artel"
  let serverName: String
  let release: String
  let transaction: String?
  let exception: Values
  let fingerprint: [String]
  let tags: [String: String]
  let contexts: Contexts

  init(
    _ event: LogEvent,
    _ metadata: Logger.Metadata,
    _ span: Span?,
    origin: FaultReporter.Origin,
    id: String,
    date: Date
  ) {
    let type =
      metadata["error_type"]?.description ?? event.error.map { "\(Swift.type(of: $0))" } ?? "Error"
    let message = event.message.description
    let route = metadata["route"]?.description
    let detail = (event.error as? any ReportableError)?.report
    eventID = id
    timestamp = date.timeIntervalSince1970
    serverName = origin.server
    release = origin.release
    transaction = route.map { "\(metadata["method"]?.description ?? "") \($0)" }
    exception = Values(
      values: [Thrown(type: type, value: [message, detail ?? ""].joined(separator: " "))]
    )
    fingerprint = [message, type, detail ?? "", route ?? ""]
    var tags = ["source": event.source]
    tags["request_id"] = span?.requestID ?? metadata["request_id"]?.description
    tags["route"] = route
    self.tags = tags
    contexts = Contexts(
      trace: span.map {
        Contexts.Trace(traceID: $0.identity.traceID, spanID: $0.identity.spanID)
      }
    )
  }

  static func makeID() -> String {
    TraceParent(
      trace: (.random(in: 0...UInt64.max), .random(in: 0...UInt64.max)),
      span: 1,
      isSampled: false
    ).traceID
  }

  /// The event in an envelope of its own.
  func envelope() -> Data? {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let event = try? encoder.encode(self) else { return nil }
    var envelope = Data("{\"event_id\":\"\(eventID)\"}\n".utf8)
    envelope.append(Data("{\"length\":\(event.count),\"type\":\"event\"}\n".utf8))
    envelope.append(event)
    envelope.append(UInt8(ascii: "\n"))
    return envelope
  }
}
