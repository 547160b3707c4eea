/// What a token is for; a token of one kind is never accepted as another.
public struct OpaqueTokenKind: Hashable, Sendable {
  /// The ASCII characters that the text of every token of this kind starts with; may be empty.
  public let prefix: String

  /// Makes a kind of the characters its tokens start with.
  public init(prefix: String) {
    self.prefix = prefix
  }

  /// Exchanged by API clients for the next access token.
  public static let refresh = OpaqueTokenKind(prefix: "artel_rt_")

  /// Kept by a browser in the cookie of a page session.
  public static let pageSession = OpaqueTokenKind(prefix: "artel_ps_")

  /// Made by a member for a program of theirs.
  public static let api = OpaqueTokenKind(prefix: "artel_pat_")

  /// Stands between the right password and the second factor.
  public static let challenge = OpaqueTokenKind(prefix: "artel_ch_")

  /// Part of the link that makes the first administrator.
  public static let setup = OpaqueTokenKind(prefix: "artel_su_")

  /// Part of the link in a mail that proves its address.
  public static let emailVerification = OpaqueTokenKind(prefix: "artel_ev_")

  /// Part of the link in a mail that lets a new password be set.
  public static let passwordReset = OpaqueTokenKind(prefix: "artel_pr_")
}
