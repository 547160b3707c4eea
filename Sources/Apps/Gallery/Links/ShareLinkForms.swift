import ArtelAuth
import ArtelConcurrency
import ArtelWeb
import FoundationEssentials

/// What an author says about a share link.
struct ShareLinkForm: Form {
  /// How long a link works from now on.
  enum Lifetime: String, CaseIterable, Sendable {
    case hour
    case day
    case week
    /// 30 days.
    case month
    case never

    /// How long; nil without an end.
    var seconds: TimeInterval? {
      switch self {
      case .hour: 3_600
      case .day: 86_400
      case .week: 7 * 86_400
      case .month: 30 * 86_400
      case .never: nil
      }
    }
  }

  private let lifetime: Lifetime
  /// The end of the last day on which it works, instead of ``lifetime``.
  private let until: Date?
  let password: String?

  /// Links of one member: 60 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(60, per: .seconds(600))

  /// How far away its end may be: a year and a day.
  static let longestLifetime: TimeInterval = 366 * 86_400

  init(_ fields: inout FormReader) {
    lifetime = fields.choice("lifetime", default: .week)
    let day = fields.optionalString("until", .trimmed, .length(1...10), .pattern(.day))
    password = fields.optionalString("password", .secret, .length(PasswordHasher.length))
    until = day.flatMap(ShareLinkForm.lastMoment)
    if day != nil, until == nil { fields.refuse("until", .pattern, messageKey: "pattern_day") }
  }

  /// When a link that is made now stops working; nil for never.
  ///
  /// - Throws: ``ShareLinkError/endOutOfRange``.
  func end(from now: Date) throws -> Date? {
    guard let until else { return lifetime.seconds.map(now.addingTimeInterval) }
    guard until > now, until <= now.addingTimeInterval(Self.longestLifetime) else {
      throw ShareLinkError.endOutOfRange
    }
    return until
  }

  /// The end of a day of UTC; nil when no calendar has the day.
  private static func lastMoment(of day: String) -> Date? {
    let parts = day.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let wanted = DateComponents(year: parts[0], month: parts[1], day: parts[2])
    guard let start = calendar.date(from: wanted) else { return nil }
    let found = calendar.dateComponents([.year, .month, .day], from: start)
    // A calendar takes the 31st of February for some day in March.
    guard [found.year, found.month, found.day] == parts.map(Optional.some) else { return nil }
    return start.addingTimeInterval(86_400)
  }
}

/// The password of a link, as whoever opens it types it.
struct LinkPasswordForm: Form {
  let password: String

  /// Passwords from one network, or of one member, on all links: 60 in a row, back after 10 minutes.
  static let limit = RateLimit(60, per: .seconds(600))

  init(_ fields: inout FormReader) {
    password = fields.string("password", .secret, .length(1...PasswordHasher.maximumBytes))
  }
}

extension FieldPattern {
  /// A day, such as `2026-12-31`.
  fileprivate static let day = FieldPattern(
    "day",
    expression: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
  ) { text in
    let bytes = Array(text.utf8)
    guard bytes.count == 10 else { return false }
    return bytes.enumerated().allSatisfy { index, byte in
      index == 4 || index == 7 ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte)
    }
  }
}
