import ArtelWeb

/// A code of an authenticator, or a recovery code.
struct CodeForm: Form {
  let code: String

  init(_ fields: inout FormReader) {
    code = fields.string("code", .trimmed, .secret, .length(1...40))
  }
}

/// The proof that it is the member who wants to change what proves who they are.
struct TwoFactorProof: Form {
  /// Nil, or empty, from members who have none.
  let password: String?
  let code: String

  init(_ fields: inout FormReader) {
    password = ConfirmationForm(&fields).password
    code = CodeForm(&fields).code
  }
}

/// The second step of a sign-in by a program.
struct ChallengeForm: Form {
  let challenge: String
  let code: String

  init(_ fields: inout FormReader) {
    challenge = fields.string("challenge", .secret, .length(1...200))
    code = CodeForm(&fields).code
  }
}
