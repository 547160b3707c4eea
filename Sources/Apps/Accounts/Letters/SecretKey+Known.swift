import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension SecretKey {
  /// The key of the installation; makes it at the first start.
  ///
  /// - Throws: `PostgresError`.
  static func known(at now: Date, in db: Database) async throws -> ArtelAuth.SecretKey {
    if try await !SecretKey.query.exists(in: db) {
      // Two nodes that start together both come here; the unique index lets one key in.
      let secret = Bytea(ArtelAuth.SecretKey.randomSecret())
      _ = try await db.insertIfAbsent(SecretKey(secret: secret, createdAt: now))
    }
    let stored = try await SecretKey.order { $0.id.ascending }.first(in: db)
    guard let stored, let key = ArtelAuth.SecretKey(stored.secret.bytes) else {
      throw PostgresError.decoding("the stored secret key cannot be read")
    }
    return key
  }
}
