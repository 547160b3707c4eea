import HTTPTypes
public import Hummingbird

extension Response {
  /// The page whose address holds a secret, such as a token: nothing it loads and nobody it leads to
  /// learns more of the address than the site, and no cache keeps the page.
  ///
  /// Not `no-referrer`: browsers would then send its form with `Origin: null`, which is refused as one
  /// of another site. Source: Referrer Policy; Fetch, "append a request Origin header".
  public func keepingAddressSecret() -> Response {
    var response = self
    response.headers[.referrerPolicy] = "strict-origin"
    response.headers[.cacheControl] = "no-store"
    return response
  }
}
