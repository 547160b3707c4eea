/// An ETag: names one state of a resource.
///
/// Source: RFC 9110, 8.8.3.
public struct EntityTag: Sendable, Hashable {
  /// The opaque text without quotes.
  public let text: String

  /// Whether equal tags mean the same meaning, not the same bytes.
  public let isWeak: Bool

  /// A tag of which equal ones mean the same bytes.
  ///
  /// - Parameter text: Visible ASCII without quotes.
  public init(strong text: String) {
    self.text = text
    isWeak = false
  }

  /// A tag of which equal ones mean the same for the reader.
  public init(weak text: String) {
    self.text = text
    isWeak = true
  }

  /// The value of the `ETag` header.
  public var headerValue: String { isWeak ? "W/\"\(text)\"" : "\"\(text)\"" }

  /// Whether the value of an `If-Range` header names this tag; compared strongly, as it must be, so
  /// that a date, too, names none.
  ///
  /// Source: RFC 9110, 13.1.5.
  func isStrongly(named ifRange: String) -> Bool {
    !isWeak && ifRange[...].trimmingSpaces() == headerValue
  }

  /// Whether the value of an `If-None-Match` header names this tag; compared weakly, as it must be.
  ///
  /// Source: RFC 9110, 13.1.2.
  public func isNamed(by ifNoneMatch: String) -> Bool {
    for candidate in ifNoneMatch.split(separator: ",") {
      var candidate = candidate.trimmingSpaces()
      if candidate == "*" { return true }
      if candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
      if candidate.count >= 2, candidate.first == "\"", candidate.last == "\"",
        candidate.dropFirst().dropLast() == text
      {
        return true
      }
    }
    return false
  }
}
