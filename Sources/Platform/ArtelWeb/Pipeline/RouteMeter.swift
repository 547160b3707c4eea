import ArtelTelemetry
import HTTPTypes
import Hummingbird

/// Counts the answers of one route, under its pattern.
final class RouteMeter: Sendable {
  static let requests = MetricFamily(
    .counter,
    "artel_http_requests_total",
    help: "Requests that were answered, by route and class of status.",
    labels: ["method", "route", "status"]
  )
  static let seconds = MetricFamily(
    .histogram,
    "artel_http_request_seconds",
    help: "Time from a request's head to the beginning of its answer, by route.",
    labels: ["method", "route"]
  )

  /// Method and pattern, as traces name it.
  let name: String
  let route: String
  private let classes: [Counter]
  private let durations: Histogram

  init(_ method: String, _ route: String, in registry: MetricRegistry) {
    self.route = route
    name = "\(method) \(route)"
    classes = (1...5).map { registry.counter(Self.requests, method, route, "\($0)xx") }
    durations = registry.histogram(Self.seconds, method, route)
  }

  func count(_ status: HTTPResponse.Status, nanoseconds: UInt64) {
    classes[min(max(status.code / 100, 1), 5) - 1].add()
    durations.observe(nanoseconds: nanoseconds)
  }
}

/// Counts what requests have in common.
struct RequestMeter: Sendable {
  private static let inFlight = MetricFamily(
    .gauge,
    "artel_http_requests_in_flight",
    help: "Requests whose answer has not begun."
  )
  private static let limited = MetricFamily(
    .counter,
    "artel_http_rate_limited_total",
    help: "Requests that were refused with 429 for coming too often."
  )
  private static let overdue = MetricFamily(
    .counter,
    "artel_http_requests_overdue_total",
    help: "Requests that were ended by their time limit."
  )
  private static let bodies = MetricFamily(
    .counter,
    "artel_http_request_body_bytes_total",
    help: "Bytes that requests announced as their bodies, uploads mostly."
  )
  private static let answers = MetricFamily(
    .counter,
    "artel_http_response_body_bytes_total",
    help: "Bytes of answers whose size is known when they begin."
  )

  /// What no route takes.
  let unmatched: RouteMeter
  let inFlight: Gauge
  private let limited: Counter
  private let overdue: Counter
  private let bodies: Counter
  private let answers: Counter

  init(in registry: MetricRegistry) {
    unmatched = RouteMeter("any", "none", in: registry)
    inFlight = registry.gauge(Self.inFlight)
    limited = registry.counter(Self.limited)
    overdue = registry.counter(Self.overdue)
    bodies = registry.counter(Self.bodies)
    answers = registry.counter(Self.answers)
  }

  func count(_ request: Request, _ response: Response, isOverdue: Bool) {
    if request.method != .get, let length = request.headers.firstValue(of: .contentLength) {
      bodies.add(Int(length) ?? 0)
    }
    if let length = response.body.contentLength { answers.add(length) }
    if response.status == .tooManyRequests { limited.add() }
    if isOverdue { overdue.add() }
  }
}

/// A route outside the API: it notes which one it is before it answers, and is closed to API tokens.
struct MeteredResponder<Responder: HTTPResponder>: HTTPResponder
where Responder.Context == WebContext {
  let meter: RouteMeter
  let responder: Responder

  func respond(to request: Request, context: WebContext) async throws -> Response {
    context.state.route = meter
    try context.admit(nil)
    return try await responder.respond(to: request, context: context)
  }
}
