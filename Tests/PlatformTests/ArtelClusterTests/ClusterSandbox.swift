import ArtelConcurrency
import ArtelPostgres
import FoundationEssentials
import Glibc
import Logging
import Synchronization

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
    if let (postmaster, _) = ClusterStart.livePostmaster(in: directory + "/postgres") {
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
