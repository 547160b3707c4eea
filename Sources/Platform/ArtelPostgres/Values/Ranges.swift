public import Foundation

/// A type that PostgreSQL has ranges of (PostgreSQL manual 8.17).
public protocol PostgresRangeBound: PostgresCodable, Hashable, Comparable {
  /// The type of ranges between two such values.
  static var postgresRangeType: PostgresType { get }

  /// The type of sets of such ranges.
  static var postgresMultirangeType: PostgresType { get }
}

extension Int: PostgresRangeBound {
  /// `int8range`.
  public static var postgresRangeType: PostgresType { .int8range }
  /// `int8multirange`.
  public static var postgresMultirangeType: PostgresType { .int8multirange }
}

extension Int32: PostgresRangeBound {
  /// `int4range`.
  public static var postgresRangeType: PostgresType { .int4range }
  /// `int4multirange`.
  public static var postgresMultirangeType: PostgresType { .int4multirange }
}

extension Decimal: PostgresRangeBound {
  /// `numrange`.
  public static var postgresRangeType: PostgresType { .numrange }
  /// `nummultirange`.
  public static var postgresMultirangeType: PostgresType { .nummultirange }
}

extension Date: PostgresRangeBound {
  /// `tstzrange`.
  public static var postgresRangeType: PostgresType { .tstzrange }
  /// `tstzmultirange`.
  public static var postgresMultirangeType: PostgresType { .tstzmultirange }
}

extension CalendarDay: PostgresRangeBound {
  /// `daterange`.
  public static var postgresRangeType: PostgresType { .daterange }
  /// `datemultirange`.
  public static var postgresMultirangeType: PostgresType { .datemultirange }
}

/// A range as PostgreSQL has them: empty, or with ends that are open, closed or without limit.
///
/// The server stores ranges of integers and days with a closed lower and an open upper end, so
/// `PostgresRange(1...5)` comes back as `PostgresRange(1..<6)`. Equality compares the ends as written.
public enum PostgresRange<Bound: PostgresRangeBound>: Hashable, Sendable {
  /// Where a range begins or ends.
  public enum End: Hashable, Sendable {
    /// The value belongs to the range.
    case closed(Bound)
    /// The value does not belong to the range.
    case open(Bound)
    /// There is no limit.
    case unlimited
  }

  /// Holds nothing.
  case empty
  /// Everything between two ends; the server refuses a lower one above the upper one.
  case between(End, End)

  /// The range without its upper end.
  public init(_ range: Range<Bound>) {
    self = .between(.closed(range.lowerBound), .open(range.upperBound))
  }

  /// The range with both ends.
  public init(_ range: ClosedRange<Bound>) {
    self = .between(.closed(range.lowerBound), .closed(range.upperBound))
  }

  /// The range from a value on.
  public init(_ range: PartialRangeFrom<Bound>) {
    self = .between(.closed(range.lowerBound), .unlimited)
  }

  /// The range up to a value, without it.
  public init(_ range: PartialRangeUpTo<Bound>) {
    self = .between(.unlimited, .open(range.upperBound))
  }

  /// The range up to a value, with it.
  public init(_ range: PartialRangeThrough<Bound>) {
    self = .between(.unlimited, .closed(range.upperBound))
  }

  /// Whether `value` lies in the range.
  public func contains(_ value: Bound) -> Bool {
    guard case .between(let lower, let upper) = self else { return false }
    let isAbove =
      switch lower {
      case .closed(let bound): bound <= value
      case .open(let bound): bound < value
      case .unlimited: true
      }
    let isBelow =
      switch upper {
      case .closed(let bound): value <= bound
      case .open(let bound): value < bound
      case .unlimited: true
      }
    return isAbove && isBelow
  }
}

/// The bits of `range_send`'s first byte (src/include/utils/rangetypes.h).
private enum RangeFlag {
  static let empty: UInt8 = 0x01
  static let lowerClosed: UInt8 = 0x02
  static let upperClosed: UInt8 = 0x04
  static let lowerUnlimited: UInt8 = 0x08
  static let upperUnlimited: UInt8 = 0x10
}

