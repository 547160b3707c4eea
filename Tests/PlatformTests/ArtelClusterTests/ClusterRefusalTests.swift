import FoundationEssentials
import Glibc
import Testing

@testable import ArtelCluster

@Suite("A cluster that cannot be opened", .serialized)
struct ClusterRefusalTests {
  // Fails without the comparison of versions: PostgreSQL 15 tries, and blames itself.
  @Test func `an edited version is refused, and put back it starts with its rows`() async throws {
    let sandbox = try ClusterSandbox()
    let first = try await sandbox.start()
    try await sandbox.text("create table kept as select 1", first.configuration(for: "gallery"))
    try await first.stop()
    let file = sandbox.cluster + "/PG_VERSION"
    let version = try #require(SystemCall.contents(of: file))
    try sandbox.write("99\n", to: file)

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .otherMajorVersion)
    #expect(error?.description.contains("belong to PostgreSQL 99") == true)
    #expect(error?.description.contains("postgresql-99") == true)
    #expect(error?.description.contains("artel backup") == true)
    try sandbox.write(version, to: file)
    let again = try await sandbox.start()
    #expect(
      try await sandbox.text("select 'kept' from kept", again.configuration(for: "gallery"))
        == "kept"
    )
    try await again.stop()
  }

  // Fails without the guard on the number: the text advises to install "postgresql-".
  @Test(arguments: ["", "fifteen\n"])
  func `a directory that does not tell its version is no cluster`(_ text: String) async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    try sandbox.write(text, to: sandbox.cluster + "/PG_VERSION")

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .directoryUnusable)
    #expect(error?.description.contains("PG_VERSION is missing or unreadable") == true)
    #expect(error?.description.contains("artel restore") == true)
  }

  // Fails without requirePrivate(): "data directory has invalid permissions".
  @Test func `a cluster that others could read is closed and started`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    chmod(sandbox.cluster, 0o755)

    let cluster = try await sandbox.start()

    #expect(SystemCall.status(of: sandbox.cluster)?.st_mode == S_IFDIR | 0o700)
    try await cluster.stop()
  }

  // Fails without requirePrivate(): "data directory has wrong ownership", and no word of chown.
  @Test(.enabled(if: geteuid() == 0))
  func `somebody else's cluster in our directory is refused`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    chown(sandbox.cluster, 0, 0)

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .directoryUnusable)
    #expect(error?.description.contains("belongs to root") == true)
    #expect(error?.description.contains("chown -R \(sandbox.user?.name ?? ""):") == true)
  }

  // Fails without the advice: PostgreSQL's own words alone.
  @Test(.enabled(if: geteuid() == 0))
  func `files inside that belong to somebody else are to be handed over`() async throws {
    let sandbox = try ClusterSandbox()
    try await sandbox.start().stop()
    chown(sandbox.cluster + "/global/pg_control", 0, 0)

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.description.contains("pg_control\": Permission denied") == true)
    #expect(error?.description.contains("chown -R \(sandbox.user?.name ?? ""):") == true)
  }

  // Fails when the day's log is looked at first: the complaint of an earlier start is shown.
  @Test func `a setting PostgreSQL refuses is shown, not what it complained of before`()
    async throws
  {
    let sandbox = try ClusterSandbox()
    let first = try await sandbox.start()
    let log = sandbox.directory + "/log"
    try await sandbox.text(
      "alter system set shared_buffers = '64MB'",
      first.superuserConfiguration()
    )
    try await first.stop()
    try sandbox.write("shared_buffers = 'much'\n", to: sandbox.cluster + "/postgresql.auto.conf")
    try sandbox.write("now [1] @ FATAL:  an old complaint\n", to: log + "/postgresql-old.log")

    let error = await #expect(throws: ClusterError.self) { try await sandbox.start() }

    #expect(error?.code == .startRefused)
    #expect(error?.description.contains("postgresql.auto.conf\" contains errors") == true)
    #expect(error?.description.contains("old complaint") == false)
    #expect(error?.description.contains("\n") == false)
  }
}

@Suite("What PostgreSQL complains of")
struct ComplaintTests {
  // Fails without reading from the end ("FATAL:  the first"), without cutting the prefix off, and
  // without leaving out LOG lines ("all is well" is a complaint).
  @Test func `the last complaint counts, without the log's prefix`() {
    let output = """
      2026-01-01 00:00:00 UTC [1] @ FATAL:  the first
      2026-01-01 00:00:00 UTC [1] @ PANIC:  the second
      2026-01-01 00:00:00 UTC [1] @ LOG:  database system is shut down
      """

    #expect(Complaint.last(in: output)?.text == "PANIC:  the second")
    #expect(
      Complaint.last(in: "could not find it\nbut could not open it\n")?.text
        == "but could not open it"
    )
    #expect(Complaint.last(in: "now [1] @ LOG:  all is well") == nil)
  }

  // Fails without the branches of advice(): nil for all three.
  @Test(arguments: [
    ("could not extend file: No space left on device", "free some space"),
    ("could not create file: Read-only file system", "remount,rw"),
    ("could not open file: Permission denied", "chown -R artel: /data"),
  ])
  func `what an operator can mend comes with the way to mend it`(_ text: String, _ advice: String) {
    #expect(Complaint(text).advice(about: "/data", owner: "artel")?.contains(advice) == true)
  }

  // Fails without the look for "Permission denied": the advice is to hand everything over.
  @Test func `what nobody knows better than PostgreSQL stands alone`() {
    #expect(Complaint("FATAL:  something").advice(about: "/data", owner: "artel") == nil)
  }
}

@Suite("The disk of a data directory")
struct DiskSpaceTests {
  // Fails without the comparison with the last look: every look is a line, five instead of two.
  @Test func `it is said once when the disk gets full, and once when it has room again`() {
    var watch = DiskWatch()
    let mebibyte: UInt64 = 1 << 20

    let notices = [4_096, 47, 40, 2_048, 2_048].map {
      watch.notice(DiskSpace(freeBytes: $0 * mebibyte), in: "/data")
    }

    #expect(notices.map { $0?.0 } == [nil, .error, nil, .notice, nil])
    #expect(notices[1]?.1.contains("The disk of /data is full") == true)
  }

  // Fails without the way up to a directory that exists: "No such file or directory".
  @Test func `a directory that is not there yet is measured where it will be`() throws {
    #expect(try DiskSpace.left(for: "/tmp/not/there/yet") >= .full)
  }

  // Fails with `<=` at the steps: 48 MiB is full and 1 GiB is low.
  @Test(arguments: [
    (UInt64(0), DiskSpace.full), (48, .low), (1_023, .low), (1_024, .ample),
  ])
  func `the steps lie at 48 MiB and 1 GiB`(_ mebibytes: UInt64, _ space: DiskSpace) {
    #expect(DiskSpace(freeBytes: mebibytes << 20) == space)
  }
}
