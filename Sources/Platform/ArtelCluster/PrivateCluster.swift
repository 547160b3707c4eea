public import ArtelConcurrency
public import ArtelPostgres
import Glibc
public import Logging
import Synchronization

/// A PostgreSQL of our own: made, started, adopted and stopped by the program that uses it.
///
/// It listens on a unix socket in a private directory and nowhere else, and signs its clients in by
/// the kernel's word on which account they run as (`peer`). Each context has one database and one
/// role that owns it; other roles cannot connect to it.
///
/// The postmaster leads a session of its own, so that Ctrl-C reaches the server alone, and it
/// outlives a server that is killed: the next ``start(_:pool:logger:)`` adopts it.
public final class PrivateCluster: Sendable {
  /// Whether the cluster belongs to one process or to all that ask for it.
  public enum Tenure: Sendable {
    /// The process holds the data directory until it ends; others are refused.
    case exclusive
    /// Processes take turns while they start it, then all use it; nobody stops it.
    case shared
  }

  /// What the cluster is made of.
  public struct Options: Sendable {
    /// The directory for everything; see ``DataDirectory``.
    ///
    /// Made when missing.
    public var dataDirectory: String
    /// One role and one database each: lower-case letters, digits and underscores, at most 63.
    public var contexts: [String]
    /// The account PostgreSQL runs as, for a process of root that stays root.
    ///
    /// Default: this one's.
    public var runAs: SystemUser?
    /// Default ``Durability/full``.
    public var durability = Durability.full
    /// Default ``Tenure/exclusive``.
    public var tenure = Tenure.exclusive
    /// How long PostgreSQL may take to become ready, crash recovery included.
    ///
    /// Default 120 s.
    public var startTimeout = Duration.seconds(120)
    /// How long it may take to write everything when it stops.
    ///
    /// Default 20 s.
    public var stopTimeout = Duration.seconds(20)
    /// Where PostgreSQL's versions are installed.
    ///
    /// Default `/usr/lib/postgresql`.
    public var installationRoot = "/usr/lib/postgresql"

    /// Names the directory and the contexts; everything else has defaults.
    public init(
      dataDirectory: String,
      contexts: [String],
      runAs: SystemUser? = nil,
      durability: Durability = .full,
      tenure: Tenure = .exclusive
    ) {
      self.dataDirectory = dataDirectory
      self.contexts = contexts
      self.runAs = runAs
      self.durability = durability
      self.tenure = tenure
    }
  }

  /// How this process came to use the cluster.
  public enum Origin: Sendable {
    /// Started by it.
    case started
    /// Left behind by a server that was killed, or shared.
    case adopted
    /// In use by a live server, which keeps it.
    case attached
  }

  /// The directory for everything, from `/` on.
  public let dataDirectory: String

  /// The directory of the socket; libpq's `host`.
  public let socketDirectory: String

  /// The programs that fit the cluster.
  public let installation: PostgresInstallation

  /// How this process came to use the cluster.
  public let origin: Origin

  let options: Options
  let pool: BlockingPool
  let logger: Logger

  private struct State {
    var postmaster: ChildProcess
    var lock: DataDirectoryLock?
    var isStopped = false
  }

  private let state: Mutex<State>

  private init(
    _ running: ClusterStart.Running,
    lock: DataDirectoryLock?,
    origin: Origin,
    options: Options,
    dataDirectory: String,
    pool: BlockingPool,
    logger: Logger
  ) {
    self.dataDirectory = dataDirectory
    self.options = options
    self.origin = origin
    self.pool = pool
    self.logger = logger
    socketDirectory = running.socketDirectory
    installation = running.installation
    state = Mutex(State(postmaster: running.postmaster, lock: lock))
  }

