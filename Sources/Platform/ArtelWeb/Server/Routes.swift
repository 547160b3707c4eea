public import HTTPTypes
public import Hummingbird
import Synchronization

/// Where apps add their routes; it also knows which methods an address has.
///
/// Paths are Hummingbird's: `/api/posts/{id}`. Every GET route also answers HEAD.
public final class Routes: RouterMethods {
  /// What routes know about a request.
  public typealias Context = WebContext

  private let router: Router<WebContext>
  private let table: RouteTable

  init(router: Router<WebContext>, table: RouteTable) {
    self.router = router
    self.table = table
  }

  /// Adds a route.
  @discardableResult
  public func on<Responder: HTTPResponder>(
    _ path: RouterPath,
    method: HTTPRequest.Method,
    responder: Responder
  ) -> Self where Responder.Context == WebContext {
    table.add(path, method)
    router.on(path, method: method, responder: responder)
    return self
  }

  /// Adds middleware for all routes that are added later; prefer `group(_:)` for a few.
  @discardableResult
  public func add(middleware: any MiddlewareProtocol<Request, Response, WebContext>) -> Self {
    router.add(middleware: middleware)
    return self
  }
}

/// The paths and methods of all routes, to answer 405 with the methods that would work.
final class RouteTable: Sendable {
  private let routes = Mutex<[(path: RouterPath, method: HTTPRequest.Method)]>([])

  func add(_ path: RouterPath, _ method: HTTPRequest.Method) {
    routes.withLock { $0.append((path, method)) }
  }

  /// The methods of the routes that match a path.
  func methods(for path: Substring) -> [HTTPRequest.Method] {
    let parts = path.split(separator: "/")
    var methods: [HTTPRequest.Method] = []
    for route in routes.withLock({ $0 }) where Self.matches(route.path, parts) {
      methods.append(route.method)
      if route.method == .get { methods.append(.head) }
    }
    return methods
  }

  private static func matches(_ pattern: RouterPath, _ parts: [Substring]) -> Bool {
    let elements = pattern.description.split(separator: "/")
    if elements.last == "**" {
      return parts.count >= elements.count && matches(elements.dropLast(), parts)
    }
    return elements.count == parts.count && matches(elements[...], parts)
  }

  private static func matches(_ elements: ArraySlice<Substring>, _ parts: [Substring]) -> Bool {
    zip(elements, parts).allSatisfy { element, part in
      guard let open = element.firstIndex(of: "{"), let close = element.lastIndex(of: "}") else {
        return element == part || element == "*"
      }
      return part.hasPrefix(element[..<open])
        && part.hasSuffix(element[element.index(after: close)...])
    }
  }
}
