public import Foundation

/// `numeric`, exact up to the 38 digits that `Decimal` holds; NaN and infinities do not decode.
extension Decimal: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .numeric }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    let digits = NumericDigits(description)
    bytes.write(Int16(digits.groups.count))
    bytes.write(Int16(digits.weight))
    bytes.write(UInt16(digits.isNegative ? 0x4000 : 0))
    bytes.write(Int16(digits.scale))
    for group in digits.groups { bytes.write(group) }
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .numeric else { throw cell.mismatch(Decimal.self) }
    let count = Int(try cell.integer(Int16.self))
    let weight = Int(try cell.integer(Int16.self, at: 2))
    let sign = try cell.integer(UInt16.self, at: 4)
    guard sign == 0 || sign == 0x4000, count >= 0 else { throw cell.mismatch(Decimal.self) }
    var value = Decimal(0)
    for index in 0..<count {
      let group = try cell.integer(Int16.self, at: 8 + 2 * index)
      value = value * 10_000 + Decimal(Int(group))
    }
    let exponent = (weight - count + 1) * 4
    guard abs(exponent) <= 127 else { throw cell.mismatch(Decimal.self) }
    value *= Decimal(sign: .plus, exponent: exponent, significand: 1)
    self = sign == 0 ? value : -value
  }
}

/// Base-10000 digits as `numeric_send` lays them out (src/backend/utils/adt/numeric.c).
struct NumericDigits: Equatable {
  var groups: [Int16] = []
  var weight = 0
  var scale = 0
  var isNegative = false

  init(_ text: String) {
    var digits = Substring(text)
    if digits.hasPrefix("-") {
      isNegative = true
      digits = digits.dropFirst()
    }
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    var whole = String(parts[0])
    var fraction = parts.count > 1 ? String(parts[1]) : ""
    scale = fraction.count
    whole = String(repeating: "0", count: (4 - whole.count % 4) % 4) + whole
    fraction += String(repeating: "0", count: (4 - fraction.count % 4) % 4)
    weight = whole.count / 4 - 1
    groups = NumericDigits.groups(of: whole + fraction)
    while groups.first == 0 {
      groups.removeFirst()
      weight -= 1
    }
    while groups.last == 0 { groups.removeLast() }
    if groups.isEmpty { weight = 0 }
  }

  private static func groups(of digits: String) -> [Int16] {
    let values = digits.utf8.map { Int16($0) - 48 }
    return stride(from: 0, to: values.count, by: 4).map {
      values[$0] * 1000 + values[$0 + 1] * 100 + values[$0 + 2] * 10 + values[$0 + 3]
    }
  }
}
