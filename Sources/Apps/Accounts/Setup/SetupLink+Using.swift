import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension SetupLink {
  /// Stores a link and returns its token; nil when there is an administrator.
  ///
  /// Links that were printed earlier and not used keep working for a day.
  static func make(at now: Date, in tx: Transaction) async throws -> OpaqueToken? {
    guard try await !Member.hasAdministrator(in: tx) else { return nil }
    let token = OpaqueToken.generate(.setup)
    try await SetupLink.where { $0.usedAt == nil && $0.createdAt < now - 86_400 }.delete(in: tx)
    try await tx.insert(SetupLink(digest: Bytea(token.digest.bytes), createdAt: now))
    return token
  }

  /// Whether the link can still be used; changes nothing.
  static func isOpen(_ token: OpaqueToken, in reader: some StatementReader) async throws -> Bool {
    let digest = Bytea(token.digest.bytes)
    let isKnown = try await SetupLink.where { $0.digest == digest && $0.usedAt == nil }
      .exists(in: reader)
    guard isKnown else { return false }
    return try await !Member.hasAdministrator(in: reader)
  }

  /// Uses the link up; whoever did so becomes administrator in the same transaction.
  ///
  /// The lock keeps two links from making two administrators at once.
  ///
  /// - Throws: ``SetupError/linkClosed``.
  static func use(_ token: OpaqueToken, at now: Date, in tx: Transaction) async throws {
    _ = try await tx.write("lock table setup_links in share row exclusive mode")
    let digest = Bytea(token.digest.bytes)
    guard try await !Member.hasAdministrator(in: tx) else { throw SetupError.linkClosed }
    let used = try await SetupLink.update {
      $0.set(SetupLink.columns.usedAt, to: "greatest(\(now), created_at)")
    }
    .where { $0.digest == digest && $0.usedAt == nil }
    .run(in: tx)
    guard used == 1 else { throw SetupError.linkClosed }
  }
}

extension Accounts {
  /// Makes a one-time link to become the first administrator; nil when there is an administrator.
  ///
  /// - Returns: A path such as `/setup?token=…`; a secret to print to the operator only.
  public func setupPath() async throws -> String? {
    let token = try await db.transaction { tx in
      try await SetupLink.make(at: clock.now(), in: tx)
    }
    return token.map { "/setup?token=\($0.text)" }
  }

  /// Makes whoever signs up by the link a member and the administrator.
  ///
  /// - Throws: ``SetupError/linkClosed``, ``MemberError``.
  func setUp(_ form: SignUpForm, with token: OpaqueToken) async throws -> Member {
    // A guessed link must not cost a hash.
    guard try await SetupLink.isOpen(token, in: db) else { throw SetupError.linkClosed }
    let hash = try await passwords.hash(form.password)
    let now = clock.now()
    return try await db.transaction { tx in
      try await SetupLink.use(token, at: now, in: tx)
      return try await Member(form, passwordHash: hash, isAdministrator: true, at: now)
        .signUp(in: tx)
    }
  }
}
