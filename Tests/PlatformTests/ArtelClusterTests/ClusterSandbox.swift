import ArtelConcurrency
import ArtelPostgres
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import ArtelCluster

/// A data directory for one test, with whatever runs in it, gone when the test is.
final class ClusterSandbox: Sendable {
  private static let count = Atomic(0)

  private let root: String
  let directory: String
  let pool = BlockingPool(name: "cluster-tests", threads: 4)
  let reactor = Reactor()
  let logger: Logger
  /// Who PostgreSQL runs as: root may not run it.
  let user: SystemUser?

  init(_ name: String = "data") throws {
    let number = ClusterSandbox.count.add(1, ordering: .relaxed).newValue
    root = "/tmp/artel-cluster-tests-\(getpid())-\(number)"
    directory = "\(root)/\(name)"
    let isRoot = try SystemUser.current().userID == 0
    user = isRoot ? SystemUser.named("artel") ?? SystemUser.named("postgres") : nil
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    self.logger = logger
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true
    )
  }

  /// The folder around the data directory.
  var folder: String {
    String(directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.endIndex))
  }

  var options: PrivateCluster.Options {
    PrivateCluster.Options(
      dataDirectory: directory,
      contexts: ["accounts", "gallery"],
      runAs: user,
      durability: .fast
    )
  }

  func start(_ change: (inout PrivateCluster.Options) -> Void = { _ in }) async throws
    -> PrivateCluster
  {
    var options = options
    change(&options)
    return try await PrivateCluster.start(options, pool: pool, logger: logger)
  }

  /// The directory of PostgreSQL itself.
  var cluster: String { directory + "/postgres" }

  /// A living process of the same account that has nothing to do with PostgreSQL and stands in `place`.
  func bystander(in place: String = "/") throws -> ChildProcess {
    let process = try ChildProcess.start(
      ChildProcess.Command(
        executable: "/bin/sh",
        arguments: ["-c", "cd '\(place)' && exec sleep 600"],
        user: user
      )
    )
    while SystemCall.contents(of: "/proc/\(process.processID)/comm") != "sleep\n" {
      try #require(!process.ends(within: 1))
    }
    return process
  }

  /// Writes a file as PostgreSQL's own account would.
  func write(_ text: String, to path: String) throws {
    try SystemCall.write(text, to: path, owner: user)
  }

  /// Starts, runs one statement in gallery, and leaves PostgreSQL running, as a killed server does.
  ///
  /// - Returns: The directory of the socket.
  @discardableResult
  func leaveRunning(after sql: SQL = "select 'here'", _ durability: Durability = .fast) async throws
    -> String
  {
    // The lock goes with the object, as it goes with a process that is killed.
    let cluster = try await start { $0.durability = durability }
    try await text(sql, cluster.configuration(for: "gallery"))
    return cluster.socketDirectory
  }

  /// Waits until the cluster is ready under another process than before and can be reached.
  func waitUntilReady(after processID: Int32) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      if let file = PostmasterFile.read(in: cluster), file.status == .ready,
        file.processID != processID, let place = file.socketDirectory,
        SystemCall.status(of: SocketDirectory.socket(in: place)) != nil
      {
        return
      }
      try #require(ContinuousClock.now < deadline)
      // Waits in the kernel, and not on a thread that tasks need.
      try await pool.run { _ = poll(nil, 0, 10) }
    }
  }

  /// Ends every server process without a chance to say goodbye, the postmaster first.
  func killEverything() throws {
    let (postmaster, _) = try #require(ClusterStart.livePostmaster(in: cluster))
    // Stopped first, or it would start others anew.
    postmaster.signal(SIGSTOP)
    let others = ServerProcesses.atWork(in: cluster)
    for process in [postmaster] + others { process.signal(SIGKILL) }
    for process in others { _ = process.ends(within: 5_000) }
    postmaster.reap()
  }

  /// Runs one statement on a connection of its own; returns the text in its first row, if any.
  @discardableResult
  func text(_ sql: SQL, _ configuration: DatabaseConfiguration) async throws -> String? {
    var configuration = configuration
    configuration.acquireTimeout = .seconds(20)
    let database = Database(configuration, reactor: reactor, pool: pool, logger: logger)
    do {
      let rows = try await database.write(sql)
      await database.close()
      return try rows.first?.decode(String.self, at: 0)
    } catch {
      await database.close()
      throw error
    }
  }

  deinit {
    if let (postmaster, _) = ClusterStart.livePostmaster(in: cluster) {
      postmaster.signal(SIGQUIT)
      _ = postmaster.ends(within: 5_000)
      postmaster.reap()
    }
    try? FileManager.default.removeItem(atPath: root)
    for socket in SocketDirectory.candidates(for: directory) {
      try? FileManager.default.removeItem(atPath: socket)
    }
  }
}

extension ChildProcess {
  /// Ends it at once.
  func kill() {
    signal(SIGKILL)
    _ = ends(within: 5_000)
    reap()
  }
}
