import ArtelPostgres
import FoundationEssentials
import Glibc
import Testing

@testable import ArtelCluster

@Suite("A private cluster after a crash", .serialized)
struct ClusterCrashTests {
  // Fails without removing the file: "lock file postmaster.pid already exists".
  @Test func `a stale postmaster file that names a living process does not stop it`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    let bystander = try sandbox.bystander()
    defer { bystander.kill() }
    try sandbox.write(
      "\(bystander.processID)\n\(sandbox.cluster)\n1\n5432\n/nowhere\n\n1 1\nready   \n",
      to: sandbox.cluster + "/postmaster.pid"
    )

    let started = try await sandbox.start()

    #expect(started.origin == .started)
    #expect(!bystander.ends(within: 0))
    try await started.stop()
  }

  // Fails without asking for the program's name: the shell is taken for the postmaster and ended.
  @Test func `an operator's shell in the directory is left alone`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    let bystander = try sandbox.bystander(in: sandbox.cluster)
    defer { bystander.kill() }
    try sandbox.write(
      "\(bystander.processID)\n\(sandbox.cluster)\n1\n5432\n/nowhere\n\n1 1\nready   \n",
      to: sandbox.cluster + "/postmaster.pid"
    )

    let started = try await sandbox.start()

    #expect(started.origin == .started)
    #expect(!bystander.ends(within: 0))
    try await started.stop()
  }

  // Fails when only a file that names a process is removed: "lock file postmaster.pid is empty".
  @Test(arguments: ["", "half a fi"])
  func `a postmaster file that a full disk or a power cut spoiled is removed`(_ text: String)
    async throws
  {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    try sandbox.write("x", to: sandbox.cluster + "/postmaster.pid")
    try sandbox.write(text, to: sandbox.cluster + "/postmaster.pid")

    let started = try await sandbox.start()

    try await started.stop()
  }

  // Fails when processes are looked for only beside a file: "lock file .s.PGSQL.5432.lock exists".
  @Test func `a postmaster whose file somebody removed is ended, never doubled`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.leaveRunning(after: "create table kept as select 1")
    let (old, _) = try #require(ClusterStart.livePostmaster(in: sandbox.cluster))
    unlink(sandbox.cluster + "/postmaster.pid")

    let started = try await sandbox.start()

    #expect(started.origin == .started)
    #expect(old.ends(within: 0))
    #expect(
      try await sandbox.text("select 'kept' from kept", started.configuration(for: "gallery"))
        == "kept"
    )
    try await started.stop()
    old.reap()
  }

  // Fails with an unlogged table, which a crash empties: 0 of 1,000 rows.
  @Test func `after kill -9 of every process the rows are there`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.leaveRunning(
      after: "create table kept as select n from generate_series(1, 1000) n",
      .full
    )
    try sandbox.killEverything()

    let second = try await sandbox.start { $0.durability = .full }

    #expect(
      try await sandbox.text(
        "select count(*)::text from kept",
        second.configuration(for: "gallery")
      ) == "1000"
    )
    try await second.stop()
  }

  // Fails without ending the old initdb: it is still there, at work in the directory of the new one.
  @Test(arguments: ["PG_VERSION", "global/pg_control", "base/1/1259", "base/5"])
  func `a cluster half made when the server was killed is made again`(_ moment: String)
    async throws
  {
    let sandbox = try ClusterSandbox()
    try DataDirectory.prepare(sandbox.directory, for: sandbox.user ?? SystemUser.current())
    let incomplete = sandbox.cluster + ".incomplete"
    let initdb = try ChildProcess.start(
      ChildProcess.Command(
        executable: PostgresInstallation.newest().path(of: "initdb"),
        arguments: ["--pgdata=\(incomplete)", "--username=postgres", "--locale=C.UTF-8"],
        user: sandbox.user
      )
    )
    while SystemCall.status(of: "\(incomplete)/\(moment)") == nil {
      try #require(!initdb.ends(within: 1))
    }

    let cluster = try await sandbox.start()

    #expect(initdb.ends(within: 0))
    #expect(ServerProcesses.making(incomplete).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: incomplete))
    try await cluster.stop()
    initdb.reap()
  }
}

