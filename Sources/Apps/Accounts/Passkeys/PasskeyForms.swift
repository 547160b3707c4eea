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

/// A passkey that a program has made, and the challenge that it was made for.
struct PasskeyCreationForm: Form {
  let challengeToken: String
  let passkey: PasskeyForm

  init(_ fields: inout FormReader) {
    challengeToken = fields.string("challenge_token", .secret, .length(1...200))
    passkey = PasskeyForm(&fields)
  }
}

/// What a browser or a program has signed to sign in.
struct ShownPasskey {
  let credentialID: String
  let userHandle: String
  let assertion: PasskeyAssertion
}

extension ShownPasskey: Form {
  init(_ fields: inout FormReader) {
    credentialID = fields.string("credential_id", .secret, .length(1...1400))
    userHandle = fields.string("user_handle", .secret, .length(1...100))
    assertion = PasskeyAssertion(
      authenticatorData: fields.string("authenticator_data", .secret, .length(1...16_384)),
      clientData: fields.string("client_data", .secret, .length(1...16_384)),
      signature: fields.string("signature", .secret, .length(1...2048))
    )
  }
}

/// What a browser has signed to sign in, and where to go afterwards.
struct PasskeySignInForm: Form {
  let shown: ShownPasskey
  let next: NextPage

  init(_ fields: inout FormReader) {
    shown = ShownPasskey(&fields)
    next = NextPage(&fields)
  }
}

/// What a program has signed to sign in, and the challenge that it answers.
struct PasskeySessionForm: Form {
  let challengeToken: String
  let shown: ShownPasskey

  init(_ fields: inout FormReader) {
    challengeToken = fields.string("challenge_token", .secret, .length(1...200))
    shown = ShownPasskey(&fields)
  }
}
