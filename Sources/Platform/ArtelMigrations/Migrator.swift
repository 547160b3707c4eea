public import ArtelPostgres
public import Logging

/// Brings one context's database to the schema of its migrations.
///
/// Forward only, each file in one transaction. Nodes that start together take turns (an advisory
/// lock). What was applied is kept in the table `schema_migrations` of each series' schema.
public struct Migrator: Sendable {
  /// How long a statement may wait for a lock on a table; a longer wait would stop everybody who
  /// queues behind it.
  ///
  /// Default 5 s.
  public var lockTimeout = Duration.seconds(5)

  /// How long to wait for another node that migrates.
  ///
  /// Default 10 minutes.
  public var turnTimeout = Duration.seconds(600)

  private let context: String
  private let series: [MigrationSeries]
  private let database: Database
  private let logger: Logger

  /// - `series`: Applied one after the other: the platform's parts first, then the context's own.
  /// - `database`: Connects as the role that owns the context's database.
  public init(context: String, series: [MigrationSeries], database: Database, logger: Logger) {
    self.context = context
    self.series = series
    self.database = database
    self.logger = logger
  }

  /// Tells what is done and what is next; changes nothing.
  ///
  /// Two reads for each series.
  ///
  /// - Throws: ``MigrationError`` when files and database do not fit together.
  public func plan() async throws -> MigrationPlan {
    var whole = MigrationPlan()
    for series in series { whole.append(try await plan(of: series, with: database)) }
    return whole
  }

  /// Makes sure that nothing waits and nothing was edited; changes nothing.
  ///
  /// - Throws: ``MigrationError``; ``MigrationError/Code/pending`` names the files that wait.
  public func check() async throws {
    let pending = try await plan().pending
    guard pending.isEmpty else {
      throw MigrationError(
        .pending,
        file: pending[0].fileName,
        "\(context): not applied yet: \(pending.map(\.fileName).joined(separator: ", ")). Run `artel migrate`."
      )
    }
  }

  /// Applies what is pending and returns it; waits while another node does.
  ///
  /// - Throws: ``MigrationError``; what was applied before the one that failed stays.
  @discardableResult
  public func apply() async throws -> [MigrationFile] {
    let plan = try await plan()
    let applied = plan.pending.isEmpty ? [] : try await applyInTurn()
    logger.info(
      "the database is reached and its schema is current",
      metadata: [
        "context": "\(context)", "migrations": "\(plan.applied.count + plan.pending.count)",
        "applied": "\(applied.count)",
      ]
    )
    return applied
  }

  private func applyInTurn() async throws -> [MigrationFile] {
    try await database.withLease { lease in
      try await takeTurn(lease)
      do {
        var applied: [MigrationFile] = []
        for series in series { applied += try await applyPending(of: series, lease) }
        try await endTurn(lease)
        return applied
      } catch {
        try? await Task { try await endTurn(lease) }.value
        throw error
      }
    }
  }

  private func plan(of series: MigrationSeries, with reader: some StatementReader) async throws
    -> MigrationPlan
  {
    let table = try await reader.read("select to_regclass(\(series.table)) is not null")
    guard let row = table.first, try row.decode(Bool.self, at: 0) else {
      return try MigrationPlan(files: series.files, records: [])
    }
    let rows = try await reader.read(
      "select number, name, checksum from \(raw: series.table) order by number"
    )
    return try MigrationPlan(
      files: series.files,
      records: rows.map { row in
        MigrationPlan.Record(
          number: Int(try row.decode(Int32.self, at: 0)),
          name: try row.decode(String.self, at: 1),
          checksum: try row.decode(String.self, at: 2)
        )
      }
    )
  }

  // MARK: Turns

  /// The advisory lock of all migrations of a database: "artel" in ASCII.
  private static let turn = 0x61_72_74_65_6c as Int64

  /// Asks again and again instead of waiting in PostgreSQL: a session that waits there holds a
  /// snapshot, and `create index concurrently` of the node whose turn it is would wait for it for ever.
  private func takeTurn(_ lease: Lease) async throws {
    let deadline = ContinuousClock.now + turnTimeout
    while true {
      let rows = try await lease.read("select pg_try_advisory_lock(\(Migrator.turn))")
      if let row = rows.first, try row.decode(Bool.self, at: 0) { return }
      guard ContinuousClock.now < deadline else {
        throw MigrationError(
          .turnTimeout,
          "\(context): another node has been migrating for \(turnTimeout). Look at what it waits for."
        )
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func endTurn(_ lease: Lease) async throws {
    _ = try await lease.read("select pg_advisory_unlock(\(Migrator.turn))")
  }

  // MARK: Applying

  private func applyPending(of series: MigrationSeries, _ lease: Lease) async throws
    -> [MigrationFile]
  {
    let plan = try await plan(of: series, with: lease)
    if plan.applied.isEmpty { try await lease.script(series.bookkeeping) }
    for file in plan.pending {
      let start = ContinuousClock.now
      switch file.manner {
      case .transaction: try await applyInTransaction(file, of: series, lease)
      case .alone(let index): try await applyAlone(file, of: series, leavingBehind: index, lease)
      }
      logger.info(
        "migration applied",
        metadata: [
          "context": "\(context)", "schema": "\(series.schema)", "file": "\(file.fileName)",
          "duration": "\(ContinuousClock.now - start)",
        ]
      )
    }
    return plan.pending
  }

  private func applyInTransaction(
    _ file: MigrationFile,
    of series: MigrationSeries,
    _ lease: Lease
  ) async throws {
    let start = ContinuousClock.now
    try await lease.script("begin; set local lock_timeout = \(lockTimeout.milliseconds)")
    do {
      for statement in SQLScript(file.text).statements {
        try await run(statement, of: file, lease)
      }
      try await record(file, of: series, since: start, lease)
      try await lease.script("commit")
    } catch {
      // In a task of its own, so that a cancelled one rolls back too.
      try? await Task { try await lease.script("rollback") }.value
      throw error
    }
  }

  private func applyAlone(
    _ file: MigrationFile,
    of series: MigrationSeries,
    leavingBehind index: String?,
    _ lease: Lease
  ) async throws {
    let start = ContinuousClock.now
    if let index {
      // A build that was interrupted leaves an invalid index; one that was finished but not recorded
      // cannot be told from somebody else's and is built again.
      try await lease.script("drop index concurrently if exists \(index)")
    }
    for statement in SQLScript(file.text).statements {
      try await run(statement, of: file, lease)
    }
    try await record(file, of: series, since: start, lease)
  }

  private func run(_ statement: SQLScript.Statement, of file: MigrationFile, _ lease: Lease)
    async throws
  {
    do {
      try await lease.script(statement.text)
    } catch let error as PostgresError {
      let advice =
        error.sqlState == "55P03"
        ? " Somebody held a lock for more than \(lockTimeout); nothing is broken, try again." : ""
      throw MigrationError(
        .refused,
        file: file.fileName,
        "\(context): \(file.fileName), statement at line \(statement.line): \(error.debugDescription).\(advice)"
      )
    }
  }

  private func record(
    _ file: MigrationFile,
    of series: MigrationSeries,
    since start: ContinuousClock.Instant,
    _ lease: Lease
  ) async throws {
    let duration = (ContinuousClock.now - start).milliseconds
    _ = try await lease.write(
      """
      insert into \(raw: series.table) (number, name, checksum, duration_milliseconds)
      values (\(Int32(file.number)), \(file.name), \(file.checksum), \(duration))
      """
    )
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
