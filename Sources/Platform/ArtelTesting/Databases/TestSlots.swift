import Synchronization
import Testing

/// Limits how many tests hold databases at a time, so that PostgreSQL's connections suffice.
///
/// The place belongs to a test, not to a database: a test that has one gets further databases at
/// once, so that tests with several cannot wait for each other.
final class TestSlots: Sendable {
  private struct State {
    var holders: [String: Int] = [:]
    var waiting: [(test: String, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = limit
  }

  /// Waits for a place for the running test; returns what to release.
  func acquire() async -> String? {
    guard let test = Test.current else { return nil }
    let name = "\(test.id) \(Test.Case.current.map { String(reflecting: $0) } ?? "")"
    await withCheckedContinuation { continuation in
      let isIn = state.withLock { state in
        if state.holders[name] != nil || state.holders.count < limit {
          state.holders[name, default: 0] += 1
          return true
        }
        state.waiting.append((name, continuation))
        return false
      }
      if isIn { continuation.resume() }
    }
    return name
  }

  /// Gives a place back.
  func release(_ name: String) {
    let next = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      let rest = (state.holders[name] ?? 1) - 1
      state.holders[name] = rest > 0 ? rest : nil
      guard state.holders.count < limit, let first = state.waiting.first?.test else { return [] }
      let admitted = state.waiting.filter { $0.test == first }
      state.waiting.removeAll { $0.test == first }
      state.holders[first, default: 0] += admitted.count
      return admitted.map(\.continuation)
    }
    for continuation in next { continuation.resume() }
  }
}
