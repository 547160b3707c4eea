public import ArtelConcurrency
import ArtelTelemetry
public import HTTPTypes
public import Hummingbird
import Synchronization

/// Where apps add their routes; it also knows which methods an address has.
///
/// Paths are Hummingbird's: `/posts/{id}`. Every GET route also answers HEAD. Routes below `/api/`
/// are declared as an ``Operation``.
public final class Routes: RouterMethods {
  /// What routes know about a request.
  public typealias Context = WebContext

  private let router: Router<WebContext>
  private let table: RouteTable
  private let metrics: MetricRegistry
  private let rates: RouteRates
  private let isDocumented: Bool
  private(set) var operations: [OperationDescription] = []

  init(
    router: Router<WebContext>,
    table: RouteTable,
    metrics: MetricRegistry = MetricRegistry(),
    rates: RouteRates = RouteRates(),
    isDocumented: Bool = false
  ) {
    self.router = router
    self.table = table
    self.metrics = metrics
    self.rates = rates
    self.isDocumented = isDocumented
  }

  /// Adds a route.
  ///
  /// On a server that documents its API this traps for a path below `/api/`, at the start and for
  /// every test: such a route is declared and added with `add(_:use:)`.
  @discardableResult
  public func on<Responder: HTTPResponder>(
    _ path: RouterPath,
    method: HTTPRequest.Method,
    responder: Responder
  ) -> Self where Responder.Context == WebContext {
    precondition(
      !isDocumented || !path.description.hasPrefix("/api/"),
      "\(method) \(path) does not declare itself."
    )
    table.add(path, method)
    let meter = RouteMeter(method.rawValue, path.description, in: metrics)
    router.on(
      path,
      method: method,
      responder: MeteredResponder(meter: meter, responder: responder)
    )
    return self
  }

  /// Adds a page that each member, or each network of guests, may ask for only so often.
  ///
  /// Whoever comes too often gets a ``Problem`` of kind `too_many_requests`.
  @discardableResult
  public func on(
    _ path: RouterPath,
    method: HTTPRequest.Method,
    limit: RateLimit,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) -> Self {
    let limiter = rates.limiter(limit)
    return on(path, method: method) { request, context in
      try await limiter.answer(context) { try await handler(request, context) }
    }
  }

  /// Adds a GET route outside the API that is open to API tokens with a scope; others of `get` and
  /// `post` are closed to all of them.
  public func get(
    _ path: RouterPath,
    openTo scope: TokenScope,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) {
    table.add(path, .get)
    let meter = RouteMeter("GET", path.description, in: metrics)
    router.on(path, method: .get) { request, context in
      context.state.route = meter
      try context.admit(scope)
      return try await handler(request, context)
    }
  }

  func addUndocumented(
    _ path: RouterPath,
    method: HTTPRequest.Method,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) -> Self {
    table.add(path, method)
    let meter = RouteMeter(method.rawValue, path.description, in: metrics)
    router.on(path, method: method) { request, context in
      context.state.route = meter
      try context.admit(nil)
      return try await handler(request, context)
    }
    return self
  }

  /// Adds a route of the API that takes no form.
  public func add(
    _ operation: Operation<Void>,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) {
    add(operation) { request, context, _ in try await handler(request, context) }
  }

  /// Adds a route of the API.
  ///
  /// Who may come in is decided before the form is read: a guest learns nothing about fields.
  public func add<Input>(
    _ operation: Operation<Input>,
    use handler: @escaping @Sendable (Request, WebContext, Input) async throws -> Response
  ) {
    operations.append(operation.description)
    let path = RouterPath(operation.description.path)
    let access = operation.description.access
    let limiter = operation.description.rateLimit.map(rates.limiter)
    table.add(path, operation.description.method)
    let meter = RouteMeter(
      operation.description.method.rawValue,
      operation.description.path,
      in: metrics
    )
    router.on(path, method: operation.description.method) { request, context in
      context.state.route = meter
      try access.admit(context)
      guard let limiter else {
        return try await handler(request, context, try await operation.read(request, context).0)
      }
      return try await limiter.answer(context) {
        try await handler(request, context, try await operation.read(request, context).0)
      }
    }
  }

  /// Adds middleware for all routes that are added later; prefer `group(_:)` for a few.
  @discardableResult
  public func add(middleware: any MiddlewareProtocol<Request, Response, WebContext>) -> Self {
    router.add(middleware: middleware)
    return self
  }
}

/// How limits of routes apply on this server.
struct RouteRates: Sendable {
  var factor = 1
  var clock = WallClock.system

  func limiter(_ limit: RateLimit) -> RequestLimiter {
    RequestLimiter(limit.times(factor), clock: clock)
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
    let matching = routes.withLock { $0 }.filter { Self.matches($0.path, parts) }
    // The router takes a plain address before one with a parameter, and never both.
    let plain = matching.filter { !$0.path.description.contains { "{*".contains($0) } }
    for route in plain.isEmpty ? matching : plain {
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
