public import FoundationEssentials

/// When a job is due, and what else is special about it.
public struct JobPlacement: Sendable {
  /// What happens to a job whose key another one has.
  public enum Conflict: Sendable {
    /// The other one stays as it is, and this one is not stored.
    case keep
    /// The other one, unless it runs already, is due when this one would have been.
    case replaceTime
  }

  /// A key that one job of its kind at a time may have.
  struct Key: Sendable {
    let text: String
    let conflict: Conflict
  }

  /// Nil for as soon as it is committed.
  var due: Date?
  /// How long after the beginning of its transaction it is due.
  var delay = Duration.zero
  var key: Key?
  /// Nil for the priority of its kind.
  var priority: JobPriority?

  /// As soon as the transaction is committed.
  public static let now = JobPlacement()

  /// Not before `date`, by the database's clock.
  public static func at(_ date: Date) -> JobPlacement {
    var placement = JobPlacement()
    placement.due = date
    return placement
  }

  /// Not before `delay` has passed since the transaction began.
  public static func after(_ delay: Duration) -> JobPlacement {
    var placement = JobPlacement()
    placement.delay = delay
    return placement
  }

  /// Only if no job of its kind with this key waits or runs; 1 to 200 characters.
  ///
  /// A job that runs may have looked already at what changes now. Leave the key out where that
  /// matters.
  public func unique(_ key: String, onConflict conflict: Conflict = .keep) -> JobPlacement {
    var placement = self
    placement.key = Key(text: key, conflict: conflict)
    return placement
  }

  /// With another priority than its kind has.
  public func priority(_ priority: JobPriority) -> JobPlacement {
    var placement = self
    placement.priority = priority
    return placement
  }
}
