import Synchronization

/// The numbers that concurrent tasks have reported.
final class Tally: Sendable {
  private let reported = Mutex<Set<Int>>([])

  var numbers: Set<Int> { reported.withLock { $0 } }

  func add(_ number: Int) {
    reported.withLock { _ = $0.insert(number) }
  }
}
