/// A message for the next page, such as that a picture was deleted.
///
/// It travels in a cookie that lives for a minute and holds the kind and the key of the text only,
/// so nobody can make a page show words of their own.
public struct Flash: Sendable, Equatable {
  /// How a message looks.
  public enum Kind: String, Sendable, CaseIterable {
    /// Something was done.
    case success
    /// Something to know.
    case notice
    /// Something was refused.
    case error
  }

  /// How it looks.
  public var kind: Kind

  /// The key of its text under `flash.` in the string catalog.
  public var key: String

  /// Makes a message.
  ///
  /// - Parameters:
  ///   - key: Lowercase letters, digits and `_`.
  ///   - kind: How it looks; default success.
  public init(_ key: String, kind: Kind = .success) {
    self.key = key
    self.kind = kind
  }

  init?(cookie: String) {
    let parts = cookie.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), parts[1].utf8.count <= 64
    else { return nil }
    self.init(String(parts[1]), kind: kind)
  }

  var cookie: ResponseCookie {
    ResponseCookie(.flash, value: "\(kind.rawValue).\(key)", lifetime: .seconds(60))
  }

  func view(in language: Language, from strings: StringCatalog) -> ViewValue? {
    // An unknown key comes from a stale or forged cookie, not from us: show nothing, log nothing.
    guard let text = strings.textIfPresent("flash." + key, in: language) else { return nil }
    return [
      "text": .text(text), "kind": .text(kind.rawValue), "is_success": .flag(kind == .success),
      "is_notice": .flag(kind == .notice), "is_error": .flag(kind == .error),
    ]
  }
}

extension WebContext {
  /// Shows a message on the next page the browser gets.
  public func flash(_ key: String, kind: Flash.Kind = .success) {
    setCookie(Flash(key, kind: kind).cookie)
  }
}
