import ArtelAuth
import ArtelWeb

/// The proof that it is the member who wants something that cannot be undone.
struct ConfirmationForm: Form {
  /// Nil, or empty, from members who have none.
  let password: String?

  init(_ fields: inout FormReader) {
    password = fields.optionalString("password", .secret, .length(0...PasswordHasher.maximumBytes))
  }
}
