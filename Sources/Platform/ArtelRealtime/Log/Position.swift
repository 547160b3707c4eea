/// Where a client stands in the logs it follows: what it sends to be told the rest.
///
/// A text such as `gallery.5f3a00000001.1234.56`, one part for each log with `~` in between. Clients
/// treat it as opaque. It is valid on every node and after a restart.
struct Position: Hashable, Sendable {
  /// One log's part of a position.
  struct Mark: Hashable, Sendable {
    /// Names the run of PostgreSQL in which transaction numbers grow, by cluster and timeline.
    ///
    /// They begin anew in another cluster, and go back after a recovery to a point in time: there the
    /// point says nothing.
    var epoch: String
    var point: LogPoint
  }

  private(set) var marks: [String: Mark] = [:]

  /// No log at all.
  init() {}

  /// Reads what a client sent; nil when it is no position.
  init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 2000 else { return nil }
    for part in text.split(separator: "~", omittingEmptySubsequences: false) {
      let fields = part.split(separator: ".", omittingEmptySubsequences: false)
      guard fields.count == 4, let xid = Self.number(fields[2]), let id = Self.number(fields[3]),
        marks[String(fields[0])] == nil
      else { return nil }
      marks[String(fields[0])] = Mark(
        epoch: String(fields[1]),
        point: LogPoint(xid: xid, id: id)
      )
    }
  }

  subscript(log: String) -> Mark? {
    get { marks[log] }
    set { marks[log] = newValue }
  }

  /// The text for clients.
  var text: String {
    marks.sorted { $0.key < $1.key }.map { Self.text(of: $1, in: $0) }.joined(separator: "~")
  }

  /// One log's part of the text.
  static func text(of mark: Mark, in log: String) -> String {
    "\(log).\(mark.epoch).\(mark.point.xid).\(mark.point.id)"
  }

  /// Digits alone: `Int` would take a sign too.
  private static func number(_ text: some StringProtocol) -> Int? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}
