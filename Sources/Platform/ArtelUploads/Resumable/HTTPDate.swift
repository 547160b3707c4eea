import FoundationEssentials

/// Dates of HTTP headers, in UTC.
///
/// Source: RFC 9110, 5.6.7.
enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(of date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents(
      [.weekday, .day, .month, .year, .hour, .minute, .second],
      from: date
    )
    let time = [parts.hour, parts.minute, parts.second].map { twoDigits($0 ?? 0) }
    let day = "\(days[(parts.weekday ?? 1) - 1]), \(twoDigits(parts.day ?? 1))"
    let month = "\(months[(parts.month ?? 1) - 1]) \(parts.year ?? 1970)"
    return "\(day) \(month) \(time.joined(separator: ":")) GMT"
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
