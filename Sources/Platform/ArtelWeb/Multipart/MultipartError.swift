/// Why a multipart body is refused.
public enum MultipartError: Error, Sendable, Equatable {
  /// It breaks the syntax; the text says how and is safe to show.
  case malformed(String)
  /// It ends before its closing boundary.
  case truncated
  /// It has more parts than allowed.
  case tooManyParts
  /// The headers of a part are too large.
  case headerTooLarge
  /// A text field is too large.
  case fieldTooLarge(name: String)
  /// A file is too large; `filename` is what the sender calls it, empty when they do not say.
  case fileTooLarge(name: String, filename: String)
  /// The whole body is too large.
  case bodyTooLarge
}
