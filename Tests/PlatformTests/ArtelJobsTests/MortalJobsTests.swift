import ArtelJobs
import ArtelMigrations
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Jobs and PostgreSQL that dies", .timeLimit(.minutes(10)))
struct MortalJobsTests {
  private struct Stamp: Job {
    static let kind = "test.stamps.leave"
    static let options = JobOptions {
      $0.attempts = 1000
      $0.backOff = BackOff(first: .milliseconds(20), longest: .milliseconds(200))
    }
    var number: Int
  }

  private struct Letter: Job {
    static let kind = "test.letters.send"
    static let options = JobOptions {
      $0.attempts = 1000
      $0.backOff = BackOff(first: .milliseconds(20), longest: .milliseconds(200))
    }
    var number: Int
  }

  // Fails when the effect and its completion are two transactions: seen more stamps than jobs.
  @Test func `no job is lost, and what belongs to its transaction is there once`() async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    let stamping = JobHandler(inTransaction: Stamp.self) { job, tx in
      _ = try await tx.write("insert into stamps values (\(job.number))")
      _ = try await tx.read("select pg_sleep(0.02)")
    }
    let sending = JobHandler(Letter.self) { job, _ in
      _ = try await db.write("insert into letters values (\(job.number))")
    }
    var options = JobRunnerOptions()
    options.hold = .seconds(1)
    let runner = JobRunner(
      db: db,
      handlers: [stamping, sending],
      options: options,
      logger: TestJobs.logger
    )
    let running = Task { await runner.run() }
    var count = 0

    for death in MortalPostgres.Death.allCases {
      let numbers = count + 1...count + 60
      try await db.transaction { tx async throws in
        try await tx.enqueue(contentsOf: numbers.map { Stamp(number: $0) })
        try await tx.enqueue(contentsOf: numbers.map { Letter(number: $0) })
      }
      let enough = count + 10
      try await eventually("some are done") { try await stamps(db).count >= enough }
      #expect(try await stamps(db).count < numbers.upperBound)
      try await postgres.die(death)
      try await postgres.revive()
      count = numbers.upperBound
    }
    try await eventually("all jobs are finished", within: .seconds(300)) {
      let rows = try? await db.read("select count(*) from jobs.jobs where state = 'finished'")
      return try rows?.first?.decode(Int.self, at: 0) == 2 * count
    }
    running.cancel()
    await running.value

    #expect(try await stamps(db) == Array(1...count))
    let letters = try await db.read("select distinct number from letters order by number")
    #expect(try letters.map { try $0.decode(Int.self, at: 0) } == Array(1...count))
    await db.close()
  }

  private func stamps(_ db: Database) async throws -> [Int] {
    try await db.read("select number from stamps order by number")
      .map { try $0.decode(Int.self, at: 0) }
  }

  private func prepare(_ db: Database) async throws {
    try await Migrator(
      context: "jobs",
      series: [try TestJobs.series()],
      database: db,
      logger: TestJobs.logger
    ).apply()
    _ = try await db.write("create table stamps (number bigint not null)")
    _ = try await db.write("create table letters (number bigint not null)")
  }
}
