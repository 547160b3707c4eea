import Synchronization

/// A number that only grows.
///
/// Cost of adding: one atomic instruction, from any thread.
public final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  init() {}

  /// The number now.
  public var value: UInt64 { count.load(ordering: .relaxed) }

  /// Adds to the number; negative amounts add nothing.
  public func add(_ amount: Int = 1) {
    guard amount > 0 else { return }
    count.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }
}

/// A number that goes up and down.
///
/// Cost of changing it: one atomic instruction, from any thread.
public final class Gauge: Sendable {
  private let number = Atomic<Int>(0)

  init() {}

  /// The number now.
  public var value: Int { number.load(ordering: .relaxed) }

  /// Adds to the number, or takes from it.
  public func add(_ amount: Int) {
    number.wrappingAdd(amount, ordering: .relaxed)
  }

  /// Sets the number.
  public func set(_ value: Int) {
    number.store(value, ordering: .relaxed)
  }
}
