import FoundationEssentials

/// What is read of a token's header before its signature is checked.
///
/// The header is the attacker's to write, so it only chooses among our keys and never says how to
/// check: anything but ES256 is refused here, before a key is looked up.
struct AccessHeader {
  let keyID: String

  init(of token: String) throws(AccessTokenError) {
    let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, let json = Base64.url.decode(parts[0]),
      Base64.url.decode(parts[1]) != nil, Base64.url.decode(parts[2]) != nil,
      let fields = try? JSONDecoder().decode(Fields.self, from: Data(json))
    else { throw .malformed }
    guard fields.alg == "ES256", !fields.hasExtensions else { throw .unacceptableAlgorithm }
    guard let keyID = fields.kid else { throw .unknownKey }
    self.keyID = keyID
  }

  private struct Fields: Decodable {
    let alg: String
    let kid: String?
    let hasExtensions: Bool

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      alg = try container.decode(String.self, forKey: .alg)
      kid = try container.decodeIfPresent(String.self, forKey: .kid)
      hasExtensions = container.contains(.crit)
    }

    private enum Key: CodingKey {
      case alg, kid, crit
    }
  }
}
