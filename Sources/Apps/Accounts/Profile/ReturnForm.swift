import ArtelWeb

/// Where a page goes on after a member was blocked, muted or followed.
struct ReturnForm: Form {
  let returnTo: String?

  init(_ fields: inout FormReader) {
    returnTo = fields.optionalString("return_to", .length(0...2000))
  }

  /// The address that the form names, of this site only; without one the page of the member.
  func destination(besides username: String) -> String {
    returnTo.map { LocalPath($0).text } ?? "/members/\(username)"
  }
}
