import CFido2
import Crypto
import FoundationEssentials

/// Blocking calls of libfido2, which reads what authenticators say and checks what they sign.
enum Fido2 {
  /// What an authenticator signed.
  struct Assertion: Sendable {
    let authenticatorData: [UInt8]
    let clientData: [UInt8]
    let signature: [UInt8]
  }

  /// The COSE algorithms that are offered to browsers, the best first.
  static let algorithms = [Int(COSE_ES256), Int(COSE_EDDSA), Int(COSE_RS256)]

  private static let userPresent: UInt8 = 0x01
  private static let userVerified: UInt8 = 0x04

  /// Reads a credential that was made for a relying party, with its user verified.
  ///
  /// Without attestation nothing is signed here, so the flags and the relying party are looked at
  /// directly; libfido2 reads the key and refuses one that is not of the algorithm.
  static func register(
    _ facts: [UInt8],
    algorithm: Int,
    relyingParty: String
  ) throws -> RegisteredPasskey {
    guard algorithms.contains(algorithm) else { throw PasskeyError.algorithm }
    try check(facts, relyingParty)
    fido_init(0)
    var credential = fido_cred_new()
    defer { fido_cred_free(&credential) }
    guard fido_cred_set_type(credential, CInt(algorithm)) == FIDO_OK,
      fido_cred_set_authdata_raw(credential, facts, facts.count) == FIDO_OK
    else { throw PasskeyError.malformed }
    let id = bytes(fido_cred_id_ptr(credential), fido_cred_id_len(credential))
    let key = bytes(fido_cred_pubkey_ptr(credential), fido_cred_pubkey_len(credential))
    guard (1...1023).contains(id.count), !key.isEmpty else { throw PasskeyError.malformed }
    return RegisteredPasskey(
      credentialID: id,
      publicKey: key,
      algorithm: algorithm,
      counter: Int(fido_cred_sigcount(credential))
    )
  }

  /// Checks an assertion: relying party, user presence and verification, signature.
  ///
  /// - Returns: The counter.
  static func verify(
    _ assertion: Assertion,
    publicKey: [UInt8],
    algorithm: Int,
    relyingParty: String
  ) throws -> Int {
    try check(assertion.authenticatorData, relyingParty)
    fido_init(0)
    var handle = fido_assert_new()
    defer { fido_assert_free(&handle) }
    let hash = Array(SHA256.hash(data: assertion.clientData))
    let facts = assertion.authenticatorData
    let signature = assertion.signature
    guard fido_assert_set_clientdata_hash(handle, hash, hash.count) == FIDO_OK,
      fido_assert_set_rp(handle, relyingParty) == FIDO_OK,
      fido_assert_set_count(handle, 1) == FIDO_OK,
      fido_assert_set_up(handle, FIDO_OPT_TRUE) == FIDO_OK,
      fido_assert_set_uv(handle, FIDO_OPT_TRUE) == FIDO_OK,
      fido_assert_set_authdata_raw(handle, 0, facts, facts.count) == FIDO_OK,
      fido_assert_set_sig(handle, 0, signature, signature.count) == FIDO_OK
    else { throw PasskeyError.malformed }
    try withKey(publicKey, algorithm) { key in
      guard fido_assert_verify(handle, 0, CInt(algorithm), key) == FIDO_OK else {
        throw PasskeyError.signature
      }
    }
    return Int(fido_assert_sigcount(handle, 0))
  }

  /// Whether authenticator data is about a relying party and a user that was verified.
  ///
  /// Source: W3C Web Authentication, level 2, 6.1.
  private static func check(_ facts: [UInt8], _ relyingParty: String) throws {
    guard facts.count >= 37 else { throw PasskeyError.malformed }
    let expected = Array(SHA256.hash(data: Array(relyingParty.utf8)))
    guard Array(facts.prefix(32)) == expected else { throw PasskeyError.origin }
    let needed = userPresent | userVerified
    guard facts[32] & needed == needed else { throw PasskeyError.notVerified }
  }

  private static func withKey(
    _ bytes: [UInt8],
    _ algorithm: Int,
    _ body: (UnsafeRawPointer) throws -> Void
  ) throws {
    switch CInt(algorithm) {
    case COSE_ES256:
      var key = es256_pk_new()
      defer { es256_pk_free(&key) }
      guard let key, es256_pk_from_ptr(key, bytes, bytes.count) == FIDO_OK else {
        throw PasskeyError.malformed
      }
      try body(UnsafeRawPointer(key))
    case COSE_EDDSA:
      var key = eddsa_pk_new()
      defer { eddsa_pk_free(&key) }
      guard let key, eddsa_pk_from_ptr(key, bytes, bytes.count) == FIDO_OK else {
        throw PasskeyError.malformed
      }
      try body(UnsafeRawPointer(key))
    case COSE_RS256:
      var key = rs256_pk_new()
      defer { rs256_pk_free(&key) }
      guard let key, rs256_pk_from_ptr(key, bytes, bytes.count) == FIDO_OK else {
        throw PasskeyError.malformed
      }
      try body(UnsafeRawPointer(key))
    default: throw PasskeyError.algorithm
    }
  }

  private static func bytes(_ pointer: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    guard let pointer else { return [] }
    return Array(UnsafeBufferPointer(start: pointer, count: count))
  }
}
