import ArtelConcurrency
import ArtelIdentifiers
import ArtelTelemetry
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What happens to every request around its route, in one step.
///
/// In order: id, trace, language and theme; time limit; whose it is; cross-site check; the route;
/// its error as a problem or an error page; security headers and cookies; metrics, access log. One step instead
/// of a chain of middleware, because each link of a chain costs allocations and a suspension on
/// every request.
struct RequestPipeline: RouterMiddleware {
  typealias Context = WebContext

  let settings: WebSettings
  let site: Site
  let pages: Pages?
  let authenticator: Authenticator
  let routes: RouteTable
  let deadlines: RequestDeadlines
  let accessLog: AccessLog?
  let problemMapping: @Sendable (any Error) -> Problem?
  let logger: Logger
  private let tracer: Tracer
  private let meter: RequestMeter
  private let ids = RequestIDSource()
  private let securityHeaders: SecurityHeaders

  init(
    server: WebServer.Parts,
    routes: RouteTable,
    deadlines: RequestDeadlines
  ) {
    settings = server.settings
    site = server.site
    pages = server.share.map { Pages(share: $0, site: server.site) }
    authenticator = server.authenticator
    accessLog = server.accessLog
    problemMapping = server.problemMapping
    logger = server.logger
    tracer = server.telemetry.tracer
    meter = RequestMeter(in: server.telemetry.metrics)
    self.routes = routes
    self.deadlines = deadlines
    securityHeaders = SecurityHeaders(isSecure: server.site.isSecure)
  }

