public import ArtelConcurrency
import Synchronization

/// Turns passwords into argon2id hashes and checks passwords against them.
///
/// Hashes are PHC strings, such as `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, at most 128 ASCII
/// characters. Every run of argon2 happens on the blocking pool and holds
/// ``PasswordCost/kibibytes`` of memory while it runs, so the pool's number of threads bounds the
/// memory.
///
/// Hashes of members who came from another system may be bcrypt; they are checked, never made. While there
/// are some, ``expect(bcryptCost:)`` has every refusal cost both, whoever's it is.
///
/// Source: RFC 9106; libargon2.
public struct PasswordHasher: Sendable {
  /// Code points a password must have at least and may have at most when it is chosen.
  ///
  /// Source: OWASP ASVS 4.0.3, 2.1.1 and 2.1.2.
  public static let length = 12...128

  /// Bytes of UTF-8 that a password may have at most.
  public static let maximumBytes = 1024

  private let cost: PasswordCost
  private let pool: BlockingPool
  private let onRun: @Sendable () -> Void
  /// A hash that no password has.
  private let nobody: PasswordHash
  private let bcryptShield = BcryptShield()

  /// Makes a hasher.
  ///
  /// - Parameters:
  ///   - cost: What a run costs; ``PasswordCost/standard`` unless a test cannot wait for it.
  ///   - pool: Where argon2 runs.
  ///   - onRun: Called once for every run of argon2, on the thread that runs it.
  public init(
    cost: PasswordCost = .standard,
    pool: BlockingPool,
    onRun: @escaping @Sendable () -> Void = {}
  ) {
    self.cost = cost
    self.pool = pool
    self.onRun = onRun
    nobody = PasswordHash(
      cost: cost,
      salt: randomBytes(PasswordHash.saltBytes),
      tag: randomBytes(PasswordHash.tagBytes)
    )
  }

  /// The PHC string of `password` with a salt of its own.
  ///
  /// - Throws: ``PasswordError/tooShort`` or ``PasswordError/tooLong``, before any work;
  ///   `BlockingPoolError` when the pool is full or stopped.
  public func hash(_ password: String) async throws -> String {
    if let refusal = Self.refusal(of: password) { throw refusal }
    return try await hashAnew(password)
  }

  /// The PHC string of a password that was just proved to be right, whatever its length: it may have been
  /// chosen where other rules hold.
  ///
  /// - Throws: ``PasswordError/tooLong`` beyond ``maximumBytes``; `BlockingPoolError`.
  public func hashAnew(_ password: String) async throws -> String {
    guard password.utf8.count <= Self.maximumBytes else { throw PasswordError.tooLong }
    let salt = randomBytes(PasswordHash.saltBytes)
    let hash = try await pool.run { [cost, onRun] in
      onRun()
      let tag = try Argon2.tag(of: password, salt: salt, cost: cost)
      return PasswordHash(cost: cost, salt: salt, tag: tag)
    }
    return hash.text
  }

  /// A PHC string that no password has; nothing is run.
  public func hashOfNobody() -> String {
    PasswordHash(
      cost: cost,
      salt: randomBytes(PasswordHash.saltBytes),
      tag: randomBytes(PasswordHash.tagBytes)
    )
    .text
  }

  /// Whether `hash` is one of bcrypt that ``verify(_:against:)`` takes: `$2a$`, `$2b$` or `$2y$` at a cost
  /// of 4 to 15.
  public static func isBcrypt(_ hash: String) -> Bool {
    BcryptHash(hash) != nil
  }

  /// Has refusals cost a run of bcrypt at this cost besides the one of argon2; nil for no more.
  ///
  /// For while members have hashes of bcrypt: without it the time of a refusal would tell who has not
  /// signed in since they came from elsewhere. Costs outside 4 to 15 count as nil.
  public func expect(bcryptCost: Int?) {
    bcryptShield.cost = bcryptCost
  }

  /// Whether `password` is the one that `hash` was made of; compares in constant time.
  ///
  /// Runs argon2 exactly once, at the cost written in the hash, also for a password longer than any
  /// hash was made of (which never matches). For a hash of bcrypt that is run instead, and argon2 after
  /// it when the password is wrong.
  ///
  /// - Throws: ``PasswordError/malformedHash`` when `hash` is no argon2id PHC string, or asks for
  ///   more than 1 GiB of memory or 64 iterations, and no hash of bcrypt either; `BlockingPoolError`.
  public func verify(_ password: String, against hash: String) async throws -> Bool {
    if let imported = BcryptHash(hash) { return try await verify(password, against: imported) }
    guard let hash = PasswordHash(hash) else { throw PasswordError.malformedHash }
    return try await verify(password, against: hash)
  }

  /// Spends what ``verify(_:against:)`` would spend, for a login that nobody has.
  ///
  /// Answering an unknown login without this would be faster, and so tell who has an account.
  public func verifyAgainstNobody(_ password: String) async throws {
    _ = try await verify(password, against: nobody)
  }

  /// Whether `hash` was made at another cost than this hasher's, so that it should be made anew at
  /// the next successful sign-in.
  public func needsRehash(_ hash: String) -> Bool {
    guard let hash = PasswordHash(hash) else { return true }
    return hash.cost != cost || hash.salt.count < PasswordHash.saltBytes
      || hash.tag.count < PasswordHash.tagBytes
  }

  /// Why `password` may not be chosen; nil when it may.
  ///
  /// Only the length is judged here, as rules of composition make worse passwords (NIST SP 800-63B);
  /// ``GuessablePassword`` knows those that are tried first.
  public static func refusal(of password: String) -> PasswordError? {
    let codePoints = password.unicodeScalars.count
    if codePoints < length.lowerBound { return .tooShort }
    if codePoints > length.upperBound || password.utf8.count > maximumBytes { return .tooLong }
    return nil
  }

  private func verify(_ password: String, against hash: PasswordHash) async throws -> Bool {
    let isTooLong = password.utf8.count > Self.maximumBytes
    let candidate = isTooLong ? "" : password
    let isRight = try await pool.run { [onRun, bcryptShield] in
      onRun()
      let isRight = try Argon2.verify(candidate, against: hash) && !isTooLong
      if !isRight, let shield = bcryptShield.hash {
        onRun()
        _ = try shield.matches(candidate)
      }
      return isRight
    }
    return isRight
  }

  private func verify(_ password: String, against hash: BcryptHash) async throws -> Bool {
    let isTooLong = password.utf8.count > Self.maximumBytes
    let candidate = isTooLong ? "" : password
    return try await pool.run { [onRun, nobody] in
      onRun()
      guard try hash.matches(candidate), !isTooLong else {
        onRun()
        _ = try Argon2.verify(candidate, against: nobody)
        return false
      }
      return true
    }
  }
}

/// What refusals cost besides argon2, the same for all copies of a hasher.
private final class BcryptShield: Sendable {
  private let shared = Mutex<BcryptHash?>(nil)

  var cost: Int? {
    get { shared.withLock { $0?.cost } }
    set { shared.withLock { $0 = newValue.flatMap(BcryptHash.nobody) } }
  }

  var hash: BcryptHash? { shared.withLock { $0 } }
}
