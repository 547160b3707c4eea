import ArtelConcurrency
import ArtelMigrations
import ArtelPostgres
import ArtelTesting

@testable import ArtelRealtime

/// A log with a database of its own.
struct TestLog {
  let db: TestDatabase
  let clock: AdjustableClock

  init() async throws {
    db = try await TestDatabase.make(context: "realtime", series: try Self.series())
    clock = AdjustableClock(.init(timeIntervalSince1970: 1_800_000_000))
  }

  /// What makes the tables of a log.
  static func series() throws -> [MigrationSeries] {
    let folder = "\(SourceTree.root())/Sources/Platform/ArtelRealtime/Migrations"
    return [try MigrationSeries(schema: "realtime", directory: folder)]
  }

  /// The log as one node sees it.
  func log() -> UpdateLog {
    UpdateLog(context: "gallery", db: db.database, clock: clock.wallClock)
  }

  /// Waits until everything committed so far can be read: transactions of other tests, in other
  /// databases of the same cluster, hold it back as well.
  ///
  /// - Returns: A transaction that is younger than all of it.
  @discardableResult
  func settle() async throws -> Int {
    let xid = try await db.write("select pg_current_xact_id()::text::bigint")[0]
      .decode(Int.self, at: 0)
    try await eventually("no older transaction runs") {
      try await db.read("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0]
        .decode(Int.self, at: 0) > xid
    }
    return xid
  }

  /// An update of the topic `feed` with a number.
  static func update(_ number: Int, for audience: Audience = .topic("feed")) -> LiveUpdate {
    LiveUpdate(for: audience, "post.created") { $0.field("number", number) }
  }

  /// Commits one update.
  func publish(
    _ number: Int,
    for audience: Audience = .topic("feed"),
    on log: UpdateLog
  ) async throws {
    try await db.database.transaction { tx in
      try await log.publish(Self.update(number, for: audience), in: tx)
    }
  }

  /// Commits some updates, one after the other, and waits until they can be read.
  func publish(_ numbers: ClosedRange<Int>, on log: UpdateLog) async throws {
    for number in numbers { try await publish(number, on: log) }
    try await settle()
  }
}

extension LogEntry {
  /// The number that ``TestLog/update(_:for:)`` put in.
  var number: Int? {
    Int(update.payload.filter(\.isNumber))
  }
}
