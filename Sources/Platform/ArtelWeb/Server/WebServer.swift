public import ArtelConcurrency
public import ArtelTelemetry
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore

/// Builds the HTTP server out of apps and everything they share.
///
/// The application it builds is a service: run it in a service group, whose
/// `maximumGracefulShutdownDuration` bounds how long open requests may take to finish when it
/// stops.
public struct WebServer: Sendable {
  /// What the server is made of.
  public struct Parts: Sendable {
    /// How it listens and what a request may cost.
    public var settings = WebSettings()

    /// The public address.
    public var site = Site()

    /// Templates, texts and assets; nil for a server without pages.
    public var share: Share?

    /// Finds out whose a request is; default takes everybody for a guest.
    public var authenticator = Authenticator.guestsOnly

    /// What the document at `/api/openapi.json` says of the API as a whole; nil serves none.
    public var api: APIDescription?

    /// What `/health/ready` checks.
    public var healthChecks: [HealthCheck] = []

    /// Where requests are logged; nil logs none.
    public var accessLog: AccessLog?

    /// Counts and traces requests; default to nobody.
    public var telemetry = Telemetry()

    /// Who may read `/metrics`; nil serves none.
    public var metricsAccess: MetricsAccess?

    /// Problems for errors this target does not know; nil means a fault.
    ///
    /// The database's errors need none: passing ones answer 503, others are faults.
    public var problemMapping: @Sendable (any Error) -> Problem? = { _ in nil }

    /// The node's clock, for limits of rate.
    public var clock = WallClock.system

    /// Told of faults.
    public var logger = Logger(label: "artel.web")

    /// The default parts.
    public init() {}
  }

  /// The type of application it builds.
  public typealias App = Application<RouterResponder<WebContext>>

  private let parts: Parts
  private let apps: [any WebApp]
  private let onRunning: @Sendable (Int) async -> Void

  /// Makes a server.
  ///
  /// - Parameters:
  ///   - parts: What it is made of.
  ///   - apps: What answers requests, in the order their routes are added.
  ///   - onRunning: Called with the port once the server accepts connections.
  public init(
    parts: Parts,
    apps: [any WebApp],
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.parts = parts
    self.apps = apps
    self.onRunning = onRunning
  }

  /// Builds the application.
  public func application() -> App {
    let table = RouteTable()
    let deadlines = RequestDeadlines()
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestPipeline(server: parts, routes: table, deadlines: deadlines))
    let routes = Routes(
      router: router,
      table: table,
      metrics: parts.telemetry.metrics,
      rates: RouteRates(factor: parts.settings.rateFactor, clock: parts.clock),
      isDocumented: parts.api != nil
    )
    HealthRoutes(checks: parts.healthChecks).addRoutes(to: routes)
    if let access = parts.metricsAccess {
      MetricsRoutes(registry: parts.telemetry.metrics, access: access).addRoutes(to: routes)
    }
    if let share = parts.share { AssetRoutes(share: share).addRoutes(to: routes) }
    for app in apps {
      app.addRoutes(to: routes)
    }
    if let api = parts.api {
      DocumentRoutes(document: OpenAPIDocument(api, operations: routes.operations))
        .addRoutes(to: routes)
    }
    let idleTime = TimeAmount.nanoseconds(
      Int64(parts.settings.idleTimeLimit / .nanoseconds(1))
    )
    let group = EventLoopGroupProvider.singleton.eventLoopGroup
    var application = Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionPatience(limit: idleTime)],
          idleTimeout: idleTime,
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: parts.settings.headLimitBytes,
            maxHeaderListSize: parts.settings.headLimitBytes,
            maxHeaderFieldCount: parts.settings.headerLimit
          )
        )
      ),
      configuration: ApplicationConfiguration(
        address: .hostname(parts.settings.host, port: parts.settings.port),
        serverName: nil,
        backlog: parts.settings.backlog,
        availableConnectionsDelegate: .maximum(
          parts.settings.connectionLimit,
          logger: parts.logger
        )
      ),
      onServerRunning: { [onRunning] channel in
        await onRunning(channel.localAddress?.port ?? 0)
      },
      eventLoopGroupProvider: .shared(group),
      logger: parts.logger
    )
    application.beforeServerStarts { [accessLog = parts.accessLog] in
      deadlines.start(on: group.next())
      accessLog?.start(on: group.next())
    }
    return application
  }
}
