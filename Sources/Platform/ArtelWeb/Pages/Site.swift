/// The public address of the installation.
public struct Site: Sendable, Equatable {
  /// The public address without a slash at its end; nil when it was not configured: each request's
  /// own `Host` is then taken, over http.
  public let publicURL: String?

  /// Makes a site.
  ///
  /// - Parameter publicURL: Such as `https://artel.example`; a path is not supported.
  public init(publicURL: String? = nil) {
    var text = publicURL?[...]
    while text?.last == "/" { text?.removeLast() }
    self.publicURL = text.map(String.init)
  }

  /// Whether browsers use https.
  public var isSecure: Bool { publicURL?.hasPrefix("https://") ?? false }

  /// The address of the site as a caller who used `host` sees it.
  func address(host: String) -> String {
    publicURL ?? "http://\(host)"
  }
}
