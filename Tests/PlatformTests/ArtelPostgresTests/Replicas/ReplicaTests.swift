import ArtelConcurrency
import ArtelTesting
import Logging
import Testing

@testable import ArtelPostgres

/// Opens a database for as long as `body` runs.
nonisolated(nonsending) private func open(
  _ configuration: DatabaseConfiguration,
  threads: Int = 4,
  _ body: (Database) async throws -> Void
) async throws {
  let pool = BlockingPool(name: "test", threads: threads)
  let reactor = Reactor()
  var logger = Logger(label: "test")
  logger.logLevel = .error
  let db = Database(configuration, reactor: reactor, pool: pool, logger: logger)
  defer {
    reactor.stop()
    pool.stop()
  }
  do {
    try await body(db)
  } catch {
    await db.close()
    throw error
  }
  await db.close()
}

/// What one stale read said, and where it ran.
///
/// A late one of the primary runs on a lease from then on, which counts as shared here.
private func read(_ sql: SQL, upTo limit: Duration, in db: Database) async throws -> (
  value: Int, lane: StatementRecord.Lane?
) {
  let (rows, statements) = try await StatementLog.recording {
    try await db.stale(upTo: limit).read(sql)
  }
  let lane = statements.last?.lane
  return (try rows[0].decode(at: 0), lane == .lease ? .shared : lane)
}

@Suite("Reading from replicas")
struct ReplicaTests {
  @Test func `only reads that may be stale go there, and only while it is fresh and up`()
    async throws
  {
    try await TestServer.run { primary in
      let standby = try await primary.makeReplica()
      var configuration = TestServer.configuration(primary)
      configuration.replicas = [TestServer.configuration(standby).parameters]
      try await open(configuration) { db async throws in
        _ = try await db.write("create table notes (id int)")

        // Fresh: stale reads arrive at the replica, others never.
        let inRecovery = SQL(raw: "select pg_is_in_recovery()::int")
        try await eventually("the replica answers so") {
          try await read(inRecovery, upTo: .seconds(20), in: db) == (1, .replica)
        }
        #expect(try await db.read(inRecovery)[0].decode(at: 0) == 0)

        // Too far behind: what is committed meanwhile is read from the primary.
        try await open(TestServer.configuration(standby)) { standby async throws in
          _ = try await standby.read("select pg_wal_replay_pause()")
          _ = try await db.write("insert into notes values (1)")
          try await eventually("the replica answers so") {
            try await read("select count(*) from notes", upTo: .seconds(1), in: db) == (
              1, .shared
            )
          }
          // Fails when the lag is not looked at: seen 0 notes on the replica.
          let counts = try await read("select count(*) from notes", upTo: .seconds(1), in: db)
          #expect(counts == (1, .shared))
          _ = try await standby.read("select pg_wal_replay_resume()")
          try await eventually("the replica answers so") {
            try await read("select count(*) from notes", upTo: .seconds(20), in: db)
              == (1, .replica)
          }
        }

        // One request stays with the primary from then on. Fails without `hasFailed`: its next read goes
        // back to what is older.
        let request = db.stale(upTo: .seconds(60))
        _ = try await request.read("select 1")

        // Down: the primary answers. Fails without falling back: seen connectionUnavailable.
        try await standby.kill()
        _ = try await request.read("select 1")
        for _ in 0..<5 {
          #expect(
            try await read("select count(*) from notes", upTo: .seconds(60), in: db)
              == (1, .shared)
          )
        }

        // Up again: it is used again.
        try await standby.start()
        try await eventually("the replica answers so") {
          try await read("select 1", upTo: .seconds(20), in: db).lane == .replica
        }
        let (_, statements) = try await StatementLog.recording {
          try await request.read("select 1")
        }
        #expect(statements.map { $0.lane == .replica } == [false])
      }
    }
  }

  // Fails with the pool of the database: a lease is opened once those who connect to the replica have
  // given up, two minutes later.
  @Test(.timeLimit(.minutes(1))) func `one that swallows packets keeps nobody from the primary`()
    async throws
  {
    let test = try await TestDatabase.empty()
    let replica = try FaultyProxy(inFrontOf: test.configuration)
    replica.stall(.toServer, .toClient)
    var configuration = test.configuration
    configuration.sharedConnections = 2
    configuration.replicas = [replica.configuration(test.configuration).parameters]
    configuration.replicas[0]["connect_timeout"] = "120"

    // As many threads as connect to the replica.
    try await open(configuration, threads: 2) { db async throws in
      _ = try await db.stale(upTo: .seconds(5)).read("select 1")
      try await eventually("all of them connect") { replica.acceptedCount >= 2 }
      _ = try await db.write("create table notes (id int)")
    }
    try await test.close()
  }
}

@Suite("Several hosts")
struct SeveralHostsTests {
  @Test(
    arguments: [
      (nil, "/a", nil, nil), (nil, "/a,/b", "read-write", "primary"),
      ("any", "/a,/b", "any", "any"), ("read-only", "/a", "read-only", "standby"),
      ("read-write", "/a", "read-write", "primary"),
      ("prefer-standby", "/a,/b", "prefer-standby", "prefer-standby"),
    ] as [(String?, String, String?, String?)]
  )
  func `which server will do`(given: String?, host: String, writing: String?, reading: String?) {
    var configuration = DatabaseConfiguration(parameters: ["host": host])
    configuration.parameters["target_session_attrs"] = given
    #expect(configuration.targetSession(isReadOnly: false) == writing)
    #expect(configuration.targetSession(isReadOnly: true) == reading)
  }

  @Test func `a URL with several hosts is understood`() throws {
    let configuration = try DatabaseConfiguration(
      url: "postgres://me@one:5432,two:5433/db?target_session_attrs=read-write"
    )
    #expect(configuration.parameters["host"] == "one,two")
    #expect(configuration.parameters["port"] == "5432,5433")
    #expect(configuration.hasSeveralHosts)
  }

  @Test func `a dead first host is passed over, and so is one that is no primary`() async throws {
    try await TestServer.run { dead in
      try await TestServer.run { primary in
        let standby = try await primary.makeReplica()
        try await dead.kill()
        try await open(TestServer.configuration(dead, standby, primary)) { db async throws in
          _ = try await db.write("create table notes (id int)")
          // Fails when the first server that answers will do: seen true.
          #expect(try await db.read("select pg_is_in_recovery()")[0].decode(at: 0) == false)
        }
      }
    }
  }

  @Test func `after the primary has died its promoted replica is found, with every row`()
    async throws
  {
    try await TestServer.run { primary in
      let standby = try await primary.makeReplica()
      try await open(TestServer.configuration(primary, standby)) { db async throws in
        _ = try await db.write("create table notes (id int)")
        _ = try await db.write("insert into notes values (1)")
        #expect(try await db.read("select from notes").count == 1)
        try await open(TestServer.configuration(standby)) { standby async throws in
          try await eventually("the replica answers so") {
            (try? await standby.read("select from notes").count) == 1
          }
        }

        try await primary.kill()
        // Sent while there is no primary at all: both wait for one. Fails without trying again:
        // seen connectionUnavailable.
        async let write = db.write("insert into notes values (2)")
        async let read = db.read("select from notes where id = 1")
        try await standby.promote()

        do {
          _ = try await write
        } catch let error as PostgresError where error.code == .unknownOutcome {
          // A resting lease may take the statement before it learns that its server is gone.
          _ = try await db.write("insert into notes values (2)")
        }
        #expect(try await read.count == 1)
        #expect(try await db.read("select from notes").count == 2)
      }
    }
  }
}
