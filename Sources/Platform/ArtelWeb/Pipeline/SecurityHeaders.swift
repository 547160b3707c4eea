import HTTPTypes
import Hummingbird

/// The headers that keep browsers from doing more with an answer than it is meant for.
struct SecurityHeaders: Sendable {
  private let always: [HTTPField]
  private let forPages: [HTTPField]
  private let forContent: [HTTPField]

  /// What pages, and the workers their scripts start, may load.
  static let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    + "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    + "base-uri 'none'; manifest-src 'self'; worker-src 'self'"

  init(isSecure: Bool) {
    always =
      [HTTPField(name: .xContentTypeOptions, value: "nosniff")]
      + (isSecure
        ? [HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")]
        : [])
    forPages = [
      HTTPField(name: .contentSecurityPolicy, value: Self.pagePolicy),
      HTTPField(name: .referrerPolicy, value: "same-origin"),
      HTTPField(
        name: .permissionsPolicy,
        value: "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
      ),
      HTTPField(name: .crossOriginOpenerPolicy, value: "same-origin"),
    ]
    forContent = [
      HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'")
    ]
  }

  func add(to headers: inout HTTPFields) {
    headers.append(contentsOf: always)
    guard !headers.contains(.contentSecurityPolicy) else { return }
    let type = headers.firstValue(of: .contentType) ?? ""
    // A worker obeys the policy its script came with.
    let isPage = type.hasPrefix("text/html") || type.hasPrefix("text/javascript")
    // A page may ask for more silence than others, such as one whose own address is a secret.
    let ours = isPage ? forPages : forContent
    headers.append(contentsOf: ours.filter { !headers.contains($0.name) })
  }
}
