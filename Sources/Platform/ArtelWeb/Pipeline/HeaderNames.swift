import HTTPTypes

extension HTTPField.Name {
  static let requestID = known("x-request-id")
  static let crossSiteToken = known("x-csrf-token")
  static let secFetchSite = known("sec-fetch-site")
  static let rateLimitLimit = known("RateLimit-Limit")
  static let rateLimitRemaining = known("RateLimit-Remaining")
  static let rateLimitReset = known("RateLimit-Reset")
  static let permissionsPolicy = known("permissions-policy")
  static let referrerPolicy = known("referrer-policy")
  static let robots = known("x-robots-tag")
  static let crossOriginOpenerPolicy = known("cross-origin-opener-policy")

  static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name.") }
    return name
  }
}
