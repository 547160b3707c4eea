import ArtelPostgres
import Foundation

/// The JSON of an event: dates are RFC 3339 in UTC with microseconds, keys are what the type says.
public struct EventPayload: Sendable, Hashable {
  /// The JSON document.
  public let text: String

  /// Wraps a document.
  public init(_ text: String) {
    self.text = text
  }

  /// Writes an event.
  public init(encoding event: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(EventPayload.text(of: date))
    }
    text = String(decoding: try encoder.encode(event), as: UTF8.self)
  }

  /// Reads the document as a type.
  ///
  /// - Throws: `DecodingError`.
  public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .custom { decoder in
      let container = try decoder.singleValueContainer()
      guard let date = EventPayload.date(try container.decode(String.self)) else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "not a time as in RFC 3339"
        )
      }
      return date
    }
    return try decoder.decode(Value.self, from: Data(text.utf8))
  }

  /// `2026-03-01T12:00:00.123456Z`; finer fractions are rounded, as PostgreSQL rounds them.
  static func text(of date: Date) -> String {
    let microseconds = Int((date.timeIntervalSince1970 * 1e6).rounded())
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let isBefore = rest < 0
    let whole = Date(timeIntervalSince1970: TimeInterval(isBefore ? seconds - 1 : seconds))
    let fraction = String(isBefore ? rest + 1_000_000 : rest)
    let stem = whole.formatted(.iso8601).dropLast()
    return "\(stem).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)Z"
  }

  static func date(_ text: String) -> Date? {
    guard text.hasSuffix("Z") else { return nil }
    let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = try? Date("\(parts[0])Z", strategy: .iso8601) else {
      return nil
    }
    guard parts.count == 2 else { return whole }
    guard (1...6).contains(parts[1].count), parts[1].allSatisfy({ $0.isASCII && $0.isNumber }),
      let digits = Int(parts[1].padding(toLength: 6, withPad: "0", startingAt: 0))
    else { return nil }
    // From whole microseconds, as the driver reads them, so that both give the same number.
    let microseconds = Int(whole.timeIntervalSince1970) * 1_000_000 + digits
    return Date(timeIntervalSince1970: Double(microseconds) / 1e6)
  }
}
