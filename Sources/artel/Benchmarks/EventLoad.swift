import ArgumentParser
import ArtelEvents
import ArtelMigrations
import ArtelPostgres
import Foundation
import Synchronization

/// An event with a number; each has an aggregate of its own.
private struct Tick: Event {
  static let name = "bench.clock.ticked"
  static let version = 1
  let number: Int
  var aggregate: String { "\(number)" }
}

/// `artel bench events`: how long after the beginning of the transaction that publishes an event its
/// effect is committed, at a steady rate.
struct EventDelays: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "events")

  @Option(help: "A database for this alone, as a URL or libpq keywords.")
  var url: String

  @Option(help: "The folder with the migrations of the schema events.")
  var migrations: String

  @Option(help: "Events a second, each in a transaction of its own.")
  var rate = 1000

  @Option(help: "For how many seconds.")
  var seconds = 10

  func run() async throws {
    try await withBenchDatabase(url, leases: 24) { database, logger in
      let series = [try MigrationSeries(schema: "events", directory: migrations)]
      try await Migrator(context: "bench", series: series, database: database, logger: logger)
        .apply()
      _ = try await database.withLease {
        try await $0.script("create table if not exists ticks (number bigint not null)")
      }
      _ = try await database.write("truncate ticks")
      let log = TickTimes(count: rate * seconds)
      let consumer = EventConsumer("bench", in: database).on(Tick.self) { tick, tx in
        _ = try await tx.write("insert into ticks values (\(tick.number))")
        log.handled(tick.number)
      }
      let relay = EventRelay(
        logs: [EventLog("bench", in: database)],
        consumers: [consumer],
        logger: logger
      ) { step in
        if step == .batchCommitted { log.committed() }
      }
      let running = Task { await relay.run() }
      try await publish(on: database, log)
      while !log.isComplete { try await Task.sleep(for: .milliseconds(20)) }
      running.cancel()
      await running.value
      let stored = try await database.read("select count(*), count(distinct number) from ticks")[0]
      let lags = log.lags.sorted()
      func milliseconds(_ share: Double) -> Double {
        lags[min(lags.count - 1, Int(Double(lags.count) * share))] / .milliseconds(1)
      }
      print(
        """
        {"count": \(try stored.decode(Int.self, at: 0)), \
        "distinct": \(try stored.decode(Int.self, at: 1)), \
        "lag_ms": {"p50": \(milliseconds(0.5)), "p99": \(milliseconds(0.99))}}
        """
      )
    }
  }

  /// Publishes at the rate whether earlier events are through or not.
  private func publish(on database: Database, _ log: TickTimes) async throws {
    let start = ContinuousClock.now
    let publishers = 16
    try await withThrowingTaskGroup { group in
      for publisher in 0..<publishers {
        group.addTask {
          for number in stride(from: publisher, to: rate * seconds, by: publishers) {
            let due = start + .seconds(Double(number) / Double(rate))
            try await Task.sleep(until: due, clock: .continuous)
            log.began(number)
            try await database.transaction { tx in try await tx.publish(Tick(number: number)) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// When each event began to be published, and how long after that its effect was committed.
private final class TickTimes: Sendable {
  private struct State {
    var begins: [ContinuousClock.Instant?]
    var batch: [Int] = []
    var lags: [Duration] = []
  }

  private let count: Int
  private let state: Mutex<State>

  init(count: Int) {
    self.count = count
    state = Mutex(State(begins: .init(repeating: nil, count: count)))
  }

  var isComplete: Bool { state.withLock { $0.lags.count >= count } }

  var lags: [Duration] { state.withLock { $0.lags } }

  func began(_ number: Int) {
    state.withLock { $0.begins[number] = .now }
  }

  func handled(_ number: Int) {
    state.withLock { $0.batch.append(number) }
  }

  func committed() {
    let now = ContinuousClock.now
    state.withLock { state in
      for number in state.batch {
        if let begin = state.begins[number] { state.lags.append(now - begin) }
      }
      state.batch = []
    }
  }
}

/// An event whose effect is a row of the table `effects`.
private struct LapFinished: Event {
  static let name = "bench.lap.finished"
  static let version = 1
  let runner: Int
  let number: Int
  var aggregate: String { "\(runner)" }
}

/// `artel bench events-node`: delivers events until it is killed.
struct EventNode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "events-node")

  @Option(help: "A database with the schema events and the table effects.")
  var url: String

  @Option(help: "How many events are delivered in one transaction.")
  var batch = 10

  func run() async throws {
    try await withBenchDatabase(url, leases: 4) { database, logger in
      let node = Int(ProcessInfo.processInfo.processIdentifier)
      let consumer = EventConsumer("bench", in: database).on(LapFinished.self) { lap, tx in
        _ = try await tx.write(
          """
          insert into effects (aggregate, number, node)
          values (\(lap.aggregate), \(lap.number), \(node))
          """
        )
      }
      var options = EventRelay.Options()
      options.batch = batch
      options.poll = .milliseconds(100)
      let relay = EventRelay(
        logs: [EventLog("bench", in: database)],
        consumers: [consumer],
        options: options,
        logger: logger
      )
      await relay.run()
    }
  }
}
