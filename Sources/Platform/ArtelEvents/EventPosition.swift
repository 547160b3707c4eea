import ArtelPostgres

/// A place in the log of a context; grows from entry to entry.
public struct EventPosition: Hashable, Comparable, Sendable {
  /// Which cluster counted the transaction; see `events.log_epochs`.
  public var epoch: Int

  /// The youngest transaction that was over when the entry was published, or its own if younger.
  public var xid: Int

  /// Orders the entries of one transaction.
  public var entryID: Int

  /// Makes a position of its parts.
  public init(epoch: Int, xid: Int, entryID: Int) {
    self.epoch = epoch
    self.xid = xid
    self.entryID = entryID
  }

  /// Before every entry.
  public static let beginning = EventPosition(epoch: 0, xid: 0, entryID: 0)

  /// Reads what ``description`` writes, such as `1-7345-88`; nil when it is something else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let epoch = parts[0], let xid = parts[1], let entryID = parts[2] else {
      return nil
    }
    self.init(epoch: epoch, xid: xid, entryID: entryID)
  }

  init(from row: PostgresRow, at column: Int) throws {
    epoch = try row.decode(at: column)
    xid = try row.decode(at: column + 1)
    entryID = try row.decode(at: column + 2)
  }

  /// Whether `left` comes earlier in the log.
  public static func < (left: EventPosition, right: EventPosition) -> Bool {
    (left.epoch, left.xid, left.entryID) < (right.epoch, right.xid, right.entryID)
  }

  /// The three numbers as a row constructor.
  var row: SQL { "(\(epoch), \(xid), \(entryID))" }
}

extension EventPosition: CustomStringConvertible {
  /// The parts with dashes: `1-7345-88`.
  public var description: String { "\(epoch)-\(xid)-\(entryID)" }
}
