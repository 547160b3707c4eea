import ArtelAuth
import ArtelWeb

/// What somebody gives to become a member.
struct SignUpForm: Form {
  let username: String
  /// The username when absent.
  let displayName: String
  let email: String
  let password: String

  init(_ fields: inout FormReader) {
    let username = fields.string(
      "username",
      .trimmed,
      .length(Username.length),
      .pattern(.username)
    )
    if Username.reserved.contains(username.lowercased()) {
      fields.refuse("username", .taken, messageKey: "reserved")
    }
    let displayName = fields.optionalString(
      "display_name",
      .trimmed,
      .length(DisplayName.length),
      .pattern(.displayName)
    )
    let email = fields.string(
      "email",
      .trimmed,
      .length(1...EmailAddress.maximumBytes),
      .pattern(.emailAddress)
    )
    self.username = username
    self.displayName = displayName ?? username
    self.email = (try? EmailAddress(email).text) ?? email
    password = fields.string("password", .secret, .length(PasswordHasher.length))
  }
}

extension FieldPattern {
  static let username = FieldPattern("username", expression: Username.expression) { text in
    hasForm { () throws(MemberDetailError) in _ = try Username(text) }
  }

  static let displayName = FieldPattern(
    "display_name",
    expression: DisplayName.expression
  ) { text in
    hasForm { () throws(MemberDetailError) in _ = try DisplayName(text) }
  }

  static let emailAddress = FieldPattern("email", expression: EmailAddress.expression) { text in
    hasForm { () throws(MemberDetailError) in _ = try EmailAddress(text) }
      && text.utf8.count <= EmailAddress.maximumBytes
  }

  /// Lengths and reserved names have messages of their own.
  private static func hasForm(_ check: () throws(MemberDetailError) -> Void) -> Bool {
    do {
      try check()
      return true
    } catch {
      return error != .malformed
    }
  }
}
