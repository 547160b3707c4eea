import ArtelPostgres
import FoundationEssentials
import Glibc
import Testing

@testable import ArtelCluster

@Suite("A private cluster", .serialized)
struct PrivateClusterTests {
  // Fails without --locale=C.UTF-8: lower('Я') is 'Я', no trigrams. Fails without the look for a
  // cluster that is there: "Cannot rename …: Directory not empty".
  @Test func `it knows Russian letters and keeps what was written over a restart`() async throws {
    let sandbox = try ClusterSandbox()
    let first = try await sandbox.start()
    let gallery = first.configuration(for: "gallery")
    #expect(try await sandbox.text("select lower('Я')", gallery) == "я")
    #expect(
      try await sandbox.text("select array_length(show_trgm('привет'), 1)::text", gallery) == "7"
    )
    try await sandbox.text("create table kept as select 'here'::text as place", gallery)
    try await first.stop()

    let second = try await sandbox.start()

    #expect(second.origin == .started)
    #expect(
      try await sandbox.text("select place from kept", second.configuration(for: "gallery"))
        == "here"
    )
    try await second.stop()
  }

  // Fails without either `revoke all on database`: one of the two gets in.
  @Test func `a context cannot connect to the database of another`() async throws {
    let sandbox = try ClusterSandbox()
    let cluster = try await sandbox.start()

    await #expect(throws: PostgresError.self) {
      try await sandbox.text(
        "select 'in'",
        cluster.configuration(role: "gallery", database: "accounts")
      )
    }
    await #expect(throws: PostgresError.self) {
      try await sandbox.text(
        "select 'in'",
        cluster.configuration(role: "gallery", database: "postgres")
      )
    }
    try await cluster.stop()
  }

  // Fails without the lock: the second start adopts, and its end takes PostgreSQL from the first.
  // Fails without the catch in open(): refused. Fails without the guard in stop(): the socket is
  // gone.
  @Test func `a directory in use is refused, and a command attaches to it instead`() async throws {
    let sandbox = try ClusterSandbox()
    let cluster = try await sandbox.start()

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }
    let attached = try await PrivateCluster.open(
      sandbox.options,
      pool: sandbox.pool,
      logger: sandbox.logger
    )

    #expect(error?.code == .directoryInUse)
    #expect(error?.description.contains("(process \(getpid()))") == true)
    #expect(attached.origin == .attached)
    try await attached.stop()
    #expect(
      try await sandbox.text("select 'alive'", cluster.configuration(for: "accounts")) == "alive"
    )
    try await cluster.stop()
  }

  // Fails without adopt(): started anew. Fails without prepareContexts(), and without SIGHUP: music
  // is refused.
  @Test
  func `a postmaster that a killed server left behind is adopted, with contexts it did not know`()
    async throws
  {
    let sandbox = try ClusterSandbox()
    // The lock goes with the object, as it goes with a process that is killed.
    _ = try await sandbox.start()

    let cluster = try await sandbox.start { $0.contexts.append("music") }

    #expect(cluster.origin == .adopted)
    #expect(
      try await sandbox.text("select current_user::text", cluster.configuration(for: "music"))
        == "music"
    )
    try await cluster.stop()
  }

  // Fails without keepRunning(): nothing is ready after two minutes.
  @Test func `a postmaster that was killed is started again`() async throws {
    let sandbox = try ClusterSandbox()
    let cluster = try await sandbox.start()
    let keeping = Task { await cluster.keepRunning() }
    let (postmaster, _) = try #require(
      ClusterStart.livePostmaster(in: sandbox.directory + "/postgres")
    )

    postmaster.signal(SIGKILL)
    _ = postmaster.ends(within: 5_000)
    try await sandbox.waitUntilReady(after: postmaster.processID)

    #expect(
      try await sandbox.text("select 'back'", cluster.configuration(for: "gallery")) == "back"
    )
    try await cluster.stop()
    await keeping.value
  }

  // Fails without the limit in candidates(): "could not create any Unix-domain sockets".
  @Test func `a path too long for a socket works`() async throws {
    let sandbox = try ClusterSandbox(String(repeating: "длинно", count: 12))

    let cluster = try await sandbox.start()

    #expect(!cluster.socketDirectory.hasPrefix(cluster.dataDirectory))
    #expect(
      try await sandbox.text("select 'here'", cluster.configuration(for: "gallery")) == "here"
    )
    try await cluster.stop()
  }

  // Fails without the guard in newest(): startRefused, as there is no initdb, and nothing to
  // install.
  @Test func `a machine without PostgreSQL is told what to install`() async throws {
    let sandbox = try ClusterSandbox()

    let error = await #expect(throws: ClusterError.self) {
      try await sandbox.start { $0.installationRoot = sandbox.folder }
    }

    #expect(error?.code == .postgresMissing)
    #expect(error?.description.contains("apt-get install") == true)
  }

  // Fails without checkTraversal(): startRefused in initdb's words, and nobody names the folder.
  @Test func `a parent that cannot be entered is named`() async throws {
    let sandbox = try ClusterSandbox("closed/data")
    chmod(sandbox.folder, 0o000)
    defer { chmod(sandbox.folder, 0o700) }

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .directoryUnusable)
    #expect(error?.description.contains("may not enter \(sandbox.folder) ") == true)
  }

  // Fails without the guard on an empty directory: it is handed over, and the cluster starts there.
  @Test(.enabled(if: geteuid() == 0))
  func `somebody else's files are not taken over`() async throws {
    let sandbox = try ClusterSandbox()
    try FileManager.default.createDirectory(
      atPath: sandbox.directory + "/theirs",
      withIntermediateDirectories: true
    )

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .directoryUnusable)
    #expect(error?.description.contains("belongs to root") == true)
    #expect(FileManager.default.fileExists(atPath: sandbox.directory + "/theirs"))
  }

  @Test(.enabled(if: geteuid() == 0))
  func `root itself is refused`() async throws {
    let sandbox = try ClusterSandbox()

    let error = await #expect(throws: ClusterError.self) {
      try await sandbox.start { $0.runAs = nil }
    }

    #expect(error?.code == .userUnusable)
  }

  @Test(arguments: ["Gallery", "pg_toast", "postgres", "", "a-b", "1a", "галерея"])
  func `a name that cannot be a role is refused`(_ name: String) async throws {
    let sandbox = try ClusterSandbox()

    let error = await #expect(throws: ClusterError.self) {
      try await sandbox.start { $0.contexts = [name] }
    }

    #expect(error?.code == .nameRefused)
  }
}
