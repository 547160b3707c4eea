/// Where a Sentry-compatible receiver takes faults, as its `DSN` says.
///
/// Source: Sentry developer documentation, DSN: `https://KEY@HOST/PATH/PROJECT`.
struct SentryAddress: Sendable, Equatable {
  /// Where envelopes are posted.
  let envelopes: String
  /// The public key, which allows sending and nothing else.
  let key: String

  /// Nil for anything else than `http` or `https`, a key, a host and the number of a project.
  init?(_ dsn: String) {
    guard let scheme = ["https://", "http://"].first(where: { dsn.hasPrefix($0) }) else {
      return nil
    }
    let rest = dsn.dropFirst(scheme.count)
    guard let at = rest.firstIndex(of: "@"), let slash = rest.lastIndex(of: "/"), at < slash else {
      return nil
    }
    // An older form has a secret behind the key.
    let key = rest[..<at].prefix { $0 != ":" }
    let place = rest[rest.index(after: at)..<slash]
    let project = rest[rest.index(after: slash)...]
    guard !key.isEmpty, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }),
      !place.isEmpty, place.first != "/", !project.isEmpty,
      project.allSatisfy({ $0.isASCII && $0.isNumber })
    else { return nil }
    self.key = String(key)
    envelopes = "\(scheme)\(place)/api/\(project)/envelope/"
  }
}
