/// A telephone number in E.164 form, such as `+79991234567`.
public struct PhoneNumber: Hashable, Sendable {
  /// Digits a number has with its country code.
  public static let length = 7...15

  /// `+` and digits.
  public let text: String

  /// Drops spaces, dashes, dots and brackets, and checks the rest.
  ///
  /// - Throws: ``MemberDetailError``; `malformed` without a leading `+` and country code.
  public init(_ text: String) throws(MemberDetailError) {
    let number = text.unicodeScalars.filter { !Self.separators.contains($0) }
    let digits = number.dropFirst()
    guard number.first == "+", digits.first != "0", digits.allSatisfy({ "0"..."9" ~= $0 }) else {
      throw .malformed
    }
    guard digits.count >= Self.length.lowerBound else {
      throw .tooShort(minimum: Self.length.lowerBound)
    }
    guard digits.count <= Self.length.upperBound else {
      throw .tooLong(maximum: Self.length.upperBound)
    }
    self.text = String(number)
  }

  private static let separators = Set(" -.()\u{00A0}".unicodeScalars)
}
