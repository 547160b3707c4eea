import ArgumentParser
import ArtelAuth
import ArtelConcurrency
import Foundation

/// `artel bench passwords`: how many passwords a second all cores check, with nothing around it.
struct PasswordRate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "passwords")

  @Option(help: "How many are checked at once.")
  var tasks = 16

  @Option(help: "For how many seconds.")
  var seconds = 5.0

  func run() async throws {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let pool = BlockingPool(name: "bench", threads: cores)
    let passwords = PasswordHasher(pool: pool)
    let hash = try await passwords.hash("a long secret for bench")
    let clock = ContinuousClock()
    let start = clock.now
    let deadline = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<tasks {
        group.addTask {
          var count = 0
          while clock.now < deadline {
            guard try await passwords.verify("a long secret for bench", against: hash) else {
              throw ExitCode.failure
            }
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    let elapsed = start.duration(to: clock.now) / .seconds(1)
    print(#"{"count": \#(count), "per_second": \#(Double(count) / elapsed)}"#)
    pool.stop()
  }
}
