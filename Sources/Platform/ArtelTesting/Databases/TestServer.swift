import ArtelCluster
import ArtelConcurrency
public import ArtelPostgres
import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of a test's own, which the test may kill, start again, copy and promote.
///
/// It listens on a unix socket in its own directory and lets every local role in. Starting one takes
/// about a second. What a killed test process left behind is removed by the next one.
///
/// ```swift
/// try await TestServer.run { primary in
///   let replica = try await primary.makeReplica()
///   …
/// }
/// ```
public final class TestServer: Sendable {
  /// Why a server is not as the test wants it.
  public struct Failure: Error, CustomStringConvertible {
    /// The program and the end of what it wrote.
    public let description: String
  }

  /// libpq's `host`.
  public let directory: String

  private let installation: PostgresInstallation
  private let user: SystemUser
  private let replicas = Mutex<[TestServer]>([])

  private static let number = Atomic(0)
  private static let role = "postgres"

  private init(_ installation: PostgresInstallation, user: SystemUser, in root: String) throws {
    self.installation = installation
    self.user = user
    let number = TestServer.number.add(1, ordering: .relaxed).newValue
    directory = "\(root)/\(TestProcess.current.databasePrefix)\(number)"
    guard mkdir(directory, 0o700) == 0, chown(directory, user.userID, user.groupID) == 0 else {
      throw Failure(description: "\(directory) cannot be made")
    }
  }

  /// Runs `body` with a fresh server and removes it afterwards, its replicas too.
  nonisolated(nonsending) public static func run<Result>(
    _ body: (TestServer) async throws -> Result
  ) async throws -> Result {
    let server = try await make()
    do {
      let result = try await body(server)
      await server.remove()
      return result
    } catch {
      await server.remove()
      throw error
    }
  }

  /// Opens it, or the first of several that is reachable and the primary.
  public static func configuration(_ servers: TestServer...) -> DatabaseConfiguration {
    var configuration = DatabaseConfiguration(parameters: [
      "host": servers.map(\.directory).joined(separator: ","), "user": role, "dbname": "postgres",
    ])
    configuration.sharedConnections = 1
    configuration.leases = 2
    configuration.readTimeout = .seconds(30)
    configuration.acquireTimeout = .seconds(30)
    return configuration
  }

  /// Makes a streaming replica, which follows this server from now on.
  public func makeReplica() async throws -> TestServer {
    let replica = try TestServer(installation, user: user, in: TestServer.root())
    replicas.withLock { $0.append(replica) }
    try await run(
      "pg_basebackup",
      [
        "--pgdata=\(replica.data)", "--write-recovery-conf", "--host=\(directory)",
        "--username=\(TestServer.role)", "--checkpoint=fast", "--no-sync",
      ]
    )
    try await replica.start()
    return replica
  }

  /// Starts it again.
  public func start() async throws {
    try await run(
      "pg_ctl",
      [
        "start", "--wait", "--pgdata=\(data)", "--log=\(directory)/log",
        "--options=-c listen_addresses='' -c unix_socket_directories=\(directory) -c fsync=off "
          + "-c shared_buffers=16MB -c max_connections=40",
      ]
    )
  }

  /// Ends it at once, without a checkpoint and without telling its clients.
  public func kill() async throws {
    try await run("pg_ctl", ["stop", "--wait", "--mode=immediate", "--pgdata=\(data)"])
  }

  /// Makes a replica a primary of its own; returns when it is.
  public func promote() async throws {
    try await run("pg_ctl", ["promote", "--wait", "--pgdata=\(data)"])
  }

  private var data: String { "\(directory)/data" }

  private static func make() async throws -> TestServer {
    let caller = try SystemUser.current()
    let user =
      caller.userID == 0
      ? SystemUser.named("artel") ?? SystemUser.named("postgres") ?? caller : caller
    await sweep()
    let server = try TestServer(PostgresInstallation.newest(), user: user, in: root())
    do {
      try await server.run(
        "initdb",
        [
          "--pgdata=\(server.data)", "--username=\(role)", "--auth=trust", "--encoding=UTF8",
          "--locale=C.UTF-8", "--no-sync",
        ]
      )
      try await server.start()
      return server
    } catch {
      await server.remove()
      throw error
    }
  }

  private func remove() async {
    for replica in replicas.withLock({ $0 }) { await replica.remove() }
    try? await kill()
    try? FileManager.default.removeItem(atPath: directory)
  }

  private static func root() throws -> String {
    let root = "/tmp/artel-servers-\(try SystemUser.current().name)"
    mkdir(root, 0o755)
    return root
  }

  /// Removes the servers of test processes that are gone.
  private static func sweep() async {
    guard let root = try? root(),
      let names = try? FileManager.default.contentsOfDirectory(atPath: root)
    else { return }
    for name in names where TestProcess(databaseName: name)?.isAlive == false {
      let left = "\(root)/\(name)"
      let pid = try? String(contentsOfFile: "\(left)/data/postmaster.pid", encoding: .utf8)
        .split(separator: "\n").first.flatMap { Int32($0) }
      if let pid { Glibc.kill(pid, SIGQUIT) }
      try? FileManager.default.removeItem(atPath: left)
    }
  }

  /// Runs one of PostgreSQL's programs as the server's account.
  private func run(_ program: String, _ arguments: [String]) async throws {
    let outcome = try await TestCluster.shared.pool.run { [installation, user] in
      try Tool.run(installation.path(of: program), arguments, as: user)
    }
    guard outcome.exitCode == 0 else {
      throw Failure(description: "\(program): \(outcome.output)")
    }
  }
}
