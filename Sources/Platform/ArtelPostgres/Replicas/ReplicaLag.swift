internal import DequeModule

/// How old a replica's rows may be at most, from positions in the write-ahead log: a pure value.
///
/// What was committed before the primary was asked for its position is visible on a replica that has
/// replayed up to there. That holds for a paused replica, for one whose connection to the primary is
/// gone and for an idle primary alike, and compares no clocks of different machines.
struct ReplicaLag {
  private struct Mark {
    let position: Int64
    let asked: Nanoseconds
  }

  private static let marksKept = 256

  private var marks = Deque<Mark>()
  /// Everything committed before this moment is visible on the replica.
  private var fresh: Nanoseconds?

  /// The primary was asked at a time and had reached this position.
  mutating func primary(at position: Int64, asked: Nanoseconds) {
    marks.append(Mark(position: position, asked: asked))
    if marks.count > ReplicaLag.marksKept { marks.removeFirst() }
  }

  /// The replica has replayed up to this position.
  mutating func replica(at position: Int64) {
    while let first = marks.first, first.position <= position {
      fresh = first.asked
      marks.removeFirst()
    }
  }

  /// The replica does not answer, or is none any more.
  mutating func lose() {
    marks.removeAll()
    fresh = nil
  }

  /// Whether the replica shows everything committed up to `limit` ago.
  func isWithin(_ limit: Duration, now: Nanoseconds) -> Bool {
    guard let fresh else { return false }
    return now - fresh <= limit
  }
}
