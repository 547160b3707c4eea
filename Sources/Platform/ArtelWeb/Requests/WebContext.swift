public import ArtelIdentifiers
public import Hummingbird
import Logging
public import NIOCore

/// What is known about one request besides the request itself: whose it is, its id, language and
/// theme.
///
/// The request pipeline fills it before the route runs. Copies share the cookies to set.
public struct WebContext: RequestContext {
  /// What Hummingbird keeps: logger, path parameters, matched path.
  public var coreContext: CoreRequestContextStorage

  /// Ties log lines, error pages and answers together; 8 to 64 characters.
  public internal(set) var requestID = ""

  /// The member who makes the request; nil for guests.
  public internal(set) var principal: Principal?

  /// The language to answer in: what the member of a browser has chosen, else the cookie, else
  /// `Accept-Language`, else English.
  public internal(set) var language = Language.english

  /// The theme of pages: what the member has chosen, else the cookie, else as the device says.
  public internal(set) var theme = Theme.automatic

  /// The cookies of the request.
  public internal(set) var cookies = RequestCookies()

  /// The path and query of the request, such as `/posts?after=x`.
  public internal(set) var target = "/"

  /// Whether a form was sent, so that loading the page again would send it again.
  var isForm = false

  /// The host the caller used, with its port.
  var host = "localhost"

  var authorization: String?

  /// The `Expect` header.
  var expectation: String?

  /// The `X-Forwarded-For` headers, believed only from trusted proxies.
  var forwardedFor: String?
  var trustedProxies: [AddressRange] = []

  /// Whether some header says that a proxy passed the request on.
  var isPassedOn = false

  /// The connection, for answers that go on for as long as the client stays.
  public let channel: any Channel
  let state = RequestState()

  /// Makes the context of a request that just arrived.
  public init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The member who makes the request.
  ///
  /// - Throws: ``Problem/unauthenticated`` for guests; a page then leads to the sign-in page.
  public func member() throws -> Principal {
    guard let principal else { throw Problem.unauthenticated }
    return principal
  }

  /// The moderator who makes the request.
  ///
  /// - Throws: ``Problem/notFound`` for everybody else, for whom there is nothing to moderate.
  public func moderator() throws -> Principal {
    guard let principal, principal.isModerator else { throw Problem.notFound }
    return principal
  }

  /// The id that stands in the path, under the name it has in the route (`/api/posts/{id}`).
  ///
  /// - Throws: ``Problem/notFound`` when the text is not an id.
  public func id<Entity>(
    _ name: String = "id",
    as type: Identifier<Entity>.Type
  ) throws -> Identifier<Entity> {
    guard let text = coreContext.parameters[name[...]], let id = Identifier<Entity>(text) else {
      throw Problem.notFound
    }
    return id
  }

  /// The text of a path parameter, percent-decoded.
  ///
  /// - Throws: ``Problem/notFound`` when it is absent, not UTF-8 or holds a NUL character.
  public func text(_ name: String) throws -> String {
    guard let raw = coreContext.parameters[name[...]],
      let text = PercentEncoding.decode(raw, plusIsSpace: false)
    else { throw Problem.notFound }
    return text
  }

  /// Notes one `X-Forwarded-For` header; several are one list, in order.
  mutating func addForwardedFor(_ value: String) {
    forwardedFor = forwardedFor.map { "\($0), \(value)" } ?? value
  }

  /// Sends a cookie with the answer; a later one of the same name replaces it.
  public func setCookie(_ cookie: ResponseCookie) {
    state.set(cookie)
  }

  /// Lets the request run longer than the server's limit, for uploads.
  ///
  /// - Parameter limit: From now on; the answer is a ``Problem`` of kind `timeout` when it passes.
  public func extendTimeLimit(to limit: Duration) {
    state.extend(to: .now + limit)
  }
}
