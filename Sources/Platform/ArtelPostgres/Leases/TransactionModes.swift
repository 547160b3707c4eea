/// What a transaction sees of others (PostgreSQL manual 13.2).
public enum Isolation: String, Sendable {
  /// Each statement sees what was committed before it began.
  case readCommitted = "read committed"
  /// All statements see what was committed before the first; writing what others changed since fails.
  case repeatableRead = "repeatable read"
  /// As if transactions ran one after another; those that cannot fail and may be run again.
  case serializable
}

/// What a transaction may do (PostgreSQL manual, SET TRANSACTION).
public enum TransactionAccess: Sendable {
  /// Everything.
  case readWrite
  /// Writing to tables is refused by the server.
  case readOnly
  /// Read only, and beginning may wait for a moment from which a ``Isolation/serializable``
  /// transaction can neither fail nor make others fail.
  ///
  /// For long reports; with other isolation levels it is ``readOnly``.
  case readOnlyDeferrable

  var suffix: String {
    switch self {
    case .readWrite: ""
    case .readOnly: " read only"
    case .readOnlyDeferrable: " read only deferrable"
    }
  }
}

/// Whether a transaction is run again after a serialization failure or a deadlock.
public struct RetryPolicy: Sendable {
  /// How often the body is run at most.
  public var attempts: Int

  /// The pause before the second attempt; doubled for each further one, with jitter.
  public var pause: Duration

  /// At least one attempt.
  public init(attempts: Int, pause: Duration) {
    self.attempts = attempts
    self.pause = pause
  }

  /// The body runs once.
  public static let never = RetryPolicy(attempts: 1, pause: .zero)

  /// The body may run up to three times, 10 ms apart and doubling; it must have no effect of its own.
  public static let retryable = RetryPolicy(attempts: 3, pause: .milliseconds(10))

  func pause(before attempt: Int) -> Duration {
    let factor = 1 << min(attempt - 1, 6)
    return min(pause * factor * Double.random(in: 0.5...1.5), .seconds(1))
  }
}