extension PostgresRange: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { Bound.postgresRangeType }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    guard case .between(let lower, let upper) = self else {
      bytes.write(RangeFlag.empty)
      return
    }
    var flags: UInt8 = 0
    var values: [Bound] = []
    switch lower {
    case .closed(let bound):
      flags |= RangeFlag.lowerClosed
      values.append(bound)
    case .open(let bound): values.append(bound)
    case .unlimited: flags |= RangeFlag.lowerUnlimited
    }
    switch upper {
    case .closed(let bound):
      flags |= RangeFlag.upperClosed
      values.append(bound)
    case .open(let bound): values.append(bound)
    case .unlimited: flags |= RangeFlag.upperUnlimited
    }
    bytes.write(flags)
    for value in values { bytes.writeSized(value) }
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    let element = try PostgresRange.elementType(of: cell)
    let flags = try cell.integer(UInt8.self)
    guard flags & RangeFlag.empty == 0 else {
      self = .empty
      return
    }
    var offset = 1
    func end(isUnlimited: Bool, isClosed: Bool) throws -> End {
      guard !isUnlimited else { return .unlimited }
      let value = try Bound(from: try cell.sized(at: &offset, type: element))
      return isClosed ? .closed(value) : .open(value)
    }
    let lower = try end(
      isUnlimited: flags & RangeFlag.lowerUnlimited != 0,
      isClosed: flags & RangeFlag.lowerClosed != 0
    )
    let upper = try end(
      isUnlimited: flags & RangeFlag.upperUnlimited != 0,
      isClosed: flags & RangeFlag.upperClosed != 0
    )
    self = .between(lower, upper)
  }

  private static func elementType(of cell: PostgresCell) throws -> PostgresType {
    switch cell.type {
    case .int4range: .int4
    case .int8range: .int8
    case .numrange: .numeric
    case .tstzrange: .timestamptz
    case .daterange: .date
    default: throw cell.mismatch(PostgresRange.self)
    }
  }
}

/// A set of ranges that neither touch nor overlap, in ascending order, as the server keeps them.
public struct PostgresMultirange<Bound: PostgresRangeBound>: PostgresCodable, Hashable {
  /// The ranges; the server sorts and joins what it is sent.
  public var ranges: [PostgresRange<Bound>]

  /// Wraps the ranges.
  public init(_ ranges: [PostgresRange<Bound>]) {
    self.ranges = ranges
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { Bound.postgresMultirangeType }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(Int32(ranges.count))
    for range in ranges { bytes.writeSized(range) }
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    let type: PostgresType
    switch cell.type {
    case .int4multirange: type = .int4range
    case .int8multirange: type = .int8range
    case .nummultirange: type = .numrange
    case .tstzmultirange: type = .tstzrange
    case .datemultirange: type = .daterange
    default: throw cell.mismatch(PostgresMultirange.self)
    }
    var offset = 4
    ranges = []
    for _ in 0..<(try cell.integer(Int32.self)) {
      ranges.append(try PostgresRange(from: try cell.sized(at: &offset, type: type)))
    }
  }
}

extension PostgresBytes {
  /// Writes a value behind its length.
  fileprivate mutating func writeSized(_ value: some PostgresEncodable) {
    let start = count
    write(Int32(0))
    value.encode(to: &self)
    overwrite(Int32(count - start - 4), at: start)
  }
}

extension PostgresCell {
  /// Reads the value behind a length and moves on.
  fileprivate func sized(at offset: inout Int, type: PostgresType) throws -> PostgresCell {
    let length = Int(try integer(Int32.self, at: offset))
    let start = offset + 4
    guard length >= 0, start + length <= bytes.count else { throw mismatch(Any.self) }
    offset = start + length
    return PostgresCell(
      bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]),
      type: type
    )
  }
}
