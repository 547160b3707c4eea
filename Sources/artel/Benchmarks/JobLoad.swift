import ArgumentParser
import ArtelConcurrency
import ArtelJobs
import ArtelMigrations
import ArtelPostgres
import Foundation
import Logging

/// A job whose effect is a row of the table `marks`, or nothing at all.
struct LeaveMark: Job {
  static let kind = "bench.marks.leave"
  static let options = JobOptions { $0.keeps = .seconds(3600) }
  var number: Int?

  static let handler = JobHandler(inTransaction: LeaveMark.self) { job, tx in
    guard let number = job.number else { return }
    _ = try await tx.write("insert into marks values (\(number))")
  }
}

/// A job that is done at least once: a row of `visits` says when it was at it, on one node at a time.
struct PayVisit: Job {
  static let kind = "bench.visits.pay"
  static let options = JobOptions { $0.limitOverall = 1 }
  var number: Int

  static func handler(in database: Database) -> JobHandler {
    JobHandler(PayVisit.self) { job, _ in
      let begun = try await database.write(
        """
        insert into visits (number, began_at) values (\(job.number), clock_timestamp())
        returning place
        """
      )
      let place = try begun[0].decode(Int.self, at: 0)
      _ = try await database.write(
        "update visits set ended_at = clock_timestamp() where place = \(place)"
      )
    }
  }
}

/// `artel bench jobs`: how many empty transactional jobs a second a node runs.
struct JobRate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "jobs")

  @Option(help: "A database for this alone, as a URL or libpq keywords.")
  var url: String

  @Option(help: "The folder with the migrations of the schema jobs.")
  var migrations: String

  @Option(help: "How many jobs there are.")
  var count = 20_000

  @Option(help: "How many run at once.")
  var tasks = 16

  func run() async throws {
    try await withBenchDatabase(url, leases: tasks + 2) { database, logger in
      let series = [try MigrationSeries(schema: "jobs", directory: migrations)]
      try await Migrator(context: "bench", series: series, database: database, logger: logger)
        .apply()
      _ = try await database.write("truncate jobs.jobs")
      for _ in 0..<(count / 1000) {
        let jobs = [LeaveMark](repeating: LeaveMark(), count: 1000)
        try await database.transaction { tx in try await tx.enqueue(contentsOf: jobs) }
      }
      _ = try await database.withLease { try await $0.script("vacuum analyze jobs.jobs") }
      var options = JobRunnerOptions()
      options.capacity = tasks
      let runner = JobRunner(
        db: database,
        handlers: [LeaveMark.handler],
        options: options,
        logger: logger
      )
      let queue = JobQueue(in: database)
      let clock = ContinuousClock()
      let start = clock.now
      let running = Task { await runner.run() }
      while try await !queue.statistics().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
      let elapsed = start.duration(to: clock.now) / .seconds(1)
      running.cancel()
      await running.value
      let done = try await database.read("select count(*) from jobs.jobs where state = 'finished'")
      let finished = try done[0].decode(Int.self, at: 0)
      print("{\"count\": \(finished), \"per_second\": \(Double(finished) / elapsed)}")
    }
  }
}

/// `artel bench jobs-node`: runs jobs until it is killed.
struct JobNode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "jobs-node")

  @Option(help: "A database with the schema jobs and the tables marks and visits.")
  var url: String

  @Option(help: "How many jobs run at once.")
  var tasks = 4

  func run() async throws {
    try await withBenchDatabase(url, leases: tasks + 2) { database, logger in
      var options = JobRunnerOptions()
      options.capacity = tasks
      options.hold = .seconds(1)
      let runner = JobRunner(
        db: database,
        handlers: [LeaveMark.handler, PayVisit.handler(in: database)],
        options: options,
        logger: logger
      )
      await runner.run()
    }
  }
}

func withBenchDatabase<Result>(
  _ url: String,
  leases: Int,
  _ body: (Database, Logger) async throws -> Result
) async throws -> Result {
  let pool = BlockingPool(name: "bench", threads: 4)
  let reactor = Reactor()
  var logger = Logger(label: "bench")
  logger.logLevel = .warning
  var configuration = try DatabaseConfiguration(url: url)
  configuration.leases = leases
  let database = Database(configuration, reactor: reactor, pool: pool, logger: logger)
  let result = try await body(database, logger)
  await database.close()
  reactor.stop()
  pool.stop()
  return result
}
