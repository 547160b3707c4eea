/// Where a piece of work stands in a trace: the trace, the span, and whether it is recorded.
///
/// As text it is the header `traceparent`, which jobs and events store with what they will do
/// later. Source: W3C Trace Context, level 1.
public struct TraceParent: Hashable, Sendable, LosslessStringConvertible {
  /// The two halves of the trace's id, most significant first; not both 0.
  public let trace: (high: UInt64, low: UInt64)

  /// The id of the span; not 0.
  public let span: UInt64

  /// Whether the caller records the trace.
  public let isSampled: Bool

  init(trace: (high: UInt64, low: UInt64), span: UInt64, isSampled: Bool) {
    self.trace = trace
    self.span = span
    self.isSampled = isSampled
  }

  /// Reads a `traceparent` header; nil for anything malformed.
  ///
  /// Version `ff`, capital letters, ids of zeros alone, and anything behind version `00`'s four
  /// fields are malformed; later versions may have more fields.
  public init?(_ text: String) {
    let bytes = Array(text.utf8.prefix(256))
    let dash = UInt8(ascii: "-")
    guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = Self.number(bytes[0..<2]), version != 0xFF,
      let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
      let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55])
    else { return nil }
    guard bytes.count == 55 || (version > 0 && bytes[55] == dash) else { return nil }
    guard high | low != 0, span != 0 else { return nil }
    self.init(trace: (high, low), span: span, isSampled: flags & 1 == 1)
  }

  /// The header, in version `00`.
  public var description: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

  /// The trace's id: 32 lowercase hexadecimal digits.
  public var traceID: String {
    String(unsafeUninitializedCapacity: 32) { digits in
      Self.write(trace.high, to: digits, at: 0)
      Self.write(trace.low, to: digits, at: 16)
      return 32
    }
  }

  /// The span's id: 16 lowercase hexadecimal digits.
  public var spanID: String { Self.text(of: span) }

  static func text(of span: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { digits in
      write(span, to: digits, at: 0)
      return 16
    }
  }

  /// Whether both name the same span of the same trace and are both recorded, or not.
  public static func == (left: Self, right: Self) -> Bool {
    left.trace == right.trace && left.span == right.span && left.isSampled == right.isSampled
  }

  /// Feeds both ids into a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(trace.low)
    hasher.combine(span)
  }

  private static func write(
    _ number: UInt64,
    to digits: UnsafeMutableBufferPointer<UInt8>,
    at offset: Int
  ) {
    for index in 0..<16 {
      let nibble = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
      digits[offset + index] = nibble < 10 ? 48 + nibble : 87 + nibble
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - 48)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - 87)
      default: return nil
      }
    }
    return number
  }
}
