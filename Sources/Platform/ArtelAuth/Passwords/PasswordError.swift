/// Why a password was not hashed or checked.
public enum PasswordError: Error, Hashable, Sendable {
  /// The password has fewer code points than ``PasswordHasher/length`` asks for.
  case tooShort
  /// The password has more code points than ``PasswordHasher/length`` allows.
  case tooLong
  /// The stored hash is no argon2id PHC string, or one that costs too much to check.
  case malformedHash
  /// The system had no memory for the run.
  case outOfMemory
  /// libargon2 or libcrypt refused its arguments; the number is its error code.
  case refused(code: Int)
}

extension PasswordError: CustomStringConvertible {
  /// Text that is safe to show.
  public var description: String {
    switch self {
    case .tooShort: "The password is too short."
    case .tooLong: "The password is too long."
    case .malformedHash: "The stored password hash cannot be read."
    case .outOfMemory: "There is not enough memory to check a password."
    case .refused(let code): "The hash was refused with code \(code)."
    }
  }
}
