import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Passkey: JSONResource {
  static let schemaName = "Passkey"

  /// What its member recognizes it by; the key itself is of no use to anybody else.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("name", name)
      json.field("created_at", createdAt)
      json.field("last_used_at", lastUsedAt)
      json.field("regressed_at", regressedAt)
    }
  }

  static let examples = [
    example(usedAt: Date(timeIntervalSince1970: 1_795_320_314.123456), id: [1, 2, 3]),
    example(usedAt: nil, id: [4, 5, 6]),
  ]

  fileprivate static func example(usedAt: Date?, id: [UInt8]) -> Passkey {
    Passkey(
      id: PasskeyID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E2A),
      memberID: .example,
      credentialID: Bytea(id),
      algorithm: -7,
      publicKey: Bytea([]),
      counter: 0,
      name: "Phone",
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      lastUsedAt: usedAt,
      regressedAt: usedAt
    )
  }
}

extension MemberID {
  fileprivate static let example = MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D)
}

/// What a device has to know to make a passkey.
///
/// Source of the members of `public_key`: W3C Web Authentication, level 3, 5.1.9 and 5.4.
struct PasskeyCreationOptions: Sendable {
  let challengeToken: String
  let challenge: String
  let relyingParty: String
  let userHandle: String
  let username: String
  let displayName: String
  /// Those that the member has already, so that a device does not make a second one.
  let known: [String]

  init(_ challenge: PasskeyChallenge, relyingParty: String, member: Member, known: [Passkey]) {
    self.init(
      challengeToken: challenge.token,
      challenge: challenge.text,
      relyingParty: relyingParty,
      userHandle: Passkey.userHandle(of: member.id),
      username: member.username,
      displayName: member.displayName,
      known: known.map { PasskeyText.encode($0.credentialID.bytes) }
    )
  }

  private init(
    challengeToken: String,
    challenge: String,
    relyingParty: String,
    userHandle: String,
    username: String,
    displayName: String,
    known: [String]
  ) {
    self.challengeToken = challengeToken
    self.challenge = challenge
    self.relyingParty = relyingParty
    self.userHandle = userHandle
    self.username = username
    self.displayName = displayName
    self.known = known
  }
}

extension PasskeyCreationOptions: JSONResource {
  static let schemaName = "PasskeyCreationOptions"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("challenge_token", challengeToken)
      json.field("expires_in", Int(PasskeyChallenge.lifetime))
      json.name("public_key")
      json.object(writePublicKey)
    }
  }

  private func writePublicKey(_ json: inout JSONWriter) {
    json.field("challenge", challenge)
    json.name("rp")
    json.object { json in
      json.field("id", relyingParty)
      json.field("name", AuthenticatorSetup.issuer)
    }
    json.name("user")
    json.object { json in
      json.field("id", userHandle)
      json.field("name", username)
      json.field("displayName", displayName)
    }
    json.field("pubKeyCredParams", Passkeys.algorithms.map(PublicKeyParameters.init))
    json.field("excludeCredentials", known.map(PublicKeyDescriptor.init))
    json.name("authenticatorSelection")
    json.object { json in
      json.field("residentKey", "required")
      json.field("requireResidentKey", true)
      json.field("userVerification", "required")
    }
    json.field("attestation", "none")
    json.field("timeout", Int(PasskeyChallenge.lifetime) * 1000)
  }

  static let examples = [
    PasskeyCreationOptions(
      challengeToken: "1795233914.Zm9vYmFyZm9vYmFy.Zm9vYmFyZm9vYmFy",
      challenge: "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8",
      relyingParty: "artel.example",
      userHandle: Passkey.userHandle(of: .example),
      username: "ada",
      displayName: "Ada Lovelace",
      known: ["Zm9vYmFy"]
    )
  ]
}

/// A kind of key that is taken.
private struct PublicKeyParameters: JSONWritable {
  let algorithm: Int

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("type", "public-key")
      json.field("alg", algorithm)
    }
  }
}

/// A passkey as devices name it.
private struct PublicKeyDescriptor: JSONWritable {
  let id: String

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("type", "public-key")
      json.field("id", id)
    }
  }
}

/// What a device has to know to sign in by a passkey.
///
/// Source of the members of `public_key`: W3C Web Authentication, level 3, 5.1.10 and 5.5.
struct PasskeyRequestOptions: Sendable {
  let challengeToken: String
  let challenge: String
  let relyingParty: String

  init(_ challenge: PasskeyChallenge, relyingParty: String) {
    self.init(
      challengeToken: challenge.token,
      challenge: challenge.text,
      relyingParty: relyingParty
    )
  }

  private init(challengeToken: String, challenge: String, relyingParty: String) {
    self.challengeToken = challengeToken
    self.challenge = challenge
    self.relyingParty = relyingParty
  }
}

extension PasskeyRequestOptions: JSONResource {
  static let schemaName = "PasskeyRequestOptions"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("challenge_token", challengeToken)
      json.field("expires_in", Int(PasskeyChallenge.lifetime))
      json.name("public_key")
      json.object { json in
        json.field("challenge", challenge)
        json.field("rpId", relyingParty)
        json.field("userVerification", "required")
        json.field("timeout", Int(PasskeyChallenge.lifetime) * 1000)
      }
    }
  }

  static let examples = [
    PasskeyRequestOptions(
      challengeToken: "1795233914.Zm9vYmFyZm9vYmFy.Zm9vYmFyZm9vYmFy",
      challenge: "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8",
      relyingParty: "artel.example"
    )
  ]
}
