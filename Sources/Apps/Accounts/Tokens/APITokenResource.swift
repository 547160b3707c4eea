import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension APIToken: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { write(members: &$0) }
  }

  fileprivate func write(members json: inout JSONWriter) {
    json.field("id", id)
    json.field("name", name)
    json.field("scopes", scopes)
    json.field("created_at", createdAt)
    json.field("expires_at", expiresAt)
    json.field("last_used_at", lastUsedAt)
    json.field("last_address", lastAddress)
  }
}

extension APIToken: JSONResource {
  static let schemaName = "APIToken"

  static let examples = [
    example(usedAt: Date(timeIntervalSince1970: 1_795_320_314.123456), from: "192.0.2.1"),
    example(usedAt: nil, from: nil),
  ]

  fileprivate static func example(usedAt: Date?, from address: String?) -> APIToken {
    let date = Date(timeIntervalSince1970: 1_795_233_914.123456)
    return APIToken(
      id: APITokenID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E29),
      memberID: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      digest: Bytea([]),
      name: "Backup of my pictures",
      scopes: ["gallery:read"],
      createdAt: date,
      expiresAt: date + 90 * 86_400,
      lastUsedAt: usedAt,
      lastAddress: address
    )
  }
}

extension IssuedAPIToken: JSONResource {
  static let schemaName = "IssuedAPIToken"

  /// The token with its text.
  func write(to json: inout JSONWriter) {
    json.object { json in
      token.write(members: &json)
      json.field("token", secret.text)
    }
  }

  static let examples = [
    OpaqueToken("artel_pat_Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8", .api)
  ]
  .compactMap { secret in
    secret.map { IssuedAPIToken(token: .example(usedAt: nil, from: nil), secret: $0) }
  }
}
