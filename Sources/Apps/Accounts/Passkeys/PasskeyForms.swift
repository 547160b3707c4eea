import ArtelAuth
import ArtelWeb

/// A passkey that a browser has made, and what its member calls it.
struct PasskeyForm {
  let name: String
  let registration: PasskeyRegistration
}

extension PasskeyForm: Form {
  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(1...100))
    registration = PasskeyRegistration(
      authenticatorData: fields.string("authenticator_data", .secret, .length(1...16_384)),
      clientData: fields.string("client_data", .secret, .length(1...16_384)),
      algorithm: fields.integer("algorithm", in: -65_535...65_535)
    )
  }
}

/// What a browser has signed to sign in, and where to go afterwards.
struct PasskeySignInForm {
  let credentialID: String
  let userHandle: String
  let assertion: PasskeyAssertion
  let next: NextPage
}

extension PasskeySignInForm: Form {
  init(_ fields: inout FormReader) {
    credentialID = fields.string("credential_id", .secret, .length(1...1400))
    userHandle = fields.string("user_handle", .secret, .length(1...100))
    assertion = PasskeyAssertion(
      authenticatorData: fields.string("authenticator_data", .secret, .length(1...16_384)),
      clientData: fields.string("client_data", .secret, .length(1...16_384)),
      signature: fields.string("signature", .secret, .length(1...2048))
    )
    next = NextPage(&fields)
  }
}