  /// Makes what is missing, starts PostgreSQL or adopts the one that runs, and returns when every
  /// context's database accepts connections.
  ///
  /// Cost: about 1 s the first time, 0.2 s later; crash recovery can take minutes. Cancelling it
  /// stops a postmaster that is not ready yet.
  ///
  /// - `pool`: Waits for files and programs; one thread is busy meanwhile.
  /// - Throws: ``ClusterError``; half-made clusters are removed by the next start.
  public static func start(_ options: Options, pool: BlockingPool, logger: Logger) async throws
    -> PrivateCluster
  {
    try options.contexts.forEach(checkName)
    let flag = CancellationFlag()
    let start = try ClusterStart(options, isCancelled: flag)
    let cluster = try await withTaskCancellationHandler {
      let (running, lock) = try await pool.run {
        let lock = try start.lock()
        return (try start.run(), lock)
      }
      let cluster = PrivateCluster(
        running,
        lock: lock,
        origin: running.isAdopted ? .adopted : .started,
        options: options,
        dataDirectory: start.dataDirectory,
        pool: pool,
        logger: logger
      )
      try await cluster.prepareContexts(isReloading: running.isReloading)
      return cluster
    } onCancel: {
      flag.raise()
    }
    if options.tenure == .shared {
      cluster.state.withLock { $0.lock = nil }
    }
    logger.debug(
      "private cluster is ready",
      metadata: [
        "origin": "\(cluster.origin)", "socket": "\(cluster.socketDirectory)",
        "version": "\(cluster.installation.majorVersion)",
      ]
    )
    return cluster
  }

  /// Uses the cluster of a server that runs; ``stop()`` leaves it alone.
  ///
  /// - `options`: Its contexts must exist; they are not made.
  /// - Throws: ``ClusterError/Code/notRunning`` when no postmaster runs in the directory.
  public static func attach(_ options: Options, pool: BlockingPool, logger: Logger) async throws
    -> PrivateCluster
  {
    let dataDirectory = try DataDirectory.absolute(options.dataDirectory)
    let clusterDirectory = dataDirectory + "/postgres"
    let running = try await pool.run {
      let deadline = ContinuousClock.now + options.startTimeout
      while let (postmaster, file) = ClusterStart.livePostmaster(in: clusterDirectory),
        file.status != .stopping
      {
        if file.status == .ready, let socketDirectory = file.socketDirectory {
          return ClusterStart.Running(
            postmaster: postmaster,
            installation: try PostgresInstallation.opening(
              cluster: clusterDirectory,
              in: options.installationRoot
            ),
            socketDirectory: socketDirectory,
            isAdopted: true,
            isReloading: false
          )
        }
        guard !postmaster.ends(within: 5), ContinuousClock.now < deadline else { break }
      }
      throw ClusterError(
        .notRunning,
        "No PostgreSQL runs in \(dataDirectory). Start the server with `artel serve`."
      )
    }
    return PrivateCluster(
      running,
      lock: nil,
      origin: .attached,
      options: options,
      dataDirectory: dataDirectory,
      pool: pool,
      logger: logger
    )
  }

  /// Starts the cluster, or uses it beside the live server that holds it; for one-off commands.
  ///
  /// - Throws: ``ClusterError``.
  public static func open(_ options: Options, pool: BlockingPool, logger: Logger) async throws
    -> PrivateCluster
  {
    do {
      return try await start(options, pool: pool, logger: logger)
    } catch let error as ClusterError where error.code == .directoryInUse {
      return try await attach(options, pool: pool, logger: logger)
    }
  }

  /// Connects as the role of a context to its database.
  public func configuration(for context: String) -> DatabaseConfiguration {
    configuration(role: context, database: context)
  }

  /// Connects as the role that may do everything; for set-up, backup and diagnosis.
  public func superuserConfiguration(database: String = "postgres") -> DatabaseConfiguration {
    configuration(role: ClusterSettings.superuser, database: database)
  }

  /// Connects as `role` to any database of the cluster.
  public func configuration(role: String, database: String) -> DatabaseConfiguration {
    DatabaseConfiguration(parameters: [
      "host": socketDirectory, "port": "\(SocketDirectory.port)", "user": role, "dbname": database,
      "client_encoding": "UTF8", "sslmode": "disable", "gssencmode": "disable",
      "passfile": "\(socketDirectory)/no-passwords",
      "target_session_attrs": "any", "application_name": "artel",
    ])
  }

