import ArtelAuth
import ArtelWeb

/// The proof that it is the member who wants to leave.
struct DepartureForm: Form {
  let password: String

  init(_ fields: inout FormReader) {
    password = fields.string("password", .secret, .length(1...PasswordHasher.maximumBytes))
  }
}

/// Another name for a member.
struct RenameForm: Form {
  let displayName: String

  init(_ fields: inout FormReader) {
    displayName = fields.string(
      "display_name",
      .trimmed,
      .length(DisplayName.length),
      .pattern(.displayName)
    )
  }
}
