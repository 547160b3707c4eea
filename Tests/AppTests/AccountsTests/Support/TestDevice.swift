import AccountsContract
import ArtelAuth
import Crypto
import Foundation
import Synchronization
import Testing

@testable import Accounts

/// A device with a passkey, and the browser in front of it: what both would send.
final class TestDevice: Sendable {
  static let site = "https://artel.example"

  let credentialID: [UInt8]
  private let key = P256.Signing.PrivateKey()
  private let counter = Mutex<UInt32>(0)

  init() {
    var generator = SystemRandomNumberGenerator()
    credentialID = (0..<32).map { _ in .random(in: .min ... .max, using: &generator) }
  }

  /// What can be wrong about an answer.
  struct Wish: Sendable {
    var origin = TestDevice.site
    var relyingParty = "artel.example"
    /// Present and verified.
    var flags: UInt8 = 0x05
    var type: String?
    var crossOrigin = false
    /// How far the counter goes on.
    var step: Int = 1
    var spoilsSignature = false
  }

  func registration(_ challenge: PasskeyChallenge, _ wish: Wish = Wish()) -> PasskeyForm {
    registration(challenge.text, wish)
  }

  func registration(_ challenge: String, _ wish: Wish = Wish()) -> PasskeyForm {
    var facts = facts(wish, flags: wish.flags | 0x40)
    facts += [UInt8](repeating: 0, count: 16)
    facts += [UInt8(credentialID.count >> 8), UInt8(credentialID.count & 0xFF)] + credentialID
    facts += coseKey
    return PasskeyForm(
      name: "Phone",
      registration: PasskeyRegistration(
        authenticatorData: PasskeyText.encode(facts),
        clientData: clientData(wish.type ?? "webauthn.create", challenge, wish),
        algorithm: -7
      )
    )
  }

  func assertion(
    _ challenge: PasskeyChallenge,
    of member: MemberID,
    _ wish: Wish = Wish()
  ) throws -> ShownPasskey {
    try assertion(challenge.text, of: member, wish)
  }

  func assertion(
    _ challenge: String,
    of member: MemberID,
    _ wish: Wish = Wish()
  ) throws -> ShownPasskey {
    let facts = facts(wish, flags: wish.flags)
    let client = clientData(wish.type ?? "webauthn.get", challenge, wish)
    let hash = Array(SHA256.hash(data: try #require(PasskeyText.decode(client))))
    var signature = Array(try key.signature(for: facts + hash).derRepresentation)
    if wish.spoilsSignature { signature[signature.count - 1] ^= 1 }
    return ShownPasskey(
      credentialID: PasskeyText.encode(credentialID),
      userHandle: Passkey.userHandle(of: member),
      assertion: PasskeyAssertion(
        authenticatorData: PasskeyText.encode(facts),
        clientData: client,
        signature: PasskeyText.encode(signature)
      )
    )
  }

  /// Source: W3C Web Authentication, level 2, 6.1.
  private func facts(_ wish: Wish, flags: UInt8) -> [UInt8] {
    let count = counter.withLock { counter in
      counter = UInt32(max(0, Int(counter) + wish.step))
      return counter
    }
    return Array(SHA256.hash(data: Array(wish.relyingParty.utf8))) + [flags]
      + withUnsafeBytes(of: count.bigEndian) { Array($0) }
  }

  private func clientData(_ type: String, _ challenge: String, _ wish: Wish) -> String {
    let json =
      #"{"type":"\#(type)","challenge":"\#(challenge)","origin":"\#(wish.origin)","#
      + #""crossOrigin":\#(wish.crossOrigin)}"#
    return PasskeyText.encode(Array(json.utf8))
  }

  /// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}` in CBOR. Source: RFC 9053, 7.1.1.
  private var coseKey: [UInt8] {
    let point = Array(key.publicKey.rawRepresentation)
    return [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point[..<32]
      + [0x22, 0x58, 0x20] + point[32...]
  }
}

extension TestAccounts {
  /// Gives a member a passkey in a device.
  @discardableResult
  func passkey(_ member: Member, in device: TestDevice = TestDevice()) async throws -> TestDevice {
    let challenge = try accounts.offeredPasskeys().challenge(.registration, of: "\(member.id)")
    try await accounts.addPasskey(
      device.registration(challenge),
      of: member.id,
      token: challenge.token,
      from: .tests
    )
    return device
  }

  /// Signs in by a passkey.
  func signIn(
    _ member: Member,
    by device: TestDevice,
    _ wish: TestDevice.Wish = TestDevice.Wish()
  ) async throws -> OpaqueToken {
    let challenge = try accounts.offeredPasskeys().challenge(.signIn, of: "")
    return try await accounts.openPageSession(
      try device.assertion(challenge, of: member.id, wish),
      token: challenge.token,
      from: .tests
    )
  }
}
