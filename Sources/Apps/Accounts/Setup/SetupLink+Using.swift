import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import Logging

extension SetupLink {
  /// How long a link works: a day.
  static let lifetime: TimeInterval = 86_400

  /// Stores a link and returns its token; nil when there is an administrator.
  ///
  /// Links that were printed earlier and not used keep working for the rest of their day.
  static func make(at now: Date, in tx: Transaction) async throws -> OpaqueToken? {
    guard try await !Member.hasAdministrator(in: tx) else { return nil }
    let token = OpaqueToken.generate(.setup)
    try await SetupLink.where { $0.usedAt == nil && $0.createdAt <= now - lifetime }.delete(in: tx)
    try await tx.insert(SetupLink(digest: Bytea(token.digest.bytes), createdAt: now))
    return token
  }

  /// Whether the link can still be used; changes nothing.
  static func isOpen(
    _ token: OpaqueToken,
    at now: Date,
    in reader: some StatementReader
  ) async throws -> Bool {
    guard try await open(token, at: now).exists(in: reader) else { return false }
    return try await !Member.hasAdministrator(in: reader)
  }

  private static func open(_ token: OpaqueToken, at now: Date) -> Query<SetupLink> {
    let digest = Bytea(token.digest.bytes)
    return SetupLink.where {
      $0.digest == digest && $0.usedAt == nil && $0.createdAt > now - lifetime
    }
  }

  /// Uses the link up; whoever did so becomes administrator in the same transaction.
  ///
  /// The lock keeps two links from making two administrators at once.
  ///
  /// - Throws: ``SetupError/linkClosed``.
  static func use(_ token: OpaqueToken, at now: Date, in tx: Transaction) async throws {
    _ = try await tx.write("lock table setup_links in share row exclusive mode")
    guard try await !Member.hasAdministrator(in: tx) else { throw SetupError.linkClosed }
    let digest = Bytea(token.digest.bytes)
    let used = try await SetupLink.update {
      $0.set(SetupLink.columns.usedAt, to: "greatest(\(now), created_at)")
    }
    .where { $0.digest == digest && $0.usedAt == nil && $0.createdAt > now - lifetime }
    .run(in: tx)
    guard used == 1 else { throw SetupError.linkClosed }
  }
}

extension Accounts {
  /// Makes a one-time link to become the first administrator; nil when there is an administrator.
  ///
  /// - Returns: A path such as `/setup?token=…`, which works for a day; a secret to print to the
  ///   operator only.
  public func setupPath() async throws -> String? {
    let token = try await db.transaction { tx in
      try await SetupLink.make(at: clock.now(), in: tx)
    }
    return token.map { "/setup?token=\($0.text)" }
  }

  /// Makes another link whenever the last one has expired, until there is an administrator.
  ///
  /// Begin with it when a link has just been made. Returns early when the task is cancelled.
  ///
  /// - Parameters:
  ///   - pause: Waits; the clock is looked at after every minute, as it may be set meanwhile.
  ///   - announce: Shows the operator a path such as `/setup?token=…`.
  public func renewSetupPath(
    pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    announce: @Sendable (String) async -> Void
  ) async {
    var expiry = clock.now() + SetupLink.lifetime
    while (try? await pause(.seconds(60))) != nil {
      guard clock.now() >= expiry else { continue }
      do {
        guard let path = try await setupPath() else { return }
        expiry = clock.now() + SetupLink.lifetime
        await announce(path)
      } catch is CancellationError {
        return
      } catch {
        // The next minute tries again.
        logger.warning("There is no fresh set-up link.", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Makes whoever signs up by the link a member and the administrator, and asks in a language by mail
  /// whether the address is theirs; without one, nil by default, not.
  ///
  /// - Throws: ``SetupError/linkClosed``, ``MemberError``; `Problem` of kind `validation` for a password known
  ///   from a breach.
  func setUp(
    _ form: SignUpForm,
    with token: OpaqueToken,
    from origin: SessionOrigin? = nil,
    askingIn language: Language? = nil
  ) async throws -> Member {
    // A guessed link must not cost a hash.
    guard try await SetupLink.isOpen(token, at: clock.now(), in: db) else {
      throw SetupError.linkClosed
    }
    let hash = try await hash(ofChosen: form.password)
    let now = clock.now()
    return try await db.transaction { tx in
      try await SetupLink.use(token, at: now, in: tx)
      let member = try await Member(form, passwordHash: hash, isAdministrator: true, at: now)
        .signUp(in: tx)
      if let language, let address = member.email {
        try await member.askWhetherAddress(address, in: language, by: secretKey, at: now, in: tx)
      }
      try await member.recordJoining(from: origin, in: tx)
      tx.record(.setupLinkUsed, by: member.id, about: member.id, from: origin, at: now)
      return member
    }
  }
}
