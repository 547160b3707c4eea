import ArtelAuth
import ArtelWeb

/// The proof that it is the member who wants to leave.
struct DepartureForm: Form {
  let password: String

  init(_ fields: inout FormReader) {
    password = fields.string("password", .secret, .length(1...PasswordHasher.maximumBytes))
  }
}
