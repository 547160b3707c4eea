import ArtelAuth
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension MasterKey {
  /// The secret for a purpose; makes it at the first start.
  static func known(for purpose: String, at now: Date, in db: Database) async throws -> [UInt8] {
    let query = MasterKey.where { $0.purpose == purpose }
    if let key = try await query.first(in: db) { return key.secret.bytes }
    // Two nodes that start together both come here; the primary key lets one secret in.
    let secret = Bytea(SecretKey.generateSecret())
    _ = try await db.insertIfAbsent(MasterKey(purpose: purpose, secret: secret, createdAt: now))
    guard let key = try await query.first(in: db) else { throw RowNotFound(table: "master_keys") }
    return key.secret.bytes
  }
}

/// The keys of everything about second factors.
struct SecondFactorKeys: Sendable {
  let totp: SecretKey
  let recovery: SecretKey

  init(at now: Date, in db: Database) async throws {
    let secret = try await MasterKey.known(for: "second_factor", at: now, in: db)
    totp = SecretKey("totp", from: secret)
    recovery = SecretKey("recovery codes", from: secret)
  }
}
