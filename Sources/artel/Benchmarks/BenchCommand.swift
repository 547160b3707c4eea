import ArgumentParser
import ArtelConcurrency
import ArtelPostgres
import Dispatch
import Logging

/// `artel bench`: the program's side of `bin/bench`.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure parts of this program; used by bin/bench.",
    shouldDisplay: false,
    subcommands: [
      DriverReads.self, DriverWrites.self, Thumbnails.self, JobRate.self, JobNode.self,
      EventDelays.self, EventNode.self, SocketServer.self, SocketClients.self, PasswordRate.self,
    ]
  )
}

/// What the driver measurements have in common.
struct DriverLoad: ParsableArguments {
  @Option(help: "The database, as a URL or libpq keywords; it holds pgbench's tables.")
  var url: String

  @Option(help: "How many tasks run at once.")
  var tasks = 16

  @Option(help: "For how many seconds.")
  var seconds = 5.0

  @Option(help: "Rows of pgbench_accounts.")
  var rows = 1_000_000

  /// Runs `statement` over and over in every task and prints what came of it as JSON.
  func run(_ statement: @escaping @Sendable (Database, _ row: Int) async throws -> Void)
    async throws
  {
    let pool = BlockingPool(name: "bench", threads: 4)
    let reactor = Reactor()
    let database = Database(
      try DatabaseConfiguration(url: url),
      reactor: reactor,
      pool: pool,
      logger: Logger(label: "bench")
    )
    // The first statements open connections and are prepared: not what is measured.
    for row in 1...64 { try await statement(database, row) }
    let start = now()
    let deadline = start + UInt64(seconds * 1e9)
    let latencies = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<tasks {
        group.addTask { [rows] in
          var latencies: [UInt64] = []
          var generator = FastGenerator(seed: UInt64.random(in: 1...UInt64.max))
          var before = now()
          while before < deadline {
            try await statement(database, Int.random(in: 1...rows, using: &generator))
            let after = now()
            latencies.append(after - before)
            before = after
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let elapsed = Double(now() - start) / 1e9
    let sorted = latencies.sorted()
    func microseconds(_ share: Double) -> Double {
      sorted.isEmpty
        ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e3
    }
    let mean = sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count) / 1e3
    print(
      """
      {"count": \(sorted.count), "per_second": \(Double(sorted.count) / elapsed), "latency_us": \
      {"mean": \(mean), "p50": \(microseconds(0.5)), "p99": \(microseconds(0.99))}}
      """
    )
    await database.close()
    reactor.stop()
    pool.stop()
  }
}

/// `artel bench driver-reads`: what `pgbench -S -M prepared` does, on the shared lane.
struct DriverReads: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "driver-reads")

  @OptionGroup var load: DriverLoad

  func run() async throws {
    try await load.run { database, row in
      let rows = try await database.read(
        "SELECT abalance FROM pgbench_accounts WHERE aid = \(Int32(row))"
      )
      _ = try rows[0].decode(Int.self, at: 0)
    }
  }
}

/// `artel bench driver-writes`: one durable insert per transaction, on leases.
struct DriverWrites: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "driver-writes")

  @OptionGroup var load: DriverLoad

  func run() async throws {
    try await load.run { database, row in
      try await database.transaction { tx in
        _ = try await tx.write(
          """
          INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)
          VALUES (1, 1, \(Int32(row)), 5, CURRENT_TIMESTAMP)
          """
        )
      }
    }
  }
}

/// Nanoseconds of a clock that only goes forward; `ContinuousClock` costs ten times as much, which would
/// count as the driver's.
private func now() -> UInt64 {
  DispatchTime.now().uptimeNanoseconds
}

/// A small generator (xorshift64*): drawing from the system costs a call per number.
struct FastGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed == 0 ? 0x9E37_79B9_7F4A_7C15 : seed
  }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
