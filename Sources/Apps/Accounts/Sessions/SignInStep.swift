import FoundationEssentials

/// What a sign-in whose password was right still waits for.
enum SignInStep: String, CaseIterable, Sendable {
  /// The second factor is to be shown.
  case code
  /// Another password is to be chosen, as the one that was given is known from a breach.
  case password

  /// How long a member has for it: 5 minutes for a code, 15 for a password to think of.
  var lifetime: TimeInterval {
    switch self {
    case .code: 300
    case .password: 900
    }
  }

  /// The page that asks for it.
  var path: String { "/sign-in/\(rawValue)" }

  /// The address of its page, from which one comes to the page one wanted.
  func location(before next: NextPage) -> String { "\(path)?\(next.parameter)" }
}
