public import ArtelConcurrency
import FoundationEssentials

/// Makes challenges for passkeys and checks what browsers answer.
///
/// User verification is always required, so that a passkey is two factors at once; attestation is not
/// asked for, as any authenticator will do. Signatures are checked on the blocking pool.
///
/// Source: W3C Web Authentication, level 2, 7.1 and 7.2; libfido2.
public struct Passkeys: Sendable {
  /// The id of the relying party: the host of the public address.
  public let relyingParty: String

  /// What browsers call this site: the public address.
  public let origin: String

  /// The COSE algorithms of keys that are taken, the best first.
  public static var algorithms: [Int] { Fido2.algorithms }

  private let key: SecretKey
  private let pool: BlockingPool
  private let clock: WallClock

  /// Makes passkeys of a site; nil unless its public address is https, or http at `localhost`.
  ///
  /// Browsers offer passkeys nowhere else.
  ///
  /// - Parameters:
  ///   - publicURL: Such as `https://artel.example`.
  ///   - secret: What the key of challenges is derived from, the same on all nodes.
  ///   - pool: Where signatures are checked.
  ///   - clock: The node's clock.
  public init?(publicURL: String, secret: [UInt8], pool: BlockingPool, clock: WallClock) {
    let parts = publicURL.lowercased().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[1].isEmpty else { return nil }
    let host = parts[2].prefix { $0 != ":" }
    guard parts[0] == "https:" || (parts[0] == "http:" && host == "localhost"), !host.isEmpty
    else { return nil }
    relyingParty = String(host)
    origin = "\(parts[0])//\(parts[2])"
    key = SecretKey("passkey challenges", from: secret)
    self.pool = pool
    self.clock = clock
  }

  /// A challenge for one browser, for a purpose of an owner: the member's id, or an empty text for
  /// guests.
  public func challenge(_ purpose: PasskeyChallenge.Purpose, of owner: String) -> PasskeyChallenge {
    PasskeyChallenge(purpose, of: owner, key, at: clock.now())
  }

  /// Checks a passkey that a member adds.
  ///
  /// - Throws: ``PasskeyError``; `BlockingPoolError`.
  public func register(
    _ answer: PasskeyRegistration,
    token: String?,
    of owner: String
  ) async throws -> (passkey: RegisteredPasskey, challenge: PasskeyChallenge) {
    let challenge = try open(token, .registration, of: owner)
    let client = try ClientFacts(answer.clientData)
    try client.check("webauthn.create", challenge, origin)
    guard let facts = Base64.url.decode(answer.authenticatorData) else {
      throw PasskeyError.malformed
    }
    let passkey = try await pool.run { [relyingParty] in
      try Fido2.register(facts, algorithm: answer.algorithm, relyingParty: relyingParty)
    }
    return (passkey, challenge)
  }

  /// Opens the challenge of a sign-in, before the passkey is looked up.
  ///
  /// - Throws: ``PasskeyError``.
  public func open(_ answer: PasskeyAssertion, token: String?) throws -> PasskeyChallenge {
    let challenge = try open(token, .signIn, of: "")
    try ClientFacts(answer.clientData).check("webauthn.get", challenge, origin)
    return challenge
  }

  /// Checks the signature of a sign-in whose challenge was opened.
  ///
  /// - Returns: The counter of the authenticator; 0 when it has none.
  /// - Throws: ``PasskeyError``; `BlockingPoolError`.
  public func verify(
    _ answer: PasskeyAssertion,
    publicKey: [UInt8],
    algorithm: Int
  ) async throws -> Int {
    guard let facts = Base64.url.decode(answer.authenticatorData),
      let client = Base64.url.decode(answer.clientData),
      let signature = Base64.url.decode(answer.signature)
    else { throw PasskeyError.malformed }
    return try await pool.run { [relyingParty] in
      try Fido2.verify(
        Fido2.Assertion(authenticatorData: facts, clientData: client, signature: signature),
        publicKey: publicKey,
        algorithm: algorithm,
        relyingParty: relyingParty
      )
    }
  }

  private func open(
    _ token: String?,
    _ purpose: PasskeyChallenge.Purpose,
    of owner: String
  ) throws -> PasskeyChallenge {
    guard let token,
      let challenge = PasskeyChallenge(token: token, purpose, of: owner, key, at: clock.now())
    else { throw PasskeyError.challenge }
    return challenge
  }
}

/// What a browser sends when a passkey was made; texts are base64url.
public struct PasskeyRegistration: Sendable {
  /// `response.getAuthenticatorData()`.
  public let authenticatorData: String
  /// `response.clientDataJSON`.
  public let clientData: String
  /// `response.getPublicKeyAlgorithm()`: a COSE algorithm.
  public let algorithm: Int

  /// Puts together what was sent.
  public init(authenticatorData: String, clientData: String, algorithm: Int) {
    self.authenticatorData = authenticatorData
    self.clientData = clientData
    self.algorithm = algorithm
  }
}

/// What a browser sends to sign in; texts are base64url.
public struct PasskeyAssertion: Sendable {
  /// `response.authenticatorData`.
  public let authenticatorData: String
  /// `response.clientDataJSON`.
  public let clientData: String
  /// `response.signature`.
  public let signature: String

  /// Puts together what was sent.
  public init(authenticatorData: String, clientData: String, signature: String) {
    self.authenticatorData = authenticatorData
    self.clientData = clientData
    self.signature = signature
  }
}

/// A passkey that was checked, to be stored.
public struct RegisteredPasskey: Hashable, Sendable {
  /// What the authenticator calls it: 1 to 1023 bytes.
  public let credentialID: [UInt8]
  /// The public key in libfido2's form.
  public let publicKey: [UInt8]
  /// The COSE algorithm.
  public let algorithm: Int
  /// The counter of the authenticator; 0 when it has none.
  public let counter: Int
}

/// Base64url, for what passes through pages as text.
public enum PasskeyText {
  /// The text of bytes.
  public static func encode(_ bytes: [UInt8]) -> String { Base64.url.encode(bytes) }

  /// The bytes of a text; nil unless it is exactly what ``encode(_:)`` makes of them.
  public static func decode(_ text: String) -> [UInt8]? { Base64.url.decode(text) }
}

/// What the browser itself says about a ceremony.
///
/// Source: W3C Web Authentication, level 2, 5.8.1.
private struct ClientFacts: Decodable {
  let type: String
  let challenge: String
  let origin: String
  let crossOrigin: Bool?

  init(_ text: String) throws(PasskeyError) {
    guard text.utf8.count <= 8192, let bytes = Base64.url.decode(text),
      let facts = try? JSONDecoder().decode(ClientFacts.self, from: Data(bytes))
    else { throw .malformed }
    self = facts
  }

  func check(_ type: String, _ challenge: PasskeyChallenge, _ origin: String) throws(PasskeyError) {
    let given = TokenDigest(hashing: self.challenge)
    guard self.type == type, given == TokenDigest(hashing: challenge.text) else {
      throw .challenge
    }
    guard self.origin == origin, crossOrigin != true else { throw .origin }
  }
}
