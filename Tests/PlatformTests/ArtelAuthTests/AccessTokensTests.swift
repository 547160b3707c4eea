import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import Crypto
import Foundation
import Testing

@Suite("Access tokens")
struct AccessTokensTests {
  private let clock = AdjustableClock(Date(timeIntervalSince1970: 1_750_000_000.75))
  private let key = SigningKey.generate(at: Date(timeIntervalSince1970: 1_740_000_000))
  private let checks = RunCounter()
  private let member = Identifier<AccountsMember>.generate()
  private let session = Identifier<AccountsSession>.generate()

  private func tokens(_ keys: [SigningKey]? = nil, cacheLimit: Int = 1024) async throws
    -> AccessTokens
  {
    try await AccessTokens(
      keys: keys ?? [key],
      issuer: "https://artel.example",
      cacheLimit: cacheLimit,
      clock: clock.wallClock,
      onVerification: { [checks] in checks.add() }
    )
  }

  private func issue(_ tokens: AccessTokens) async throws -> String {
    try await tokens.issue(member: member, session: session, isAdministrator: false).text
  }

  @Test func `a token speaks for the member it was issued to`() async throws {
    let tokens = try await tokens()

    let issued = try await tokens.issue(member: member, session: session, isAdministrator: true)
    let claims = try await tokens.verify(issued.text)

    #expect(issued.expiresIn == .seconds(600))
    #expect(
      claims
        == AccessClaims(
          member: member,
          session: session,
          isAdministrator: true,
          issuedAt: Date(timeIntervalSince1970: 1_750_000_000),
          expiresAt: Date(timeIntervalSince1970: 1_750_000_600)
        )
    )
  }

  @Test func `a token names algorithm and key, and carries the documented claims`() async throws {
    let parts = try await issue(tokens()).split(separator: ".")

    let header = try JSONDecoder().decode([String: String].self, from: decode(parts[0]))
    let claims = try #require(
      JSONSerialization.jsonObject(with: decode(parts[1])) as? [String: Any]
    )
    #expect(header == ["alg": "ES256", "typ": "JWT", "kid": key.id.description])
    #expect(Set(claims.keys) == ["iss", "sub", "sid", "iat", "exp"])
    #expect(claims["sub"] as? String == member.description)
  }

  @Test func `a verified token is not verified again`() async throws {
    let tokens = try await tokens()
    let token = try await issue(tokens)

    let first = try await tokens.verify(token)
    let second = try await tokens.verify(token)

    #expect(first == second)
    #expect(checks.count == 1)
  }

  @Test func `a remembered token still expires`() async throws {
    let tokens = try await tokens()
    let token = try await issue(tokens)
    _ = try await tokens.verify(token)

    clock.advance(by: .seconds(600))

    await #expect(throws: AccessTokenError.expired) { try await tokens.verify(token) }
    #expect(checks.count == 1)
  }

  @Test func `a token that was never seen expires too`() async throws {
    let tokens = try await tokens()
    let token = try await issue(tokens)

    clock.advance(by: .seconds(600))

    await #expect(throws: AccessTokenError.expired) { try await tokens.verify(token) }
  }

  @Test func `a remembered token of a revoked session is refused at once`() async throws {
    let tokens = try await tokens()
    let token = try await issue(tokens)
    _ = try await tokens.verify(token)

    tokens.revocations.revoke(session)

    await #expect(throws: AccessTokenError.revoked) { try await tokens.verify(token) }
    let other = try await tokens.issue(
      member: member,
      session: .generate(),
      isAdministrator: false
    )
    #expect(try await tokens.verify(other.text).member == member)
  }

  @Test func `a full memory only costs another check`() async throws {
    let tokens = try await tokens(cacheLimit: 32)
    var issued: [String] = []
    for _ in 0..<200 {
      issued.append(try await issue(tokens))
    }

    for token in issued {
      #expect(try await tokens.verify(token).session == session)
    }
    #expect(try await tokens.verify(issued[0]).session == session)
    #expect(checks.count == 201)
  }

  @Test func `many tasks verify many tokens at once`() async throws {
    let tokens = try await tokens()
    var issued: [(text: String, session: Identifier<AccountsSession>)] = []
    for _ in 0..<20 {
      let session = Identifier<AccountsSession>.generate()
      let token = try await tokens.issue(member: member, session: session, isAdministrator: false)
      issued.append((token.text, session))
    }
    let expected = issued

    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            for (text, session) in expected {
              guard try await tokens.verify(text).session == session else { return false }
            }
          }
          return true
        }
      }
      for try await isRight in group {
        #expect(isRight)
      }
    }
    #expect(checks.count <= 160)
  }

  @Test func `the newest key signs, and an older one still verifies`() async throws {
    let tokens = try await tokens()
    let old = try await issue(tokens)
    var retired = key
    retired.retiredAt = clock.now
    let newest = SigningKey.generate(at: clock.now)

    try await tokens.use([newest, retired])

    let new = try await issue(tokens)
    #expect(try header(of: new)["kid"] == newest.id.description)
    #expect(try await tokens.verify(old).session == session)
    #expect(try await tokens.verify(new).session == session)
  }

  @Test func `a removed key takes its remembered tokens along`() async throws {
    let tokens = try await tokens()
    let token = try await issue(tokens)
    _ = try await tokens.verify(token)

    try await tokens.use([.generate(at: clock.now)])

    await #expect(throws: AccessTokenError.unknownKey) { try await tokens.verify(token) }
  }

  @Test func `a key retired longer ago than a token lives verifies nothing`() async throws {
    var retired = key
    retired.retiredAt = clock.now - 700
    let forged = try sign(claims(), with: key)

    let tokens = try await tokens([.generate(at: clock.now), retired])

    await #expect(throws: AccessTokenError.unknownKey) { try await tokens.verify(forged) }
  }

  @Test func `without a key in use nothing is issued`() async throws {
    var retired = key
    retired.retiredAt = clock.now
    let tokens = try await tokens([retired])

    await #expect(throws: AccessTokenError.noSigningKey) { try await issue(tokens) }
  }

  @Test func `a stored key of the wrong size is refused`() async {
    let broken = SigningKey(id: .generate(), privateKey: [1, 2, 3], createdAt: clock.now)

    await #expect(throws: AccessTokenError.malformedKey) { try await tokens([broken]) }
  }

  @Test func `a key never shows its secret as text`() {
    var dumped = ""
    dump(key, to: &dumped)

    #expect(String(reflecting: key) == "SigningKey(\(key.id))")
    #expect(!dumped.contains("privateKey"))
  }

  @Test func `a token signed as it should be passes, so that the attacks below mean something`()
    async throws
  {
    let token = try sign(claims(), with: key)

    #expect(try await tokens().verify(token).member == member)
  }

  @Test(arguments: ["none", "None", "NONE", "nOnE", ""])
  func `a token without a signature is refused`(algorithm: String) async throws {
    let head = try encode(json: ["alg": algorithm, "typ": "JWT", "kid": key.id.description])
    let body = try encode(json: claims())

    for signature in ["", "AAAA"] {
      await #expect(throws: AccessTokenError.unacceptableAlgorithm) {
        try await tokens().verify("\(head).\(body).\(signature)")
      }
    }
  }

  @Test func `a token signed by HMAC with the public key is refused`() async throws {
    let privateKey = try P256.Signing.PrivateKey(rawRepresentation: key.privateKey)
    let body = try encode(json: claims())
    for algorithm in ["HS256", "ES256"] {
      let input =
        try encode(json: ["alg": algorithm, "typ": "JWT", "kid": key.id.description]) + "." + body
      for secret in [
        Data(privateKey.publicKey.pemRepresentation.utf8), privateKey.publicKey.derRepresentation,
        privateKey.publicKey.rawRepresentation, privateKey.publicKey.x963Representation,
      ] {
        let code = HMAC<SHA256>.authenticationCode(
          for: Data(input.utf8),
          using: SymmetricKey(data: secret)
        )
        let expected: AccessTokenError =
          algorithm == "HS256" ? .unacceptableAlgorithm : .badSignature
        await #expect(throws: expected) {
          try await tokens().verify(input + "." + encode(Data(code)))
        }
      }
    }
  }

  @Test func `a token of another key is refused, whatever it calls itself`() async throws {
    let foreign = SigningKey.generate(at: clock.now)

    await #expect(throws: AccessTokenError.unknownKey) {
      try await tokens().verify(sign(claims(), with: foreign))
    }
    await #expect(throws: AccessTokenError.badSignature) {
      try await tokens().verify(sign(claims(), with: foreign, kid: key.id.description))
    }
  }

  @Test func `a token without a key name is refused`() async throws {
    let token = try sign(claims(), with: key, kid: nil)

    await #expect(throws: AccessTokenError.unknownKey) { try await tokens().verify(token) }
  }

  @Test func `a token that brings its own key is refused`() async throws {
    let foreign = try P256.Signing.PrivateKey(
      rawRepresentation: SigningKey.generate(at: .now).privateKey
    )
    let x963 = foreign.publicKey.x963Representation
    let header =
      #"{"alg":"ES256","typ":"JWT","kid":"\#(key.id)","jwk":{"kty":"EC","crv":"P-256","#
      + #""x":"\#(encode(x963[1..<33]))","y":"\#(encode(x963[33..<65]))"}}"#
    let input = try encode(Data(header.utf8)) + "." + encode(json: claims())
    let signature = try foreign.signature(for: Data(input.utf8)).rawRepresentation

    await #expect(throws: AccessTokenError.badSignature) {
      try await tokens().verify(input + "." + encode(signature))
    }
  }

  @Test func `a token with a critical extension is refused`() async throws {
    let header = #"{"alg":"ES256","kid":"\#(key.id)","crit":["b64"],"b64":false}"#
    let token = try sign(claims(), with: key, header: header)

    await #expect(throws: AccessTokenError.unacceptableAlgorithm) {
      try await tokens().verify(token)
    }
  }

  @Test func `a token with any part changed is refused`() async throws {
    let tokens = try await tokens()
    let parts = try await issue(tokens).split(separator: ".").map(String.init)
    var admin = claims()
    admin["adm"] = true
    let promoted = try [parts[0], encode(json: admin), parts[2]].joined(separator: ".")
    let resigned = [parts[0], parts[1], encode(Data(repeating: 1, count: 64))]

    await #expect(throws: AccessTokenError.badSignature) { try await tokens.verify(promoted) }
    await #expect(throws: AccessTokenError.badSignature) {
      try await tokens.verify(resigned.joined(separator: "."))
    }
    for signature in ["", "AA", encode(Data(count: 64)), encode(Data(count: 63))] {
      let token = [parts[0], parts[1], signature].joined(separator: ".")
      await #expect(throws: AccessTokenError.self) { try await tokens.verify(token) }
    }
  }

  @Test func `a token from the future is refused beyond 60 seconds`() async throws {
    let now = Int(clock.now.timeIntervalSince1970)
    let tokens = try await tokens()

    let near = try sign(claims(["iat": now + 60, "exp": now + 660]), with: key)
    let far = try sign(claims(["iat": now + 62, "exp": now + 662]), with: key)

    #expect(try await tokens.verify(near).member == member)
    await #expect(throws: AccessTokenError.issuedInFuture) { try await tokens.verify(far) }
  }

  @Test func `a token of another issuer is refused`() async throws {
    let token = try sign(claims(["iss": "https://elsewhere.example"]), with: key)

    await #expect(throws: AccessTokenError.wrongIssuer) { try await tokens().verify(token) }
  }

  @Test(arguments: ["iss", "sub", "sid", "iat", "exp"])
  func `a token that lacks a claim is refused`(claim: String) async throws {
    var incomplete = claims()
    incomplete[claim] = nil
    let token = try sign(incomplete, with: key)

    await #expect(throws: AccessTokenError.malformed) { try await tokens().verify(token) }
  }

  @Test(arguments: [
    "", ".", "..", "a.b", "a.b.c", "a.b.c.d", "eyJhbGciOiJFUzI1NiJ9", "Bearer x", "ключ.ключ.ключ",
    String(repeating: "a", count: 100_000), String(repeating: ".", count: 2_000), "\0.\0.\0",
  ])
  func `text that is no token is refused`(text: String) async throws {
    await #expect(throws: AccessTokenError.self) { try await tokens().verify(text) }
  }

  private func claims(_ changes: [String: Any] = [:]) -> [String: Any] {
    let now = Int(clock.now.timeIntervalSince1970)
    let claims: [String: Any] = [
      "iss": "https://artel.example", "sub": member.description, "sid": session.description,
      "iat": now, "exp": now + 600,
    ]
    return claims.merging(changes) { $1 }
  }

  private func sign(_ claims: [String: Any], with key: SigningKey) throws -> String {
    try sign(claims, with: key, kid: key.id.description)
  }

  private func sign(_ claims: [String: Any], with key: SigningKey, kid: String?) throws -> String {
    let kid = kid.map { #","kid":"\#($0)""# } ?? ""
    return try sign(claims, with: key, header: #"{"alg":"ES256","typ":"JWT"\#(kid)}"#)
  }

  private func sign(_ claims: [String: Any], with key: SigningKey, header: String) throws -> String
  {
    let input = try encode(Data(header.utf8)) + "." + encode(json: claims)
    let privateKey = try P256.Signing.PrivateKey(rawRepresentation: key.privateKey)
    let signature = try privateKey.signature(for: Data(input.utf8)).rawRepresentation
    return input + "." + encode(signature)
  }

  private func header(of token: String) throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: decode(token.split(separator: ".")[0]))
  }

  private func encode(json: [String: Any]) throws -> String {
    try encode(JSONSerialization.data(withJSONObject: json))
  }

  private func encode(_ bytes: Data) -> String {
    bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  private func decode(_ text: some StringProtocol) throws -> Data {
    let base64 = String(text).replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
    return try #require(Data(base64Encoded: base64 + padding))
  }
}
