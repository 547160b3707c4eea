public import ArtelIdentifiers

/// Who is told of an update.
public struct Audience: Hashable, Sendable {
  /// As it is stored: `member/` and an id, or `topic/` and a name.
  let text: String

  /// One member, on every page that is open.
  public static func member(_ id: Identifier<AccountsMember>) -> Audience {
    Audience(text: "member/\(id)")
  }

  /// Everybody who follows a topic; its name has lower-case letters, digits and `_.:-`.
  public static func topic(_ name: String) -> Audience {
    Audience(text: "topic/\(name)")
  }
}
