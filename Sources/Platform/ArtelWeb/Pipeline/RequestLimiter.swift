public import ArtelConcurrency
import ArtelIdentifiers
import HTTPTypes
import Hummingbird

/// How often one caller may use one route: members are counted by account, guests by network.
struct RequestLimiter: Sendable {
  private enum Caller: Hashable {
    case member(Identifier<AccountsMember>)
    case network(String?)
  }

  private let limiter: RateLimiter

  init(_ limit: RateLimit, clock: WallClock) {
    limiter = RateLimiter(limit, clock: clock)
  }

  /// Answers unless the caller comes too often; both answers say how the limit stands.
  ///
  /// - Throws: ``Problem`` of kind `too_many_requests`; the handler does not run then.
  func answer(
    _ context: WebContext,
    _ handler: () async throws -> Response
  ) async throws -> Response {
    let verdict = limiter.take(for: caller(context))
    try verdict.allow()
    var response = try await handler()
    response.headers.append(contentsOf: verdict.headers)
    return response
  }

  private func caller(_ context: WebContext) -> Caller {
    context.principal.map { .member($0.memberID) } ?? .network(context.clientNetwork)
  }
}

extension RateVerdict {
  /// Lets pass what is allowed.
  ///
  /// - Throws: `Problem` of kind `too_many_requests` with `Retry-After` and the headers that say how
  ///   the limit stands.
  public func allow() throws {
    guard let retryAfter else { return }
    var problem = Problem.tooManyRequests(retryAfter: retryAfter)
    problem.headers.append(contentsOf: headers)
    throw problem
  }

  /// How the limit stands.
  ///
  /// Source: draft-ietf-httpapi-ratelimit-headers-07, 5.
  var headers: HTTPFields {
    [
      .rateLimitLimit: "\(limit)", .rateLimitRemaining: "\(remaining)",
      .rateLimitReset: "\(resetSeconds)",
    ]
  }
}
