import ArtelMigrations
import ArtelPostgres
import ArtelTelemetry
import ArtelTesting
import Foundation
import Logging
import Synchronization

@testable import ArtelJobs

/// A queue on a database of the test's own, with a table of marks for effects.
struct TestJobs {
  let db: TestDatabase
  private let closing: Closing

  /// Closes the database at the end of the test, although queues and runners still hold it.
  private final class Closing: Sendable {
    let db: TestDatabase

    init(_ db: TestDatabase) {
      self.db = db
    }

    deinit {
      Task { [db] in try? await db.close() }
    }
  }

  static let logger: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }()

  static func series() throws -> MigrationSeries {
    try MigrationSeries(
      schema: "jobs",
      directory: "\(SourceTree.root())/Sources/Platform/ArtelJobs/Migrations"
    )
  }

  static func make() async throws -> TestJobs {
    let db = try await TestDatabase.make(context: "jobs", series: [try series()])
    try await db.write("create table marks (number bigint not null)")
    return TestJobs(db: db, closing: Closing(db))
  }

  /// A node on the same database.
  func node(
    named name: String = "here",
    capacity: Int = 4,
    hold: Duration = .seconds(30),
    grace: Duration = .seconds(5),
    poll: Duration = .seconds(1),
    schedules: [JobSchedule] = [],
    logger: Logger = TestJobs.logger,
    telemetry: Telemetry = Telemetry(),
    _ handlers: JobHandler...
  ) -> JobRunner {
    var options = JobRunnerOptions()
    options.capacity = capacity
    options.hold = hold
    options.grace = grace
    options.poll = poll
    options.node = name
    return JobRunner(
      db: db.database,
      handlers: handlers,
      schedules: schedules,
      options: options,
      logger: logger,
      telemetry: telemetry
    )
  }

  @discardableResult
  func enqueue(_ job: some Job, _ placement: JobPlacement = .now) async throws -> JobID? {
    try await db.database.transaction { tx in try await tx.enqueue(job, placement) }
  }

  /// One column of the only job.
  func text(_ column: String) async throws -> String? {
    let rows = try await db.read("select (\(raw: column))::text from jobs.jobs")
    return try rows.first?.decode(String?.self, at: 0)
  }

  func count(_ state: String) async throws -> Int {
    let rows = try await db.read("select count(*) from jobs.jobs where state = \(state)")
    return try rows[0].decode(at: 0)
  }

  func marks() async throws -> [Int] {
    try await db.read("select number from marks order by number").map { try $0.decode(at: 0) }
  }

  /// Makes every job due, and every hold end.
  func passTime() async throws {
    try await db.write("update jobs.jobs set run_at = now() where state = 'queued'")
    try await db.write(
      "update jobs.jobs set hold_ends_at = now() - interval '1 s' where state = 'running'"
    )
  }
}

/// Leaves its number in `marks`.
struct Mark: Job {
  static let kind = "test.marks.leave"
  static let options = JobOptions { $0.backOff = BackOff(first: .seconds(60)) }
  var number = 1

  func leave(in tx: Transaction) async throws {
    _ = try await tx.write("insert into marks values (\(number))")
  }

  static let handler = JobHandler(inTransaction: Mark.self) { job, tx in try await job.leave(in: tx)
  }
}

/// A job whose handler a test writes.
struct Errand: Job {
  static let kind = "test.errands.run"
  static let options = JobOptions { $0.attempts = 3 }
  var name = ""
}

/// Another one, of which one at a time runs on a node.
struct Chore: Job {
  static let kind = "test.chores.do"
  static let options = JobOptions { $0.limitPerNode = 1 }
  var number = 0
}

struct Broken: Error, CustomStringConvertible {
  var description = "the tap drips"
}

/// What a handler noted down.
final class Notes: Sendable {
  private let kept = Mutex<[String]>([])

  func add(_ text: String) {
    kept.withLock { $0.append(text) }
  }

  var all: [String] { kept.withLock { $0 } }
}

/// Holds handlers up until it is opened; a cancelled one leaves at once.
final class Gate: Sendable {
  private let opened = Mutex(false)

  func open() {
    opened.withLock { $0 = true }
  }

  func pass() async throws {
    try await eventually("the gate is open") { opened.withLock { $0 } }
  }
}
