public import Foundation

/// `timestamptz`, in microseconds; finer fractions of a second are rounded.
extension Date: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .timestamptz }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    let microseconds =
      (timeIntervalSince1970 * 1e6).rounded() - Double(Date.postgresEpochMicroseconds)
    // What timestamptz cannot hold becomes its infinity.
    bytes.write(Int64(exactly: microseconds) ?? (microseconds < 0 ? Int64.min : Int64.max))
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .timestamptz || cell.type == .timestamp, cell.bytes.count == 8 else {
      throw cell.mismatch(Date.self)
    }
    let microseconds = try cell.integer(Int64.self)
    let (sum, isOverflow) = microseconds.addingReportingOverflow(Date.postgresEpochMicroseconds)
    guard !isOverflow, microseconds != .min else { throw cell.mismatch(Date.self) }
    self.init(timeIntervalSince1970: Double(sum) / 1e6)
  }

  /// 2000-01-01T00:00:00Z in microseconds since 1970; PostgreSQL counts from there.
  private static let postgresEpochMicroseconds: Int64 = 946_684_800_000_000
}

/// A calendar day without time or zone (`date`).
public struct CalendarDay: PostgresCodable, Hashable, Comparable {
  /// Days since 1970-01-01; negative before.
  public var daysSince1970: Int

  /// Counts from 1970-01-01.
  public init(daysSince1970: Int) {
    self.daysSince1970 = daysSince1970
  }

  /// The proleptic Gregorian day; nil when the month or day is out of range.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    // Days from civil, counting years from March so that the leap day comes last.
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    self.init(daysSince1970: era * 146_097 + dayOfEra - 719_468)
    guard civil == (year, month, day) else { return nil }
  }

  /// Year, month and day in the proleptic Gregorian calendar.
  public var civil: (year: Int, month: Int, day: Int) {
    let shifted = daysSince1970 + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
  }

  /// Whether the left one comes first.
  public static func < (left: CalendarDay, right: CalendarDay) -> Bool {
    left.daysSince1970 < right.daysSince1970
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { .date }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(Int32(daysSince1970 - CalendarDay.postgresEpochDays))
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .date, cell.bytes.count == 4 else { throw cell.mismatch(CalendarDay.self) }
    daysSince1970 = Int(try cell.integer(Int32.self)) + CalendarDay.postgresEpochDays
  }

  private static let postgresEpochDays = 10_957
}
