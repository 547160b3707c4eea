/// A code that stands in once for a lost authenticator, such as `7k3m9-x2b4d`.
///
/// Ten characters of 32: 50 random bits. That is too few for a plain digest, so only keyed ones are
/// stored (``SecretKey/hash(_:for:)``).
public struct RecoverySecret: Sendable {
  /// The code as its holder keeps it.
  public let text: String

  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

  /// Makes a code out of the system's randomness.
  public static func generate() -> RecoverySecret {
    let letters = randomBytes(10).map { alphabet[Int($0 & 31)] }
    return RecoverySecret(letters: letters)
  }

  private init(letters: [Character]) {
    text = String(letters[..<5]) + "-" + String(letters[5...])
  }

  /// Reads what somebody typed; nil unless it has the form of a code.
  ///
  /// Case, spaces and dashes do not matter; O, I and L are read as the digits they look like. Source of
  /// the alphabet: Crockford's Base 32.
  public init?(_ text: String) {
    var letters: [Character] = []
    for letter in text.lowercased() where letter != "-" && letter != " " {
      let read: Character = letter == "o" ? "0" : letter == "i" || letter == "l" ? "1" : letter
      guard Self.alphabet.contains(read), letters.count < 10 else { return nil }
      letters.append(read)
    }
    guard letters.count == 10 else { return nil }
    self.init(letters: letters)
  }
}

extension RecoverySecret: CustomStringConvertible, CustomReflectable {
  /// A placeholder, so that no log shows the secret.
  public var description: String { "RecoverySecret(hidden)" }

  /// Nothing, so that no dump shows the secret.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
