/// A place in one update log: everything up to and including it was read.
///
/// Entries are ordered by their transaction and, within it, by their number; `(0, 0)` is before all.
struct LogPoint: Comparable, Hashable, Sendable {
  /// The youngest transaction that was over when the entry was written, or its own if younger.
  var xid: Int

  /// The number of the entry in the log.
  var id: Int

  static func < (left: LogPoint, right: LogPoint) -> Bool {
    (left.xid, left.id) < (right.xid, right.id)
  }
}
