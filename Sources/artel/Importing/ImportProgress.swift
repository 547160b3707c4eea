import ArtelTelemetry
import Foundation
import Synchronization

/// Says on standard error how far an import is: on a terminal in one line, else every ten seconds.
final class ImportProgress: Sendable {
  private struct State {
    var done = 0
    var saidAt = ContinuousClock.now
  }

  private let name: String
  private let total: Int
  private let isTerminal = isatty(2) == 1
  private let begun = ContinuousClock.now
  private let state = Mutex(State())

  /// Begins with the rows of a table; 0 when nobody knows how many there are.
  init(_ name: String, of total: Int) {
    self.name = name
    self.total = total
  }

  /// Says that so many rows more are done.
  func advance(by rows: Int) {
    let now = ContinuousClock.now
    let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
    let done = state.withLock { state -> Int? in
      state.done += rows
      guard now - state.saidAt >= pause else { return nil }
      state.saidAt = now
      return state.done
    }
    if let done { say(done) }
  }

  /// Says how it ended.
  func finish() {
    say(state.withLock { $0.done })
    if isTerminal { LineWriter.standardError.write("\n") }
  }

  private func say(_ done: Int) {
    let seconds = max((ContinuousClock.now - begun) / .seconds(1), 0.001)
    let rows = total > 0 ? "\(done) of \(total)" : "\(done)"
    let line = "\(name): \(rows) rows, \(Int(Double(done) / seconds)) a second"
    LineWriter.standardError.write(isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n")
  }
}
