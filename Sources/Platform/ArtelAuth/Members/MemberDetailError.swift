/// Why a username, name, address or number is not accepted.
public enum MemberDetailError: Error, Hashable, Sendable {
  /// Fewer than `minimum` code points.
  case tooShort(minimum: Int)
  /// More than `maximum` code points.
  case tooLong(maximum: Int)
  /// A character or an order of characters that is not allowed.
  case malformed
  /// A username that the server keeps for itself.
  case reserved
}

extension MemberDetailError: CustomStringConvertible {
  /// Text that is safe to show.
  public var description: String {
    switch self {
    case .tooShort(let minimum): "At least \(minimum) characters are needed."
    case .tooLong(let maximum): "At most \(maximum) characters are allowed."
    case .malformed: "It has the wrong form."
    case .reserved: "It is reserved."
    }
  }
}