  /// Restarts PostgreSQL whenever it ends by itself or its socket is gone, until the task is cancelled
  /// or ``stop()`` is called; run it beside the server.
  ///
  /// Pauses grow from 1 s to 30 s while it keeps failing. Logs when the disk gets full.
  ///
  /// Returns at once for a cluster that this process only shares or is attached to.
  public func keepRunning() async {
    guard origin != .attached, options.tenure == .exclusive else { return }
    var pause = Duration.seconds(1)
    var disk = DiskWatch()
    while (try? await Task.sleep(for: .milliseconds(250))) != nil {
      let postmaster = state.withLock { $0.postmaster }
      await look(at: &disk)
      let hasSocket = await isReachable()
      // Asked last: a postmaster that was told to stop takes its socket away first.
      guard !state.withLock({ $0.isStopped }) else { return }
      let hasEnded = postmaster.ends(within: 0)
      guard hasEnded || !hasSocket else { continue }
      logger.error(
        hasEnded
          ? "PostgreSQL ended by itself; starting it again"
          : "PostgreSQL's socket is gone; starting it again",
        metadata: ["socket": "\(socketDirectory)"]
      )
      do {
        try await restart(after: postmaster)
        pause = .seconds(1)
      } catch {
        logger.error("PostgreSQL did not start", metadata: ["error": "\(error)"])
        guard (try? await Task.sleep(for: pause)) != nil else { return }
        pause = min(pause * 2, .seconds(30))
      }
    }
  }

  private func isReachable() async -> Bool {
    let socket = SocketDirectory.socket(in: socketDirectory)
    return (try? await pool.run { SystemCall.status(of: socket) != nil }) ?? true
  }

  private func look(at disk: inout DiskWatch) async {
    let directory = dataDirectory
    guard let space = try? await pool.run({ try DiskSpace.left(for: directory) }),
      let (level, message) = disk.notice(space, in: directory)
    else { return }
    logger.log(level: level, "\(message)")
  }

  private func restart(after ended: ChildProcess) async throws {
    let isCancelled = CancellationFlag()
    let start = try ClusterStart(options, isCancelled: isCancelled)
    try await withTaskCancellationHandler {
      // Not cancellable itself: whoever stops PostgreSQL must know the one that runs.
      try await Task {
        let running = try await pool.run {
          ended.reap()
          return try start.run()
        }
        let isStopped = state.withLock { state in
          state.postmaster = running.postmaster
          return state.isStopped
        }
        if isStopped {
          try await shutDown()
        }
      }.value
    } onCancel: {
      isCancelled.raise()
    }
  }

  /// Ends PostgreSQL: clients are cut off, everything is written, and the directory is free again.
  ///
  /// Does nothing for a cluster that this process only shares or is attached to. Calling it again
  /// does nothing.
  ///
  /// - Throws: ``ClusterError/Code/stopTimeout``.
  public func stop() async throws {
    guard origin != .attached, options.tenure == .exclusive else { return }
    let isFirst = state.withLock { state in
      defer { state.isStopped = true }
      return !state.isStopped
    }
    guard isFirst else { return }
    try await shutDown()
  }

  private func shutDown() async throws {
    let postmaster = state.withLock { $0.postmaster }
    let timeout = options.stopTimeout
    try await pool.run { try ClusterStart.stop(postmaster, within: timeout) }
    state.withLock { $0.lock = nil }
  }

  private static func checkName(_ context: String) throws {
    let isPlain = context.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
    }
    guard isPlain, context.first?.isLetter == true, context.utf8.count <= 63,
      !["postgres", "template0", "template1"].contains(context), !context.hasPrefix("pg_")
    else {
      throw ClusterError(
        .nameRefused,
        "\(context) cannot be a context: use lower-case letters, digits and underscores, at most 63, not a "
          + "name of PostgreSQL's own."
      )
    }
  }
}
