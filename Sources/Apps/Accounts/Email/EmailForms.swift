import ArtelAuth
import ArtelWeb

/// Another address, and the proof that it is the member who names it.
struct EmailForm: Form {
  let email: String
  /// Nil for a member without one.
  let password: String?

  init(_ fields: inout FormReader) {
    email = EmailForm.email(&fields)
    password = fields.optionalString("password", .secret, .length(0...PasswordHasher.maximumBytes))
  }

  /// The field `email`, its domain in lower case.
  static func email(_ fields: inout FormReader) -> String {
    let email = fields.string(
      "email",
      .trimmed,
      .length(1...EmailAddress.maximumBytes),
      .pattern(.emailAddress)
    )
    return (try? EmailAddress(email).text) ?? email
  }
}

/// The token of a link in a mail.
struct EmailTokenForm: Form {
  let token: String

  init(_ fields: inout FormReader) {
    token = fields.string("token", .secret, .length(1...200))
  }
}
