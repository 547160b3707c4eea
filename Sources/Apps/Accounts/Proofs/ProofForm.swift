import ArtelAuth
import ArtelWeb

/// The proof that it is still the member who sits there: a password, or a code.
struct GivenProof: Form {
  let password: String?
  let code: String?
  /// Which code of the telephone; nil for one of an authenticator.
  let codeID: VerificationCodeID?

  init(_ fields: inout FormReader) {
    password = fields.optionalString(
      "password",
      .secret,
      .length(0...PasswordHasher.maximumBytes)
    )
    code = fields.optionalString("code", .trimmed, .secret, .length(0...40))
    codeID = fields.optionalID("code_id", as: VerificationCodeID.self)
  }
}

/// A proof, and the page that asked for it.
struct ProofForm: Form {
  let given: GivenProof
  let wish: ProofWish

  init(_ fields: inout FormReader) {
    given = GivenProof(&fields)
    wish = ProofWish(&fields)
  }
}

/// What a proof is for.
struct ProofWish: Form {
  /// Where to go on with it.
  let next: NextPage
  /// Whether a code or a passkey is needed.
  let needsSecondFactor: Bool

  init(_ fields: inout FormReader) {
    next = NextPage(&fields)
    needsSecondFactor = fields.boolean("second_factor", default: false)
  }
}
