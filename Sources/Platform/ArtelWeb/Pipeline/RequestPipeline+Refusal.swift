import ArtelConcurrency
import ArtelPostgres
import HTTPTypes
import Hummingbird
import Logging

extension RequestPipeline {
  /// The answer to a request whose route threw.
  func refusal(
    of request: Request,
    because error: any Error,
    _ context: WebContext
  ) async -> Response {
    let problem = problem(for: error, request, context)
    guard isForBrowser(request, context) else {
      return problem.jsonResponse(
        strings: pages?.share.strings ?? .empty,
        language: context.language,
        requestID: context.requestID
      )
    }
    if let address = address(provingMoreThan: problem, request, context) {
      return .seeOther(address)
    }
    return await page(for: problem, context)
  }

  /// Where a browser's member can prove what was missing; nil when that is not what was wrong.
  private func address(
    provingMoreThan problem: Problem,
    _ request: Request,
    _ context: WebContext
  ) -> String? {
    let isRead = request.method == .get
    switch problem.kind {
    case .unauthenticated:
      let returnTo = isRead ? "?return_to=" + PercentEncoding.encode(context.target) : ""
      return settings.signInPath.map { $0 + returnTo }
    case .freshSignInNeeded, .secondFactorNeeded:
      let next = isRead ? context.target : pageBefore(request, context)
      let factor = problem.kind == .secondFactorNeeded ? "&second_factor=true" : ""
      return settings.proofPath.map {
        $0 + "?return_to=" + PercentEncoding.encode(next) + factor
      }
    default: return nil
    }
  }

  /// The page of this site whose form was sent, `/` when the browser does not tell.
  private func pageBefore(_ request: Request, _ context: WebContext) -> String {
    let parts = (request.headers[.referer] ?? "")
      .split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1].isEmpty, parts[2] == context.host else { return "/" }
    return LocalPath("/\(parts[3])").text
  }

  private func problem(for error: any Error, _ request: Request, _ context: WebContext) -> Problem {
    if context.state.isOverdue { return Problem(.timeout) }
    if isUnmatched(error, context) {
      let allowed = routes.methods(for: context.target.prefix { $0 != "?" })
      return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed: allowed)
    }
    if let problem = Problem(mapping: error) ?? problemMapping(error) { return problem }
    if error is CancellationError { return .unavailable }
    let isPassing = Self.isPassing(error)
    log(error, isPassing ? .warning : .error, request, context)
    return isPassing ? .unavailable : Problem(.internalError)
  }

  /// Whether the same request may well succeed in a moment.
  private static func isPassing(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.blame == .retryable || error.code == .closed
    case is BlockingPoolError: true
    default: false
    }
  }

  private func log(
    _ error: any Error,
    _ level: Logger.Level,
    _ request: Request,
    _ context: WebContext
  ) {
    logger.log(
      level: level,
      "A request failed.",
      error: error,
      metadata: [
        "request_id": "\(context.requestID)",
        "method": "\(request.method.rawValue)",
        "route": "\(context.state.route?.route ?? "none")",
        "error": "\(error)",
        "error_type": "\(type(of: error))",
      ]
    )
  }

  /// Whether the router found no route, as opposed to a route that found nothing.
  private func isUnmatched(_ error: any Error, _ context: WebContext) -> Bool {
    context.endpointPath == "NotFound" && (error as? HTTPError)?.status == .notFound
  }

  private func isForBrowser(_ request: Request, _ context: WebContext) -> Bool {
    guard pages != nil, !context.target.hasPrefix("/api/") else { return false }
    return request.headers.firstValue(of: .accept)?.contains("text/html") ?? false
  }

  private func page(for problem: Problem, _ context: WebContext) async -> Response {
    guard let pages else {
      return problem.jsonResponse(
        strings: .empty,
        language: context.language,
        requestID: context.requestID
      )
    }
    let (title, detail) = problem.texts(in: context.language, from: pages.share.strings)
    let model: ViewValue = [
      "error": [
        "status": .number(problem.status.code), "title": .text(title),
        "detail": detail.map(ViewValue.text) ?? .none,
        "is_not_found": .flag(problem.status == .notFound),
        "is_forbidden": .flag(problem.status == .forbidden),
        "is_unauthenticated": .flag(problem.status == .unauthorized),
        "is_server": .flag(problem.status.code >= 500),
      ]
    ]
    do {
      var response = try await pages.render(
        "error",
        model,
        status: problem.status,
        context: context
      )
      response.headers.append(contentsOf: problem.headers)
      response.headers[.cacheControl] = CachePolicy.never.headerValue
      return response
    } catch {
      return problem.jsonResponse(
        strings: pages.share.strings,
        language: context.language,
        requestID: context.requestID
      )
    }
  }
}
