public import ArtelPostgres
import Synchronization

/// How often a statement ran, and how long that took.
public struct StatementCost: Hashable, Sendable {
  /// The context in whose database it ran.
  public let context: String
  /// The text with placeholders, cut to 2,000 characters; never a value.
  public let text: String
  /// How often.
  public var calls: Int
  /// All runs together, in milliseconds.
  public var totalMilliseconds: Double
  /// The longest run, in milliseconds.
  public var longestMilliseconds: Double

  /// Makes a cost of its parts.
  public init(
    context: String,
    text: String,
    calls: Int,
    totalMilliseconds: Double,
    longestMilliseconds: Double
  ) {
    self.context = context
    self.text = String(text.prefix(2000))
    self.calls = calls
    self.totalMilliseconds = totalMilliseconds
    self.longestMilliseconds = longestMilliseconds
  }
}

/// Remembers the statements of this process that took long, for servers that count none themselves.
///
/// Cost of a statement: one comparison, and for a slow one a lock and a look-up. At most 200 different
/// ones are remembered; then those that took least in sum are forgotten.
public final class SlowStatements: Sendable {
  private struct Key: Hashable {
    let context: String
    let text: String
  }

  private let threshold: Duration
  private let limit: Int
  private let costs = Mutex<[Key: StatementCost]>([:])

  /// Remembers statements that run for longer than `threshold`, default 50 ms; `limit` of them.
  public init(longerThan threshold: Duration = .milliseconds(50), limit: Int = 200) {
    self.threshold = threshold
    self.limit = limit
  }

  /// Takes note of a statement when it was slow.
  public func observe(_ record: StatementRecord, in context: String) {
    guard record.run >= threshold else { return }
    note(record.text, milliseconds: record.run / .milliseconds(1), in: context)
  }

  func note(_ text: String, milliseconds: Double, in context: String) {
    costs.withLock { costs in
      let key = Key(context: context, text: text)
      if costs[key] == nil, costs.count >= limit,
        let least = costs.min(by: { $0.value.totalMilliseconds < $1.value.totalMilliseconds })
      {
        costs[least.key] = nil
      }
      var cost =
        costs[key]
        ?? StatementCost(
          context: context,
          text: text,
          calls: 0,
          totalMilliseconds: 0,
          longestMilliseconds: 0
        )
      cost.calls += 1
      cost.totalMilliseconds += milliseconds
      cost.longestMilliseconds = max(cost.longestMilliseconds, milliseconds)
      costs[key] = cost
    }
  }

  /// Those that took most in sum first.
  public var all: [StatementCost] {
    costs.withLock { Array($0.values) }.sorted { $0.totalMilliseconds > $1.totalMilliseconds }
  }
}
