import FoundationEssentials

/// A date split into the parts of the proleptic Gregorian calendar in UTC.
///
/// Foundation's calendar and formatters cost microseconds and allocations per date; this costs some
/// arithmetic. Source: Howard Hinnant, "chrono-compatible low-level date algorithms".
struct Timestamp: Equatable {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  var microsecond: Int

  init(_ date: Date) {
    self.init(microsecondsSince1970: date.microsecondsSince1970)
  }

  init(microsecondsSince1970 microseconds: Int) {
    let (days, rest) = microseconds.flooredDivision(by: 86_400_000_000)
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    microsecond = rest % 1_000_000
    let seconds = rest / 1_000_000
    second = seconds % 60
    minute = seconds / 60 % 60
    hour = seconds / 3600
  }

  /// Appends `2026-11-21T04:05:14.123456Z`.
  func write(to bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { text in
      func put(_ value: Int, at position: Int, digits: Int) {
        var value = value
        for index in stride(from: position + digits - 1, through: position, by: -1) {
          text.initializeElement(at: index, to: 48 + UInt8(truncatingIfNeeded: value % 10))
          value /= 10
        }
      }
      put(min(max(year, 0), 9999), at: 0, digits: 4)
      text.initializeElement(at: 4, to: UInt8(ascii: "-"))
      put(month, at: 5, digits: 2)
      text.initializeElement(at: 7, to: UInt8(ascii: "-"))
      put(day, at: 8, digits: 2)
      text.initializeElement(at: 10, to: UInt8(ascii: "T"))
      put(hour, at: 11, digits: 2)
      text.initializeElement(at: 13, to: UInt8(ascii: ":"))
      put(minute, at: 14, digits: 2)
      text.initializeElement(at: 16, to: UInt8(ascii: ":"))
      put(second, at: 17, digits: 2)
      text.initializeElement(at: 19, to: UInt8(ascii: "."))
      put(microsecond, at: 20, digits: 6)
      text.initializeElement(at: 26, to: UInt8(ascii: "Z"))
      bytes.append(contentsOf: UnsafeBufferPointer(text))
    }
  }

  /// RFC 3339 text in UTC with microseconds.
  var text: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(27)
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Date {
  var microsecondsSince1970: Int {
    // The reference date is kept as it is: adding the 1970 offset in floating point would lose
    // the last microsecond.
    let sinceReference = (timeIntervalSinceReferenceDate * 1_000_000).rounded()
    guard abs(sinceReference) < 9e17 else {
      return sinceReference < 0 ? -62_135_596_800_000_000 : 253_402_300_799_000_000
    }
    return Int(sinceReference) + 978_307_200_000_000
  }

  init(microsecondsSince1970 microseconds: Int) {
    self.init(
      timeIntervalSinceReferenceDate: Double(microseconds - 978_307_200_000_000) / 1_000_000
    )
  }
}

extension Int {
  /// Quotient rounded towards minus infinity, and the remainder, which is never negative.
  fileprivate func flooredDivision(by divisor: Int) -> (Int, Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
