public import AccountsContract
public import ArtelConcurrency
public import ArtelEvents
public import ArtelJobs
public import ArtelOperations
public import ArtelWeb
import Hummingbird

/// The panel for those who run the installation, at `/admin`.
///
/// - Needs: Accounts by its contract; the jobs, events and databases of all contexts as operators see
///   them. Owns no data.
/// - Serves: pages for administrators in a browser; for everybody else they do not exist.
/// - Every act is recorded in the system log; opening a table's rows and saving the log are acts.
///
/// Overview: `Overview/`. Members: `Members/`. The system log: `Log/`. Jobs and events: `Work/`.
/// Tables and statements: `Databases/`. Switches and settings: `Settings/`.
public struct Admin: WebApp {
  /// What the panel shows besides Accounts.
  public struct Parts: Sendable {
    /// The jobs of each context.
    public var queues: [(context: String, queue: JobQueue)] = []
    /// The events of all contexts.
    public var events = EventOverview([])
    /// The database of each context.
    public var databases: [DatabaseInspection] = []
    /// The statements of this process that took long.
    public var slowStatements = SlowStatements()
    /// What must work.
    public var health: [HealthCheck] = []
    /// What the operator decided, without secrets.
    public var settings: [SettingInEffect] = []

    /// Shows nothing.
    public init() {}
  }

  let accounts: any AccountsAdministration
  let parts: Parts
  let pages: Pages
  let proof: ProofRule
  let clock: WallClock

  /// Makes the panel.
  ///
  /// - Parameters:
  ///   - accounts: Whom it administers.
  ///   - parts: What it shows besides.
  ///   - pages: Makes the pages.
  ///   - proof: How lately, and by what, administrators must have proved who they are.
  ///   - clock: The node's clock.
  public init(
    accounts: any AccountsAdministration,
    parts: Parts,
    pages: Pages,
    proof: ProofRule = ProofRule(),
    clock: WallClock = .system
  ) {
    self.accounts = accounts
    self.parts = parts
    self.pages = pages
    self.proof = proof
    self.clock = clock
  }

  /// Adds the routes of the panel.
  public func addRoutes(to routes: Routes) {
    OverviewPage(admin: self).addRoutes(to: routes)
    MemberPages(admin: self).addRoutes(to: routes)
    LogPages(admin: self).addRoutes(to: routes)
    JobPages(admin: self).addRoutes(to: routes)
    EventPages(admin: self).addRoutes(to: routes)
    DatabasePages(admin: self).addRoutes(to: routes)
    SettingPages(admin: self).addRoutes(to: routes)
  }
}

/// A setting as it is in effect; never a secret.
public struct SettingInEffect: Sendable {
  /// Its name, such as `ARTEL_LOG_DAYS`.
  public let name: String
  /// What it is set to, for people.
  public let value: String

  /// Shows a setting.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
