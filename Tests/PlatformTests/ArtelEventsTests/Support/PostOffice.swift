import ArtelConcurrency
import ArtelEvents
import ArtelMigrations
import ArtelPostgres
import ArtelTelemetry
import ArtelTesting
import Logging

/// Two contexts: `post` publishes letters, a consumer stores them in its own database.
final class PostOffice: Sendable {
  let source: TestDatabase
  let target: TestDatabase
  let clock = TestClock()

  private init(source: TestDatabase, target: TestDatabase) {
    self.source = source
    self.target = target
  }

  static func make() async throws -> PostOffice {
    let office = PostOffice(
      source: try await TestDatabase.make(context: "post", series: try series()),
      target: try await TestDatabase.make(context: "reader", series: try series())
    )
    try await office.target.write(
      """
      create table letters (
        place bigint generated always as identity, recipient text not null, number bigint not null)
      """
    )
    return office
  }

  static func series() throws -> [MigrationSeries] {
    [
      try MigrationSeries(
        schema: "events",
        directory: "\(SourceTree.root())/Sources/Platform/ArtelEvents/Migrations"
      )
    ]
  }

  /// What an operator has of both contexts.
  var overview: EventOverview {
    EventOverview([log, EventLog("reader", in: target.database)])
  }

  /// The letters that were put aside, with their states.
  func states() async throws -> [String] {
    try await target.read(
      """
      select (payload ->> 'number') || ' ' || state from events.deferred_events
      order by epoch, xid, entry_id
      """
    ).map { try $0.decode(String.self, at: 0) }
  }

  var log: EventLog { EventLog("post", in: source.database) }

  /// A consumer that notes each letter, after `before` had a look at it.
  func reader(
    _ name: String = "reader",
    before: @escaping @Sendable (LetterSent) throws -> Void = { _ in }
  ) -> EventConsumer {
    EventConsumer(name, in: target.database)
      .on(LetterSent.self) { letter, tx in
        try before(letter)
        _ = try await tx.write(
          "insert into letters (recipient, number) values (\(letter.to), \(letter.number))"
        )
      }
  }

  func relay(
    _ consumers: EventConsumer...,
    options: EventRelay.Options = EventRelay.Options(),
    logger: Logger = quiet,
    telemetry: Telemetry = Telemetry(),
    reached: @escaping @Sendable (EventRelay.Step) -> Void = { _ in }
  ) -> EventRelay {
    EventRelay(
      logs: [log],
      consumers: consumers,
      options: options,
      clock: clock.wallClock,
      logger: logger,
      telemetry: telemetry,
      reached: reached
    )
  }

  func send(_ letters: LetterSent...) async throws {
    try await source.database.transaction { tx in
      for letter in letters { try await tx.publish(letter) }
    }
  }

  /// Waits until this node hears the signals of others in the log's database.
  func waitUntilListening() async throws {
    try await eventually("it listens") {
      try await !source.read(
        """
        select from pg_stat_activity where datname = current_database() and query ilike 'listen%'
          and state = 'idle'
        """
      ).isEmpty
    }
  }

  /// The numbers that arrived, in the order in which they did.
  func letters(to recipient: String? = nil) async throws -> [Int] {
    try await target.read(
      """
      select number from letters where coalesce(recipient = \(recipient), true) order by place
      """
    ).map { try $0.decode(Int.self, at: 0) }
  }

  func close() async throws {
    try await source.close()
    try await target.close()
  }
}

/// Says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` while the relay works in the background.
nonisolated(nonsending) func whileRunning(
  _ relays: EventRelay...,
  run body: () async throws -> Void
) async throws {
  let running = relays.map { relay in Task { await relay.run() } }
  do {
    try await body()
  } catch {
    for task in running { task.cancel() }
    for task in running { await task.value }
    throw error
  }
  for task in running { task.cancel() }
  for task in running { await task.value }
}