  func handle(
    _ request: Request,
    context: WebContext,
    next: (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    let start = MonotonicTime.nanoseconds()
    let (context, parent) = identified(request, context)
    meter.inFlight.add(1)
    defer { meter.inFlight.add(-1) }
    let span = tracer.beginRequest(context.requestID, parent: parent, start: start)
    var answered = context
    var response = try await Span.$current.withValue(span) {
      try await respond(to: request, &answered, next)
    }
    if context.state.isOverdue {
      // The watch has answered on the connection and closes it: nothing must be written in between.
      try? await context.channel.closeFuture.get()
    }
    complete(&response, request, answered)
    record(request, answered, response, span)
    return response
  }

  /// Answers within the time limit; errors become problems.
  private func respond(
    to request: Request,
    _ context: inout WebContext,
    _ next: (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    let task = withUnsafeCurrentTask { $0.map(RunningTask.init) }
    let slot = deadlines.begin(context, task: task, limit: settings.requestTimeLimit)
    let state = context.state
    do {
      let response = try await answer(request, &context, next)
      deadlines.end(slot, state: state)
      return response
    } catch {
      deadlines.end(slot, state: state)
      // The connection answers malformed HTTP itself and closes; its type is not public to us.
      if String(describing: type(of: error)) == "HTTPParserError" { throw error }
      return await refusal(of: request, because: error, context)
    }
  }

  private func identified(_ request: Request, _ context: WebContext) -> (WebContext, TraceParent?) {
    var context = context
    var language: Language?
    var foreign = ForeignIdentity()
    // One pass instead of a search for each name.
    for field in request.headers {
      switch field.name.canonicalName {
      case "cookie": context.cookies.append(field.value)
      case "authorization": context.authorization = context.authorization ?? field.value
      case "accept-language": language = language ?? Language(acceptLanguage: field.value)
      case "expect": context.expectation = field.value
      case "x-request-id": foreign.requestID = field.value
      case "traceparent": foreign.addTraceParent(field.value)
      case "x-forwarded-for":
        context.addForwardedFor(field.value)
        context.isPassedOn = true
      case "forwarded", "x-real-ip", "via": context.isPassedOn = true
      default: break
      }
    }
    context.trustedProxies = settings.trustedProxies
    let isBelieved = !foreign.isEmpty && context.comesFromTrustedProxy
    context.requestID =
      (isBelieved ? foreign.requestID.flatMap(RequestID.accepted) : nil) ?? ids.make()
    let parent = isBelieved ? foreign.parent : nil
    context.target = request.head.path ?? "/"
    context.isForm = request.method != .get && request.method != .head
    context.host = request.head.authority ?? "localhost"
    guard !context.cookies.isEmpty else {
      context.language = language ?? .english
      return (context, parent)
    }
    context.theme = context.cookies[.theme].flatMap(Theme.init(rawValue:)) ?? .automatic
    context.language =
      context.cookies[.language].flatMap(Language.init(rawValue:))
      ?? language ?? .english
    return (context, parent)
  }

  private func answer(
    _ request: Request,
    _ context: inout WebContext,
    _ next: (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    var request = request
    if let expectation = context.expectation { try request.meet(expectation, context) }
    guard !isAnonymous(context.target) else { return try await next(request, context) }
    try await authenticate(&context)
    guard request.method != .get else { return try await next(request, context) }
    try await CrossSiteCheck(site: site).verify(&request, context, isAPI: isAPI(context.target))
    return try await next(request, context)
  }

  /// Whether an address never asks who the caller is.
  private func isAnonymous(_ target: String) -> Bool {
    target.hasPrefix("/assets/") || target.hasPrefix("/health/") || target == "/metrics"
  }

  private func isAPI(_ target: String) -> Bool {
    target.hasPrefix("/api/")
  }

  private func authenticate(_ context: inout WebContext) async throws {
    if let authorization = context.authorization {
      guard authorization.prefix(7).lowercased() == "bearer ",
        let principal = try await authenticator.bearer(
          String(authorization.dropFirst(7).trimmingSpaces())
        )
      else { throw Problem.invalidToken }
      context.principal = principal
      if principal.scopes != nil { authenticator.noteUse(principal, context.clientAddress) }
    } else if let cookie = context.cookies[.session] {
      context.principal = try await authenticator.cookie(cookie)
      context.theme = context.principal?.profile?.theme ?? context.theme
      context.language = context.principal?.profile?.language ?? context.language
    }
    if let member = context.principal?.memberID { Span.current?.member = member }
  }

  private func complete(_ response: inout Response, _ request: Request, _ context: WebContext) {
    if !response.headers.contains(.cacheControl) {
      response.headers.append(
        HTTPField(name: .cacheControl, value: CachePolicy.never.headerValue)
      )
    }
    response.headers.append(HTTPField(name: .requestID, value: context.requestID))
    securityHeaders.add(to: &response.headers)
    for cookie in context.state.cookies {
      let value = cookie.headerValue(isSecure: site.isSecure)
      response.headers.append(HTTPField(name: .setCookie, value: value))
    }
    if request.method == .head {
      response = response.createHeadResponse()
    }
    if response.status == .noContent || response.status == .notModified {
      response.headers[.contentLength] = nil
    }
    let isRefused = response.status.kind == .clientError || response.status.kind == .serverError
    // A client that was not asked for its body may send it or not: the next bytes can be anything.
    if context.state.isBodyHeldBack || (isRefused && mayLeaveMuchUnread(request, response)) {
      closeAfterAnswer(&response, context)
    }
  }

  /// Whether a refused request may still be sending more than is worth reading to keep its connection.
  private func mayLeaveMuchUnread(_ request: Request, _ response: Response) -> Bool {
    if response.status == .contentTooLarge { return true }
    if let length = request.headers.firstValue(of: .contentLength).flatMap({ Int($0) }) {
      return length > Request.formLimitBytes
    }
    return request.headers.contains(.transferEncoding)
  }

  /// Closes the connection some seconds after the answer: long enough for a client in the middle of
  /// sending to notice the answer.
  private func closeAfterAnswer(_ response: inout Response, _ context: WebContext) {
    response.headers[.connection] = "close"
    let channel = context.channel
    channel.eventLoop.scheduleTask(in: .seconds(3)) {
      channel.close(promise: nil)
    }
  }

  private func record(
    _ request: Request,
    _ context: WebContext,
    _ response: Response,
    _ span: Span
  ) {
    let nanoseconds = MonotonicTime.nanoseconds() - span.start
    let route = context.state.route ?? meter.unmatched
    route.count(response.status, nanoseconds: nanoseconds)
    meter.count(request, response, isOverdue: context.state.isOverdue)
    if span.isRecorded { describe(span, request, response, route) }
    tracer.end(span)
    guard let accessLog else { return }
    accessLog.record(
      AccessLog.Entry(
        date: Date(),
        method: request.method.rawValue,
        route: context.endpointPath ?? "NotFound",
        status: response.status.code,
        bodyBytes: response.body.contentLength,
        nanoseconds: nanoseconds,
        requestID: context.requestID,
        trace: span.identity,
        member: context.principal?.memberID
      )
    )
  }

  /// Source: OpenTelemetry's conventions for HTTP spans, 1.29.
  private func describe(
    _ span: Span,
    _ request: Request,
    _ response: Response,
    _ route: RouteMeter
  ) {
    span.rename(route.name)
    span.set("http.request.method", .text(request.method.rawValue))
    span.set("http.route", .text(route.route))
    span.set("http.response.status_code", .number(response.status.code))
    if let id = span.requestID { span.set("artel.request_id", .text(id)) }
    if let member = span.member { span.set("enduser.id", .text(member.description)) }
    if response.status.kind == .serverError { span.fail("\(response.status.code)") }
  }
}

/// What a caller says of a request that others know already; believed only from trusted proxies.
private struct ForeignIdentity {
  var requestID: String?
  private(set) var parent: TraceParent?
  private var traceParents = 0

  var isEmpty: Bool { requestID == nil && traceParents == 0 }

  /// Two headers contradict each other: none counts.
  ///
  /// Source: W3C Trace Context, 3.2.
  mutating func addTraceParent(_ text: String) {
    traceParents += 1
    parent = traceParents == 1 ? TraceParent(text) : nil
  }
}