@Suite("A private cluster's socket", .serialized)
struct ClusterSocketTests {
  // Fails without the look at the socket in adopt(): start() waits for a connection in vain.
  @Test func `a left-over postmaster nobody can reach is started anew`() async throws {
    let sandbox = try ClusterSandbox()
    let socketDirectory = try await sandbox.leaveRunning()
    try FileManager.default.removeItem(atPath: socketDirectory)

    let cluster = try await sandbox.start()

    #expect(cluster.origin == .started)
    #expect(
      try await sandbox.text("select 'here'", cluster.configuration(for: "gallery")) == "here"
    )
    try await cluster.stop()
  }

  // Fails without isReachable() in keepRunning(): the socket never comes back.
  @Test func `a socket that a cleaner removed comes back while the server runs`() async throws {
    let sandbox = try ClusterSandbox()
    let cluster = try await sandbox.start()
    let keeping = Task { await cluster.keepRunning() }
    let (before, _) = try #require(ClusterStart.livePostmaster(in: sandbox.cluster))
    try FileManager.default.removeItem(atPath: cluster.socketDirectory)

    try await sandbox.waitUntilReady(after: before.processID)

    #expect(
      try await sandbox.text("select 'back'", cluster.configuration(for: "gallery")) == "back"
    )
    try await cluster.stop()
    await keeping.value
  }

  // Fails without emptying the directory: "lock file .s.PGSQL.5432.lock already exists".
  @Test func `a stale lock of the socket that names a living process does not stop it`()
    async throws
  {
    let sandbox = try ClusterSandbox()
    let first = try await sandbox.start()
    try await first.stop()
    let bystander = try sandbox.bystander()
    defer { bystander.kill() }
    try sandbox.write(
      "\(bystander.processID)\n\(sandbox.cluster)\n1\n5432\n\(first.socketDirectory)\n",
      to: SocketDirectory.socket(in: first.socketDirectory) + ".lock"
    )

    let second = try await sandbox.start()

    try await second.stop()
  }

  // Fails without the look at owner and mode: the socket is put where others may read.
  @Test func `places for the socket that others can enter are refused by name`() async throws {
    let sandbox = try ClusterSandbox(String(repeating: "long", count: 24))
    let places = SocketDirectory.candidates(for: sandbox.directory)
    for place in places { mkdir(place, 0o755) }

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .directoryUnusable)
    #expect(error?.description.contains(places.joined(separator: ", ")) == true)
  }
}

@Suite("Two starts of a private cluster", .serialized)
struct ClusterRaceTests {
  private enum Outcome: Equatable {
    case started
    case refused(ClusterError.Code)
  }

  // Fails without the lock: both make the cluster, and one finds the other's half.
  @Test func `of two servers that start at once on a missing directory one is refused`()
    async throws
  {
    let sandbox = try ClusterSandbox()
    let clusters = try await withThrowingTaskGroup { group in
      for _ in 0..<2 {
        group.addTask { () async throws -> Result<PrivateCluster, ClusterError> in
          do { return .success(try await sandbox.start()) } catch let error as ClusterError {
            return .failure(error)
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }

    let outcomes = clusters.map { result in
      switch result {
      case .success: Outcome.started
      case .failure(let error): Outcome.refused(error.code)
      }
    }
    #expect(outcomes.count { $0 == .started } == 1)
    #expect(outcomes.count { $0 == .refused(.directoryInUse) } == 1)
    for case .success(let cluster) in clusters { try await cluster.stop() }
  }

  // Fails without waiting for the turn: both make the cluster, and one finds the other's half.
  @Test func `those that share it take turns on a missing directory, and all use it`()
    async throws
  {
    let sandbox = try ClusterSandbox()

    let origins = try await withThrowingTaskGroup { group in
      for _ in 0..<3 {
        group.addTask { () async throws in
          try await sandbox.start { $0.tenure = .shared }.origin
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }

    #expect(origins.count { $0 == .started } == 1)
    #expect(origins.count { $0 == .adopted } == 2)
  }
}
