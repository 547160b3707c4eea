import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials

/// Which entries of the system log a page or a file shows.
struct LogForm: Form {
  /// An act, or the noun in front of its dot.
  let act: String?
  /// A username or an e-mail address.
  let member: String?
  let level: LoggedAct.Level
  /// Days such as `2026-03-01`, in UTC; both are part of what is shown.
  let since: String?
  let until: String?
  /// The last position of the page before.
  let before: Int?

  init(_ fields: inout FormReader) {
    act = fields.optionalString("act", .trimmed, .length(0...100))
    member = fields.optionalString("member", .trimmed, .length(0...254))
    level = fields.optionalChoice("level") ?? .info
    since = fields.optionalString("since", .length(0...10))
    until = fields.optionalString("until", .length(0...10))
    before = fields.optionalInteger("before", in: 1...Int.max)
    for (name, text) in [("since", since), ("until", until)] where text.map(Self.day) == .some(nil)
    {
      fields.refuse(name, .pattern)
    }
  }

  /// The midnight with which a day begins; nil for what is no day.
  static func day(_ text: String) -> Date? {
    guard text.utf8.count == 10 else { return nil }
    return try? Date("\(text)T00:00:00Z", strategy: .iso8601)
  }

  /// The filter, but for the member, whom only Accounts knows by name.
  var filter: LogFilter {
    var filter = LogFilter()
    filter.act = act.map { $0.contains(".") ? $0 : "\($0)." }
    filter.level = level
    filter.since = since.flatMap(Self.day)
    filter.until = until.flatMap(Self.day).map { $0 + 86_400 }
    return filter
  }

  /// The parts of an address that ask for the same.
  var parts: [(name: String, value: String?)] {
    [
      ("act", act), ("member", member), ("level", level == .info ? nil : level.rawValue),
      ("since", since), ("until", until),
    ]
  }
}
