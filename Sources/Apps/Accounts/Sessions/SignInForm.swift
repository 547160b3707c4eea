import ArtelAuth
import ArtelWeb

/// Who somebody says to be, and the proof.
struct SignInForm: Form {
  /// A username or an e-mail address.
  let login: String
  let password: String

  init(_ fields: inout FormReader) {
    login = fields.string("login", .trimmed, .length(1...EmailAddress.maximumBytes))
    password = fields.string("password", .secret, .length(1...PasswordHasher.maximumBytes))
  }
}

/// The token to exchange for the next pair.
struct RefreshForm: Form {
  let refreshToken: String

  init(_ fields: inout FormReader) {
    refreshToken = fields.string("refresh_token", .secret, .length(1...200))
  }
}
