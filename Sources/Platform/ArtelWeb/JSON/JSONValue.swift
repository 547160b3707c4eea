/// A parsed JSON value.
///
/// Made by ``init(parsing:maximumDepth:)``; used for small request bodies only.
public enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case integer(Int)
  /// Any other number.
  case double(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object; of keys that occur twice the last counts.
  case object([String: JSONValue])
}

/// Why a text is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The position of the first wrong byte, from 0.
  public var byteOffset: Int

  /// What is wrong there; safe to show.
  public var reason: String

  /// The reason and the position.
  public var description: String { "\(reason) at byte \(byteOffset)" }
}
