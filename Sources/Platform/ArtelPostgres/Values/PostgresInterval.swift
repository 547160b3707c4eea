/// A span of calendar time (`interval`): months, days and microseconds, counted apart.
///
/// A month has 28 to 31 days and a day 23 to 25 hours, so the three do not convert into each other
/// here; equality compares them one by one, where SQL's `=` takes a month for 30 days.
public struct PostgresInterval: PostgresCodable, Hashable {
  /// Whole months; twelve are a year.
  public var months: Int32
  /// Whole days.
  public var days: Int32
  /// Microseconds.
  public var microseconds: Int64

  /// The sum of the three, each of which may be negative.
  public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  /// The microseconds of a duration; nil when they do not fit.
  ///
  /// What is finer is cut off.
  public init?(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (whole, isOverflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isAlsoOverflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    guard !isOverflow, !isAlsoOverflow else { return nil }
    self.init(microseconds: sum)
  }

  /// No time.
  public static let zero = PostgresInterval()

  /// The time that it takes; nil when it has months or days, whose length depends on the calendar.
  public var duration: Duration? {
    months == 0 && days == 0 ? .microseconds(microseconds) : nil
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { .interval }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(microseconds)
    bytes.write(days)
    bytes.write(months)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .interval, cell.bytes.count == 16 else {
      throw cell.mismatch(PostgresInterval.self)
    }
    microseconds = try cell.integer(Int64.self)
    days = try cell.integer(Int32.self, at: 8)
    months = try cell.integer(Int32.self, at: 12)
  }
}
