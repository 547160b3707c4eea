import ArtelConcurrency
import FoundationEssentials

/// Sends spans to a collector over OTLP/HTTP, in batches.
///
/// Source: OTLP specification 1, OTLP/HTTP with binary protobuf; opentelemetry/proto/trace/v1.
final class SpanExporter: Sendable {
  /// What all spans of this process have in common.
  struct Resource: Sendable {
    var version: String
    var instance: String
  }

  let queue: ExportQueue<FinishedSpan>

  init(
    endpoint: String,
    resource: Resource,
    client: ExportClient,
    registry: MetricRegistry,
    limits: ExportQueue<FinishedSpan>.Limits = .init()
  ) {
    let address = endpoint + (endpoint.hasSuffix("/") ? "v1/traces" : "/v1/traces")
    // Fixed once, so that the spans of one trace keep their order when the clock is set.
    let epoch = UInt64(Date().timeIntervalSince1970 * 1e9) - MonotonicTime.nanoseconds()
    queue = ExportQueue(limits, meter: ExportMeter("traces", in: registry)) { spans in
      await client.post(
        Self.message(spans, resource, epoch: epoch),
        to: address,
        headers: [("content-type", "application/x-protobuf")]
      )
    }
  }

  /// An `ExportTraceServiceRequest`.
  static func message(
    _ spans: [FinishedSpan],
    _ resource: Resource,
    epoch: UInt64
  ) -> [UInt8] {
    var request = ProtobufWriter()
    request.message(1) { resourceSpans in
      resourceSpans.message(1) { message in
        message.message(1) { Self.write("service.name", .text("artel"), to: &$0) }
        message.message(1) { Self.write("service.version", .text(resource.version), to: &$0) }
        message.message(1) {
          Self.write("service.instance.id", .text(resource.instance), to: &$0)
        }
      }
      resourceSpans.message(2) { scopeSpans in
        scopeSpans.message(1) { $0.text(1, "artel") }
        for span in spans {
          scopeSpans.message(2) { Self.write(span, epoch: epoch, to: &$0) }
        }
      }
    }
    return request.bytes
  }

  private static func write(
    _ span: FinishedSpan,
    epoch: UInt64,
    to message: inout ProtobufWriter
  ) {
    message.bigEndian(1, span.identity.trace.high, span.identity.trace.low)
    message.bigEndian(2, span.identity.span)
    if span.parent != 0 { message.bigEndian(4, span.parent) }
    message.text(5, span.name)
    message.varint(6, span.kind.rawValue)
    message.fixed64(7, epoch &+ span.start)
    message.fixed64(8, epoch &+ span.end)
    for attribute in span.attributes {
      message.message(9) { write(attribute.key, attribute.value, to: &$0) }
    }
    if span.hasFailed { message.message(15) { $0.varint(3, 2) } }
    message.fixed32(16, span.identity.isSampled ? 1 : 0)
  }

  private static func write(
    _ key: String,
    _ value: Span.Value,
    to message: inout ProtobufWriter
  ) {
    message.text(1, key)
    message.message(2) { any in
      switch value {
      case .text(let text): any.text(1, text)
      case .number(let number): any.number(3, number)
      }
    }
  }
}
