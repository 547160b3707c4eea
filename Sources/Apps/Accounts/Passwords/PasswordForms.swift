import ArtelAuth
import ArtelWeb

/// Another password, and the present one.
struct PasswordForm: Form {
  /// Nil for a member without one.
  let currentPassword: String?
  let password: String

  init(_ fields: inout FormReader) {
    currentPassword = fields.optionalString(
      "current_password",
      .secret,
      .length(0...PasswordHasher.maximumBytes)
    )
    password = fields.chosenPassword(knowing: [])
  }
}

/// The address of somebody who forgot the password.
struct ResetRequestForm: Form {
  let email: String

  init(_ fields: inout FormReader) {
    email = EmailForm.email(&fields)
  }
}

/// A password to set.
struct ChosenPasswordForm: Form {
  let password: String

  init(_ fields: inout FormReader) {
    password = fields.chosenPassword(knowing: [])
  }
}

/// The last step of a sign-in by a password that is known from a breach, by a program.
struct PasswordReplacementForm: Form {
  let challenge: String
  let password: String

  init(_ fields: inout FormReader) {
    challenge = fields.string("challenge", .secret, .length(1...200))
    password = ChosenPasswordForm(&fields).password
  }
}

/// Another password, and the token of the link that allows it.
struct ResetForm: Form {
  let token: String
  let password: String

  init(_ fields: inout FormReader) {
    // Not secret: the page that is shown again needs it.
    token = fields.string("token", .length(1...200))
    password = fields.chosenPassword(knowing: [])
  }
}
