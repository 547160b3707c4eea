import Synchronization

extension Transaction {
  /// Runs `action` once the transaction has committed, on the task that committed it.
  ///
  /// Dropped when the transaction rolls back, and when nobody knows whether it was committed; what
  /// was undone with a savepoint runs all the same. Keep it short: the caller waits for it.
  public func afterCommit(_ action: @escaping @Sendable () -> Void) {
    afterCommits.withLock { $0.append(action) }
  }

  /// Wakes whoever waits for ``Database/signals(on:atLeastEvery:)`` once the transaction has committed.
  ///
  /// Costs no statement of the transaction: own tasks are woken in memory, other nodes by one NOTIFY
  /// per 10 ms and database, sent outside any transaction. A signal can get lost, so its receivers
  /// look by themselves from time to time.
  public func signal(_ topic: String) {
    guard let signals = lease.signals else { return }
    afterCommit { signals.raise(topic) }
  }
}

extension Database {
  /// Wakes whoever waits for ``signals(on:atLeastEvery:)`` at once; for what is not in a transaction.
  public func signal(_ topic: String) {
    board.raise(topic)
  }

  /// Tells whenever a transaction of any node that called ``Transaction/signal(_:)`` has committed.
  ///
  /// One element comes at once, one after every signal, one when signals may have been missed, and one
  /// each `interval` in any case; those that nobody took yet become one. Ends with its iteration and
  /// when the database is closed. Cost: one connection that listens, for all topics of the database.
  public func signals(on topic: String, atLeastEvery interval: Duration) -> AsyncStream<Void> {
    board.signals(on: topic, atLeastEvery: interval)
  }
}
