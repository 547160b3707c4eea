public import ArtelCluster
import ArtelConcurrency
public import ArtelPostgres
import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// A PostgreSQL of a test's own, which the test may kill and bring back.
///
/// Unlike the ``TestCluster`` it waits for the disk, so what was acknowledged survives its death.
/// Starting costs about 2 s, bringing back 0.3 s. Gone with the object.
public final class MortalPostgres: Sendable {
  /// How it ends.
  public enum Death: Sendable, CaseIterable {
    /// All its processes get SIGKILL at a moment, as when the machine runs out of memory.
    case killed
    /// Immediate shutdown (SIGQUIT): clients are cut off, the next start recovers.
    case immediate
    /// Fast shutdown (SIGINT): clients are told and cut off, everything is written.
    case orderly
  }

  private static let roots = "/tmp/artel-mortal"
  private static let context = "testing"
  private static let count = Atomic(0)

  private let root: String
  private let pool = BlockingPool(name: "mortal-postgres", threads: 2)
  private let logger: Logger
  private let cluster = Mutex<PrivateCluster?>(nil)
  private let known = Mutex<DatabaseConfiguration?>(nil)
  private let struck = Mutex<Int32?>(nil)

  private var clusterDirectory: String { root + "/data/postgres" }

  private init() {
    let number = MortalPostgres.count.add(1, ordering: .relaxed).newValue
    root = "\(MortalPostgres.roots)/\(TestProcess.current.databasePrefix)\(number)"
    var logger = Logger(label: "artel.testing")
    logger.logLevel = .critical
    self.logger = logger
  }

  /// Makes one and starts it; removes those of test processes that are gone.
  public static func start() async throws -> MortalPostgres {
    sweep()
    let postgres = MortalPostgres()
    try FileManager.default.createDirectory(
      atPath: postgres.root,
      withIntermediateDirectories: true
    )
    try await postgres.revive()
    return postgres
  }

  /// Connects to its empty database; the same over all deaths.
  public var configuration: DatabaseConfiguration {
    known.withLock { configuration in
      guard let configuration else { preconditionFailure("it was never started") }
      return configuration
    }
  }

  /// The account it runs as when that is not this process's.
  public static var owner: SystemUser? {
    geteuid() == 0 ? SystemUser.named("artel") ?? SystemUser.named("postgres") : nil
  }

  /// Connects as the role that may do everything.
  public func superuserConfiguration() -> DatabaseConfiguration? {
    cluster.withLock { $0?.superuserConfiguration(database: MortalPostgres.context) }
  }

  /// Ends it and waits until none of its processes is left.
  public func die(_ death: Death) async throws {
    let directory = clusterDirectory
    guard let postmaster = MortalPostgres.postmaster(in: directory) else {
      throw FaultError("PostgreSQL in \(directory) is dead already")
    }
    switch death {
    case .killed: MortalPostgres.killAll(in: directory, postmaster: postmaster)
    case .immediate: kill(postmaster, SIGQUIT)
    case .orderly: kill(postmaster, SIGINT)
    }
    try await bury(postmaster)
  }

  /// Kills all its processes right now, from the very step that a test is about; see ``reviveStruck()``.
  public func strike() {
    guard let postmaster = MortalPostgres.postmaster(in: clusterDirectory) else { return }
    struck.withLock { $0 = postmaster }
    MortalPostgres.killAll(in: clusterDirectory, postmaster: postmaster)
  }

  /// Waits until it is struck, and starts it again.
  public func reviveStruck() async throws {
    try await eventually("PostgreSQL is struck") { struck.withLock { $0 != nil } }
    guard let postmaster = struck.withLock({ $0.take() }) else { return }
    try await bury(postmaster)
    try await revive()
  }

  private func bury(_ postmaster: Int32) async throws {
    let directory = clusterDirectory
    try await eventually("PostgreSQL in \(directory) ends") {
      // Until it is reaped its number is taken, and the next start would believe that it lives.
      waitpid(postmaster, nil, WNOHANG) != 0 && MortalPostgres.processes(in: directory).isEmpty
    }
    cluster.withLock { $0 = nil }
  }

  /// Ends one backend with SIGKILL: PostgreSQL then ends all others and recovers by itself.
  ///
  /// - Throws: ``FaultError`` when the process is not one of its own.
  public func crash(backend: Int32) throws {
    guard MortalPostgres.processes(in: clusterDirectory).contains(backend) else {
      throw FaultError("\(backend) is no process of PostgreSQL in \(clusterDirectory)")
    }
    kill(backend, SIGKILL)
  }

  /// Starts it again and waits until it answers, recovery included.
  public func revive() async throws {
    let started = try await PrivateCluster.start(
      PrivateCluster.Options(
        dataDirectory: root + "/data",
        contexts: [MortalPostgres.context],
        runAs: MortalPostgres.owner
      ),
      pool: pool,
      logger: logger
    )
    known.withLock { $0 = started.configuration(for: MortalPostgres.context) }
    cluster.withLock { $0 = started }
  }

  deinit {
    if let postmaster = MortalPostgres.postmaster(in: clusterDirectory) {
      MortalPostgres.killAll(in: clusterDirectory, postmaster: postmaster)
      waitpid(postmaster, nil, 0)
    }
    try? FileManager.default.removeItem(atPath: root)
  }

  private static func sweep() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: roots)) ?? []
    for name in names where TestProcess(databaseName: name)?.isAlive == false {
      let directory = "\(roots)/\(name)/data/postgres"
      if let postmaster = postmaster(in: directory) {
        killAll(in: directory, postmaster: postmaster)
      }
      try? FileManager.default.removeItem(atPath: "\(roots)/\(name)")
    }
  }

  // MARK: Processes

  /// The first line of `postmaster.pid`, when that process still works in the directory.
  private static func postmaster(in directory: String) -> Int32? {
    guard let bytes = FileManager.default.contents(atPath: directory + "/postmaster.pid"),
      let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first,
      let number = Int32(line)
    else { return nil }
    return processes(in: directory).contains(number) ? number : nil
  }

  /// Every process of a cluster works in its directory; those that have ended work nowhere.
  private static func processes(in directory: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")) == directory
    }
  }

  /// The postmaster first: after it nobody starts another process.
  private static func killAll(in directory: String, postmaster: Int32) {
    kill(postmaster, SIGKILL)
    for process in processes(in: directory) { kill(process, SIGKILL) }
  }
}
