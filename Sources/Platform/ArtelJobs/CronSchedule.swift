public import FoundationEssentials

/// Minutes at which something is due, as five fields of a crontab, in UTC.
///
/// Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), separated by blanks;
/// each `*`, a number, a range `1-5`, a list `1,15,30`, or steps `*/10`, `8-18/2`. When both days are
/// restricted, either suffices (IEEE Std 1003.1, crontab).
public struct CronSchedule: Sendable, Hashable {
  /// Which part of an expression is wrong.
  public struct Invalid: Error, CustomStringConvertible {
    /// Safe to show.
    public let description: String
  }

  /// The expression as it was written.
  public let expression: String

  private let minutes: Set<Int>
  private let hours: Set<Int>
  private let days: Set<Int>
  private let months: Set<Int>
  private let weekdays: Set<Int>
  private let isAnyDay: Bool
  private let isAnyWeekday: Bool

  /// Reads an expression.
  ///
  /// - Throws: ``Invalid`` naming the field; also when no date can ever match, as for 31 February.
  public init(_ expression: String) throws {
    let fields = expression.split(separator: " ")
    guard fields.count == 5 else {
      throw Invalid(description: "\(expression): five fields are expected, not \(fields.count)")
    }
    self.expression = expression
    minutes = try CronSchedule.values(of: fields[0], in: 0...59, "minute")
    hours = try CronSchedule.values(of: fields[1], in: 0...23, "hour")
    days = try CronSchedule.values(of: fields[2], in: 1...31, "day")
    months = try CronSchedule.values(of: fields[3], in: 1...12, "month")
    weekdays = Set(
      try CronSchedule.values(of: fields[4], in: 0...7, "day of the week").map { $0 % 7 }
    )
    isAnyDay = fields[2].hasPrefix("*")
    isAnyWeekday = fields[4].hasPrefix("*")
    guard isAnyDay || !isAnyWeekday || hasPossibleDay else {
      throw Invalid(description: "\(expression): no month has such a day")
    }
  }

  private var hasPossibleDay: Bool {
    let longest = [
      1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31,
    ]
    return months.contains { month in days.contains { $0 <= longest[month] ?? 0 } }
  }

  /// The first due minute after `date`.
  ///
  /// Cost: at most one step for each day until then; 29 February may be eight years away.
  public func next(after date: Date) -> Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let minute = (date.timeIntervalSince1970 / 60).rounded(.down) + 1
    let start = Date(timeIntervalSince1970: minute * 60)
    var day = calendar.startOfDay(for: start)
    var earliest = Int(start.timeIntervalSince(day)) / 60
    while true {
      if matches(calendar.dateComponents([.month, .day, .weekday], from: day)),
        let time = firstTime(from: earliest)
      {
        return day + TimeInterval(time * 60)
      }
      day += 86_400
      earliest = 0
    }
  }

  private func matches(_ date: DateComponents) -> Bool {
    guard let month = date.month, let day = date.day, let weekday = date.weekday else {
      return false
    }
    guard months.contains(month) else { return false }
    let (isDay, isWeekday) = (days.contains(day), weekdays.contains(weekday - 1))
    return isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday
  }

  /// The first due minute of a day from `earliest` on, in minutes since midnight.
  private func firstTime(from earliest: Int) -> Int? {
    for hour in hours.sorted() where hour * 60 + 59 >= earliest {
      if let minute = minutes.filter({ hour * 60 + $0 >= earliest }).min() {
        return hour * 60 + minute
      }
    }
    return nil
  }

  private static func values(of field: Substring, in range: ClosedRange<Int>, _ name: String) throws
    -> Set<Int>
  {
    var values: Set<Int> = []
    for part in field.split(separator: ",", omittingEmptySubsequences: false) {
      guard let members = members(of: part, in: range) else {
        throw Invalid(
          description:
            "\(field): not valid for the \(name), \(range.lowerBound) to \(range.upperBound)"
        )
      }
      values.formUnion(members)
    }
    return values
  }

  private static func members(of part: Substring, in range: ClosedRange<Int>) -> [Int]? {
    let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
    guard pieces.count <= 2 else { return nil }
    let step = pieces.count == 2 ? number(pieces[1]) : 1
    guard let step, step > 0 else { return nil }
    let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
    let bounds: ClosedRange<Int>
    if pieces[0] == "*" {
      bounds = range
    } else if ends.count == 2, let low = number(ends[0]), let high = number(ends[1]), low <= high {
      bounds = low...high
    } else if ends.count == 1, let only = number(ends[0]), pieces.count == 1 {
      bounds = only...only
    } else {
      return nil
    }
    guard range.contains(bounds.lowerBound), range.contains(bounds.upperBound) else { return nil }
    return Array(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
  }

  /// Digits alone: Int's own reading takes signs too.
  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}
