import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension SigningKey {
  /// A key out of the system's randomness; not stored yet.
  static func generate(at now: Date) -> SigningKey {
    let key = ArtelAuth.SigningKey.generate(at: now)
    return SigningKey(
      id: Identifier(high: key.id.high, low: key.id.low),
      algorithm: "ES256",
      privateKey: Bytea(key.privateKey),
      createdAt: now
    )
  }

  /// The key in the form that signs.
  var key: ArtelAuth.SigningKey {
    ArtelAuth.SigningKey(
      id: Identifier(high: id.high, low: id.low),
      privateKey: privateKey.bytes,
      createdAt: createdAt,
      retiredAt: retiredAt
    )
  }

  /// The key in use and those whose tokens may still be about; makes the first key.
  static func known(at now: Date, in db: Database) async throws -> [ArtelAuth.SigningKey] {
    let query = SigningKey.where { $0.retiredAt == nil || $0.retiredAt > now - 86_400 }
    var keys = try await query.all(in: db)
    if !keys.contains(where: { $0.retiredAt == nil }) {
      // Two nodes that start together both come here; the unique index lets one key in.
      _ = try await db.insertIfAbsent(SigningKey.generate(at: now))
      keys = try await query.all(in: db)
    }
    return keys.map(\.key)
  }

  /// Retires the key in use and stores another, which signs from now on.
  static func rotate(at now: Date, in tx: Transaction) async throws {
    try await SigningKey.update {
      $0.set(SigningKey.columns.retiredAt, to: "greatest(\(now), created_at)")
    }
    .where { $0.retiredAt == nil }
    .run(in: tx)
    try await tx.insert(SigningKey.generate(at: now))
  }
}

extension Accounts {
  /// Signs with another key from now on; tokens signed before stay valid until they expire.
  public func rotateKeys() async throws {
    try await db.transaction { tx in
      let now = clock.now()
      try await SigningKey.rotate(at: now, in: tx)
      tx.record(.signingKeyRotated, by: nil, about: nil, from: nil, at: now)
    }
    try await learnKeys()
  }

  /// Learns the keys that other nodes made.
  func learnKeys() async throws {
    try await tokens.use(try await SigningKey.known(at: clock.now(), in: db))
  }

  /// Learns the keys that other nodes made, at most every 10 seconds; returns whether it did.
  ///
  /// Anybody can send tokens with unknown keys, so they must not cost a statement each.
  func learnUnknownKeys() async throws -> Bool {
    guard keyLookups.take(for: "keys").isAllowed else { return false }
    try await learnKeys()
    return true
  }
}
